"""A meter with its readings and a price, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from core.data import models as m

NAMES = ("meter", "reading", "tariff")
DAY = date(2026, 1, 1)


def rows(session: Session, unit: m.Space, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    scope = {"operator_id": unit.operator_id}
    meter = m.Meter(
        site_id=unit.site_id, space_id=unit.id, kind=m.MeterKind.WATER, number=f"{mark}S-1", place=f"{mark}门后",
        from_on=DAY, **scope,
    )  # fmt: skip
    first = m.MeterReading(meter=meter, read_on=DAY, value=0, **scope)
    reading = m.MeterReading(meter=meter, read_on=date(2026, 2, 1), value=3_000, note=f"{mark}已核", **scope)
    tariff = m.Tariff(kind=m.MeterKind.WATER, from_on=DAY, price_e4=50_000, **scope)
    session.add_all([meter, first, reading, tariff])
    session.flush()
    return {"meter": meter, "reading": reading, "tariff": tariff}


# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "meters.create": lambda w: {
        "site_id": w.meters["meter"].site_id, "space_id": w.meters["meter"].space_id, "kind": "water",
        "number": "S-9", "multiplier": "1", "digits": "6", "from_on": "2026-01-01", "value": "0",
    },
    "meters.edit": lambda w: {"number": "S-8", "multiplier": "1", "digits": "6"},
    "meters.retire": lambda w: {"retire-on": "2026-03-01", "retire-value": "5"},
    "meters.replace": lambda w: {
        "replace-on": "2026-03-01", "replace-value": "5", "replace-number": "S-9", "replace-new_value": "0",
        "replace-multiplier": "1", "replace-digits": "6",
    },
    "meters.set_price": lambda w: {"tariff-kind": "water", "tariff-from_on": "2026-02-01", "tariff-price_e4": "5"},
    "meter_readings.save": lambda w: {"read_on": "2026-03-01", "value": "5"},
    "meter_readings.record": lambda w: {"reading-read_on": "2026-03-01", "reading-value": "5"},
    "meter_readings.edit": lambda w: {"value": "4"},
    "utilities.make": lambda w: {
        "site_id": w.meters["meter"].site_id, "month": "2026-01", "due_on": "2099-01-01",
    },
}  # fmt: skip
