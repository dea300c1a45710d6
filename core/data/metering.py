"""What a meter counted in a month, what that costs, and whose it is, to the fen. Pure: it reads rows and asks nobody.

One reading stands for the end of a month and the begin of the next, the one nearest to the month's last day, at
most three days off: so nothing is counted twice or left out. The use is one reading less the other, times the
multiplier.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from core.data.models.leases import Lease
from core.data.models.meters import Meter, MeterReading, Tariff
from core.policy import Month, split_fen

NEAR = 3  # days that a reading may be off
UNIT = 1000  # readings are in thousandths
DAY = timedelta(days=1)
_OPERATOR = "operator"  # whose share is what nobody holds


@dataclass(frozen=True, slots=True)
class Use:
    """The days of a month that a meter was in service, its readings at both ends, and what it counted (thousandths)."""

    meter: Meter
    first: date
    last: date
    begin: MeterReading
    end: MeterReading
    quantity: int


@dataclass(frozen=True, slots=True)
class Missing:
    """No reading is near enough to this day."""

    meter: Meter
    day: date


def served(meter: Meter, month: Month) -> tuple[date, date] | None:
    """The days of `month` that a meter was in service, first and last; None where there are none."""
    first, last = max(month.first, meter.from_on), min(month.last, meter.until_on or month.last)
    return (first, last) if first <= last else None


def at(readings: Iterable[MeterReading], day: date, billed: Collection[int] = ()) -> MeterReading | None:
    """The reading that stands for the end of `day`: one that an open bill rests on (`billed`, ids), else the nearest,
    of two the earlier."""
    near = [it for it in readings if abs(it.read_on - day).days <= NEAR]
    return min(near, key=lambda it: (it.id not in billed, abs(it.read_on - day), it.read_on), default=None)


def use_of(meter: Meter, month: Month, billed: Collection[int] = ()) -> Use | Missing | None:
    """What a meter counted in `month`; None where it was not in service."""
    days = served(meter, month)
    if days is None:
        return None
    first, last = days
    begins = max(month.first - DAY, meter.from_on)
    # Only where two months meet does it matter which reading was billed.
    begin = at(meter.readings, begins, billed if meter.from_on < month.first else ())
    end = at(meter.readings, last, billed if last == month.last else ())
    if begin is None or end is None:
        return Missing(meter, begins if begin is None else last)
    counted = sorted(
        (it for it in meter.readings if begin.read_on <= it.read_on <= end.read_on), key=lambda it: it.read_on
    )
    return Use(meter, first, last, begin, end, sum(step(meter, *two) for two in pairwise(counted)) * meter.multiplier)


def step(meter: Meter, before: MeterReading, after: MeterReading) -> int:
    """What the dial moved between two readings that follow each other, in thousandths."""
    return after.value - before.value + (dial(meter.digits) if after.rolled else 0)


def dial(digits: int) -> int:
    """What a dial of so many whole digits counts until it is at 0 again, in thousandths."""
    return int(10**digits) * UNIT


def figure(thousandths: int) -> str:
    """As people write it: 1204500 -> '1204.5'."""
    whole, rest = divmod(thousandths, UNIT)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)


def price_on(tariffs: Iterable[Tariff], day: date) -> Tariff | None:
    """The price in force on a day, of the tariffs of one kind."""
    return max((it for it in tariffs if it.from_on <= day), key=lambda it: it.from_on, default=None)


def cost_fen(quantity: int, price_e4: int) -> int:
    """Thousandths of a unit at ten-thousandths of a yuan, in fen, half up."""
    return (quantity * price_e4 * 2 + 100_000) // 200_000


def days_of(lease: Lease, first: date, last: date) -> int:
    """How many of these days a lease covers."""
    return max(0, (min(last, lease.ends_on or last) - max(first, lease.starts_on)).days + 1)


def shares(fen: int, weights: Mapping[int, int], vacant: int) -> tuple[dict[int, int], int]:
    """`fen` in proportion to `weights` (by lease) and to what is `vacant`, whose share is the operator's: parts by the
    largest remainder, which sum to the whole. Where nothing weighs anything all of it is the operator's."""
    weighed = {str(key): weight for key, weight in weights.items()} | {_OPERATOR: max(vacant, 0)}
    if not any(weighed.values()):
        return dict.fromkeys(weights, 0), fen
    parts = split_fen(fen, weighed)
    return {key: parts[str(key)] for key in weights}, parts[_OPERATOR]
