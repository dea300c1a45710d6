"""What a lease's rent is, day by day and month by month, to the fen. Pure: it reads a lease and asks nobody.

A month is rounded once, half up; its parts (before and after a step, the days of a month that the lease covers in part)
are shares of that sum by the largest remainder, so parts always add up to the whole. Rent by the month is spread over
the days of the calendar month; rent by the day is counted by days. A price by area and day can be either: the trade
writes 元/㎡/天 and means a twelfth of 365 days for each month (`SQM_DAY_MEAN`), or the days there are (`SQM_DAY`).
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.data.models.leases import FeeKind, Lease, RateBasis
from core.policy import Month, split_fen

YEAR_DAYS = 365
DAY = timedelta(days=1)
Step = tuple[date, int]
_E4 = 10_000  # prices are in ten-thousandths of a yuan, areas in square centimetres: so many a square metre


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of one month at one rent: first and last, both included, and their rent in fen."""

    first: date
    last: date
    rent_fen: int

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Instalment:
    """What is to be paid at one time: the days it is for, when it is due, rent and fees by month (fen)."""

    first: date
    last: date
    due_on: date
    months: tuple[tuple[Month, int], ...]
    fees: tuple[tuple[FeeKind, int], ...]

    @property
    def rent_fen(self) -> int:
        return sum(fen for _month, fen in self.months)

    @property
    def total_fen(self) -> int:
        return self.rent_fen + sum(fen for _kind, fen in self.fees)


def monthly_fen(basis: RateBasis, rate: int, quantity: int | None) -> int:
    """A month's rent in fen. `rate`: fen a month for `MONTH`, else ten-thousandths of a yuan for each square metre or
    desk; `quantity`: square centimetres, or desks. Of rent by actual days it is the mean month, for lists and sums."""
    if basis is RateBasis.MONTH:
        return rate
    up, down = rate * (quantity or 0), _E4 // 100
    if basis is not RateBasis.DESK_MONTH:
        down *= _E4
    if basis in (RateBasis.SQM_DAY, RateBasis.SQM_DAY_MEAN):
        up, down = up * YEAR_DAYS, down * 12
    return _half_up(up, down)


def steps_of(
    starts_on: date,
    ends_on: date | None,
    first: int,
    steps: Iterable[tuple[date, int]] = (),
    free: Iterable[tuple[date, date]] = (),
) -> list[tuple[date, int]]:
    """The rate from each day it changes on: steps in order, 0 for rent-free days (first and last of each, included).
    After a rent-free stretch the rate then in force goes on."""
    by_step = sorted({starts_on: first, **dict(steps)}.items())
    stretches = sorted(free)

    def in_force(day: date) -> int:
        if any(begin <= day <= end for begin, end in stretches):
            return 0
        return next(rate for from_on, rate in reversed(by_step) if from_on <= day)

    days = {from_on for from_on, _rate in by_step}
    for begin, end in stretches:
        days |= {max(begin, starts_on), end + DAY}
    found: list[tuple[date, int]] = []
    for day in sorted(day for day in days if starts_on <= day <= (ends_on or date.max)):
        rate = in_force(day)
        if not found or found[-1][1] != rate:
            found.append((day, rate))
    return found


def month_free(month: str) -> tuple[date, date]:
    """A calendar month as a rent-free stretch."""
    known = Month.parse(month)
    return known.first, known.last


def rises(starts_on: date, ends_on: date | None, first: int, every: int, permille: int, amount: int) -> Iterator[Step]:
    """The steps of a rent that rises every `every` months by `permille` of what it was, and by `amount`."""
    rate, months = first, every
    while ends_on is not None and (day := months_later(starts_on, months)) <= ends_on:
        rate = rate + amount + _half_up(rate * permille, 1000)
        yield day, rate
        months += every


def months_later(day: date, months: int) -> date:
    """The same day so many months later; of a shorter month its last: 31 January and one month is 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_rent(lease: Lease, month: Month) -> list[Stretch]:
    """The rent of the days of `month` that the lease covers, by stretch; empty where it covers none."""
    first = max(month.first, lease.starts_on)
    last = min(month.last, lease.ends_on) if lease.ends_on else month.last
    if last < first:
        return []
    by_day = lease.rate_basis is RateBasis.SQM_DAY
    of_month = (month.last - month.first).days + 1
    stretches = list(_stretches(lease, first, last))
    weights = {
        begin.isoformat(): ((end - begin).days + 1) * (rate * (lease.rate_quantity or 0) if by_day else fen)
        for begin, end, rate, fen in stretches
    }
    total = _half_up(sum(weights.values()), _E4 * _E4 // 100 if by_day else of_month)
    parts = split_fen(total, weights) if any(weights.values()) else dict.fromkeys(weights, 0)
    return [Stretch(begin, end, parts[begin.isoformat()]) for begin, end, _rate, _fen in stretches]


def due_fen(lease: Lease, month: Month) -> int:
    """The rent of a month, for the days that the lease covers."""
    return sum(part.rent_fen for part in month_rent(lease, month))


def fee_fen(lease: Lease, monthly: int, month: Month) -> int:
    """A monthly fee for the days of `month` that the lease covers."""
    first = max(month.first, lease.starts_on)
    last = min(month.last, lease.ends_on) if lease.ends_on else month.last
    days = (last - first).days + 1
    return _half_up(monthly * days, (month.last - month.first).days + 1) if days > 0 else 0


@dataclass(frozen=True, slots=True)
class Period:
    """The days that are paid for at one time, the months they lie in, and when."""

    first: date
    last: date
    due_on: date
    months: tuple[Month, ...]


def periods(lease: Lease, until: date | None = None) -> Iterator[Period]:
    """The lease's periods, to its end or to `until`: `pay_months` calendar months at a time, the first with what is
    left of its first month. Due `due_days` before its first day."""
    end = min(filter(None, (lease.ends_on, until)), default=None)
    if end is None:
        raise ValueError("a lease without an end has a schedule to a day only")
    month = Month.of(lease.starts_on)
    while month.first <= end:
        months = tuple(month + n for n in range(lease.pay_months) if (month + n).first <= end)
        first, last = max(month.first, lease.starts_on), min(months[-1].last, lease.ends_on or date.max)
        yield Period(first, last, first - lease.due_days * DAY, months)
        month = months[-1] + 1


def instalment(lease: Lease, period: Period) -> Instalment:
    """What is to be paid for a period."""
    fees = tuple(
        (fee.kind, sum(fee_fen(lease, fee.monthly_fen, month) for month in period.months))
        for fee in sorted(lease.fees, key=lambda fee: list(FeeKind).index(fee.kind))
    )
    rent = tuple((month, due_fen(lease, month)) for month in period.months)
    return Instalment(period.first, period.last, period.due_on, rent, fees)


def instalments(lease: Lease, until: date | None = None) -> list[Instalment]:
    """The schedule of the lease, to its end or to `until`."""
    return [instalment(lease, period) for period in periods(lease, until)]


def stay(leases: Sequence[Lease]) -> list[tuple[date, date | None]]:
    """How long a tenant has been here: leases that follow each other without a day between them, in whatever rooms,
    are one stay. Earliest first; an open end is None."""
    found: list[tuple[date, date | None]] = []
    for lease in sorted(leases, key=lambda it: (it.starts_on, it.ends_on or date.max)):
        if found and (found[-1][1] is None or lease.starts_on <= found[-1][1] + DAY):
            first, last = found[-1]
            later = None if last is None or lease.ends_on is None else max(last, lease.ends_on)
            found[-1] = (first, later)
        else:
            found.append((lease.starts_on, lease.ends_on))
    return found


def _stretches(lease: Lease, first: date, last: date) -> Iterator[tuple[date, date, int, int]]:
    """First and last day, rate and monthly rent in fen of each stretch at one rate within the days."""
    terms = [(term.from_on, term.rate_e4 or 0, term.monthly_rent_fen) for term in lease.terms] or [
        (lease.starts_on, lease.rate_e4 or 0, lease.monthly_rent_fen)
    ]
    terms.sort()
    for place, (from_on, rate, fen) in enumerate(terms):
        begin = first if place == 0 else max(first, from_on)
        end = min(last, terms[place + 1][0] - DAY) if place + 1 < len(terms) else last
        if begin <= end:
            yield begin, end, rate, fen


def _half_up(up: int, down: int) -> int:
    return (2 * up + down) // (2 * down)
