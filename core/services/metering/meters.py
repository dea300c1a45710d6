"""Meters in service, changed and retired."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from core.data.metering import dial
from core.data.models import Meter, MeterKind, Site, Space
from core.data.queries import meters as reads
from core.data.queries.locks import lock_operator
from core.errors import Conflict, Invalid
from core.services import audit
from core.services.metering import readings

STANDING = ("space_id", "multiplier", "digits")  # what bills rest on


def create(
    session: Session,
    site: Site,
    *,
    kind: MeterKind,
    number: str,
    from_on: date,
    value: int,
    today: date,
    space: Space | None = None,
    place: str | None = None,
    multiplier: int = 1,
    digits: int = 6,
    replaces: Meter | None = None,
) -> Meter:
    """Take a meter into service, with what it shows that day (底数). Without a unit it is shared by the site."""
    lock_operator(session, site.operator_id)
    _check(session, site, None, number=number, space=space, multiplier=multiplier, digits=digits)
    if from_on > today:
        raise Invalid("启用日期不能晚于今天", field="from_on")
    meter = Meter(
        operator_id=site.operator_id,
        site=site,
        space=space,
        kind=kind,
        number=number,
        place=place,
        multiplier=multiplier,
        digits=digits,
        from_on=from_on,
        replaces=replaces,
    )
    session.add(meter)
    session.flush()
    audit.record(session, "meter.create", meter, detail={"site": site.id, "kind": kind.value})
    readings.record(session, meter, read_on=from_on, value=value, today=today)
    return meter


def change(
    session: Session,
    meter: Meter,
    *,
    number: str,
    place: str | None = None,
    space: Space | None = None,
    multiplier: int = 1,
    digits: int = 6,
) -> bool:
    """Set what differs; says whether anything did. What bills rest on stands: change the meter for another."""
    lock_operator(session, meter.operator_id)
    _check(session, meter.site, meter.id, number=number, space=space, multiplier=multiplier, digits=digits)
    values: dict[str, Any] = {
        "number": number,
        "place": place,
        "space_id": space.id if space else None,
        "multiplier": multiplier,
        "digits": digits,
    }
    changed = [name for name, value in values.items() if getattr(meter, name) != value]
    bill = reads.bill_resting_on(session, meter) if set(changed) & set(STANDING) else None
    if bill is not None:
        raise Conflict("账单%(bill)s用到了这块表，单元、倍率和位数不能改；请换表，或先作废账单", bill=bill)
    if "digits" in changed and any(it.value >= dial(digits) for it in meter.readings):
        raise Invalid("已有读数超过这么多位，请核对", field="digits")
    for name in changed:
        setattr(meter, name, values[name])
    if changed:
        session.flush()
        session.refresh(meter, ["space"])
        audit.record(session, "meter.change", meter, detail={"changed": sorted(changed)})
    return bool(changed)


def retire(session: Session, meter: Meter, *, on: date, value: int, today: date, rolled: bool = False) -> None:
    """Out of service after `on`, with what it shows then."""
    lock_operator(session, meter.operator_id)
    if meter.until_on is not None:
        raise Conflict("这块表已经停用")
    if on < meter.from_on:
        raise Invalid("停用日期不能早于启用日期", field="on")
    _before, after = reads.neighbours(session, meter, on)
    if after is not None:
        raise Invalid("%(day)s还有读数，停用日期不能早于它", field="on", day=after.read_on.isoformat())
    readings.put(session, meter, read_on=on, value=value, today=today, rolled=rolled)
    meter.until_on = on
    session.flush()
    audit.record(session, "meter.retire", meter, detail={"on": on.isoformat()})


def resume(session: Session, meter: Meter) -> None:
    """Retired by mistake: in service again."""
    lock_operator(session, meter.operator_id)
    if meter.until_on is None:
        raise Conflict("这块表在用，不需要恢复")
    if meter.replaced_by is not None:
        raise Conflict("这块表已换成%(number)s，不能恢复", number=meter.replaced_by.number)
    bill = reads.bill_resting_on(session, meter, meter.until_on)
    if bill is not None:
        raise Conflict("账单%(bill)s按停用日期计算，不能恢复；请先作废账单", bill=bill)
    meter.until_on = None
    session.flush()
    audit.record(session, "meter.resume", meter)


def replace(
    session: Session,
    meter: Meter,
    *,
    on: date,
    value: int,
    number: str,
    new_value: int,
    today: date,
    rolled: bool = False,
    multiplier: int = 1,
    digits: int = 6,
) -> Meter:
    """换表: the last reading of the old, the first of the new, on one day."""
    retire(session, meter, on=on, value=value, today=today, rolled=rolled)
    return create(
        session,
        meter.site,
        kind=meter.kind,
        number=number,
        from_on=on,
        value=new_value,
        today=today,
        space=meter.space,
        place=meter.place,
        multiplier=multiplier,
        digits=digits,
        replaces=meter,
    )


def _check(
    session: Session, site: Site, own: int | None, *, number: str, space: Space | None, multiplier: int, digits: int
) -> None:
    if reads.number_taken(session, site.operator_id, number, own):
        raise Conflict("表号%(number)s已经登记过", field="number", number=number)
    if space is not None and space.site_id != site.id:
        raise Invalid("这个单元不在这处载体，请重新选择", field="space_id")
    if not 1 <= multiplier <= 10_000:
        raise Invalid("倍率应在1到10000之间", field="multiplier")
    if not 3 <= digits <= 9:
        raise Invalid("表盘整数位数应在3到9之间", field="digits")
