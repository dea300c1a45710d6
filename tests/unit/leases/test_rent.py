"""What rent is: hand-worked months, and that parts are always the whole."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data import rent
from core.data.models import FeeKind, Lease, LeaseFee, LeaseStatus, RateBasis, RentTerm
from core.policy import Month

B = RateBasis


def lease(
    first: date, last: date | None, rate: int, *, basis: RateBasis = B.MONTH, many: int | None = None, **more: Any
) -> Lease:
    """A lease at this rate; `steps` and `free` as in the services."""
    rates = rent.steps_of(first, last, rate, more.pop("steps", ()), more.pop("free", ()))
    by_rate = basis is not B.MONTH
    terms = [
        RentTerm(from_on=day, monthly_rent_fen=rent.monthly_fen(basis, it, many), rate_e4=it if by_rate else None)
        for day, it in rates
    ]
    return Lease(
        starts_on=first, ends_on=last, terms=terms, rate_basis=basis, rate_quantity=many,
        monthly_rent_fen=rent.monthly_fen(basis, rate, many), rate_e4=rate if by_rate else None,
        **({"pay_months": 1, "due_days": 0, "status": LeaseStatus.RUNNING} | more),
    )  # fmt: skip


def months(it: Lease, *which: str) -> list[int]:
    return [rent.due_fen(it, Month.parse(month)) for month in which]


def test_prices_by_area_desk_and_month() -> None:
    """120.5 ㎡ at 3.50 a day: 3.5 × 120.5 × 365 ÷ 12 = 12,828.2291… a month; February 2026 by its 28 days 11,809.00, a
    month of 31 days 13,074.25. 65 a ㎡ and month: 7,832.50. Six desks at 1,200: 7,200."""
    area = 1_205_000
    assert rent.monthly_fen(B.SQM_DAY_MEAN, 35_000, area) == 1_282_823
    day = lease(date(2026, 1, 1), date(2026, 12, 31), 35_000, basis=B.SQM_DAY, many=area)
    assert months(day, "2026-01", "2026-02") == [1_307_425, 1_180_900]
    assert rent.monthly_fen(B.SQM_MONTH, 650_000, area) == 783_250
    assert rent.monthly_fen(B.DESK_MONTH, 12_000_000, 6) == 720_000
    mean = lease(date(2026, 1, 1), date(2026, 12, 31), 35_000, basis=B.SQM_DAY_MEAN, many=area)
    assert months(mean, "2026-01", "2026-02") == [1_282_823, 1_282_823]


def test_part_months_by_days_and_29_february() -> None:
    """1,000.00 a month. From 15 January 2024: 17 of 31 days, 548.39. To 29 February 2024 all of it; to the 28th 28 of
    29 days, 965.52. One day of April: 33.33."""
    assert months(lease(date(2024, 1, 15), date(2024, 2, 29), 100_000), "2024-01", "2024-02") == [54_839, 100_000]
    assert months(lease(date(2024, 2, 1), date(2024, 2, 28), 100_000), "2024-02", "2024-03") == [96_552, 0]
    assert months(lease(date(2024, 4, 30), date(2024, 4, 30), 100_000), "2024-04") == [3_333]


def test_a_step_inside_a_month_is_two_parts_of_one_sum() -> None:
    """1,000.00 to the 10th of June, 1,300.00 from then: 9 and 21 of 30 days, 300.00 + 910.00."""
    it = lease(date(2026, 1, 1), date(2026, 12, 31), 100_000, steps=[(date(2026, 6, 10), 130_000)])
    parts = rent.month_rent(it, Month.parse("2026-06"))
    assert [(part.first.day, part.last.day, part.rent_fen) for part in parts] == [(1, 9, 30_000), (10, 30, 91_000)]


def test_after_rent_free_days_the_rate_then_in_force_goes_on() -> None:
    """Two weeks free at the start, and a month inside which the rent rises."""
    it = lease(
        date(2026, 1, 1), date(2026, 6, 30), 310_000, steps=[(date(2026, 4, 1), 330_000)],
        free=[(date(2026, 1, 1), date(2026, 1, 14)), (date(2026, 3, 16), date(2026, 4, 15))],
    )  # fmt: skip
    assert months(it, "2026-01", "2026-02", "2026-03", "2026-04", "2026-05") == [
        170_000, 310_000, 150_000, 165_000, 330_000,
    ]  # fmt: skip


def test_rises_by_percent_and_amount_from_29_february_too() -> None:
    start, end = date(2024, 2, 29), date(2027, 2, 27)
    assert list(rent.rises(start, end, 100_000, 12, 30, 0)) == [
        (date(2025, 2, 28), 103_000),
        (date(2026, 2, 28), 106_090),
    ]
    assert list(rent.rises(start, end, 35_000, 12, 0, 2_000)) == [
        (date(2025, 2, 28), 37_000),
        (date(2026, 2, 28), 39_000),
    ]
    assert rent.months_later(date(2026, 1, 31), 1) == date(2026, 2, 28)


def test_the_schedule_of_three_months_at_a_time() -> None:
    """付三, due five days ahead, from 20 March to 10 September; 100.00 of property fee."""
    it = lease(date(2026, 3, 20), date(2026, 9, 10), 310_000, pay_months=3, due_days=5)
    it.fees = [LeaseFee(kind=FeeKind.PROPERTY, monthly_fen=10_000)]
    found = rent.instalments(it)
    assert [(i.first, i.last, i.due_on, i.rent_fen) for i in found] == [
        (date(2026, 3, 20), date(2026, 5, 31), date(2026, 3, 15), 120_000 + 310_000 + 310_000),
        (date(2026, 6, 1), date(2026, 8, 31), date(2026, 5, 27), 930_000),
        (date(2026, 9, 1), date(2026, 9, 10), date(2026, 8, 27), 103_333),
    ]
    assert [i.fees for i in found] == [((FeeKind.PROPERTY, fen),) for fen in (3_871 + 20_000, 30_000, 3_333)]


def test_leases_without_a_day_between_are_one_stay() -> None:
    stretches = [
        (date(2024, 1, 1), date(2024, 12, 31)), (date(2025, 1, 1), date(2025, 6, 30)),
        (date(2025, 6, 1), date(2025, 9, 30)), (date(2025, 10, 2), None),
    ]  # fmt: skip
    assert rent.stay([lease(first, last, 1) for first, last in stretches]) == [
        (date(2024, 1, 1), date(2025, 9, 30)),
        (date(2025, 10, 2), None),
    ]


DAYS = st.dates(date(2023, 12, 1), date(2028, 3, 31))


@st.composite
def leases(draw: st.DrawFn) -> Lease:
    first = draw(DAYS)
    last = first + timedelta(days=draw(st.integers(0, 900)))
    basis = draw(st.sampled_from(list(B)))
    many = None if basis is B.MONTH else draw(st.integers(1, 20) if basis is B.DESK_MONTH else st.integers(1, 10**8))
    rates = st.integers(0, 10**7)
    inside = st.dates(first, last)
    steps = draw(st.lists(st.tuples(inside, rates), max_size=4, unique_by=lambda step: step[0]))
    free = sorted(draw(st.lists(inside, max_size=6, unique=True)))
    pairs = list(zip(free[::2], free[1::2], strict=False))
    return lease(
        first, last, draw(rates), basis=basis, many=many, steps=[s for s in steps if s[0] > first], free=pairs,
        pay_months=draw(st.integers(1, 12)),
    )  # fmt: skip


@settings(max_examples=4 * settings().max_examples, deadline=None)  # nightly: 8,000 leases, over 100,000 months
@given(leases())
def test_parts_are_the_whole_and_no_day_is_lost(it: Lease) -> None:
    """Each month is what its days ask for, rounded once; its parts and the instalments sum to it exactly."""
    assert it.ends_on is not None
    covered, by_month = 0, {}
    month = Month.of(it.starts_on)
    while month.first <= it.ends_on:
        parts = rent.month_rent(it, month)
        covered += sum(part.days for part in parts)
        by_month[month] = sum(part.rent_fen for part in parts)
        assert all(part.rent_fen >= 0 for part in parts)
        exact = sum(
            (_exact(it, part.first + timedelta(days=n)) for part in parts for n in range(part.days)), Fraction(0)
        )
        assert abs(by_month[month] - exact) <= Fraction(1, 2)
        month = month + 1
    assert covered == (it.ends_on - it.starts_on).days + 1
    schedule = rent.instalments(it)
    assert sum(part.rent_fen for part in schedule) == sum(by_month.values())
    assert [part.first for part in schedule[1:]] == [part.last + timedelta(days=1) for part in schedule[:-1]]


def _exact(it: Lease, day: date) -> Fraction:
    """Rent of one day, in fen, without rounding."""
    term = [term for term in it.terms if term.from_on <= day][-1]
    if it.rate_basis is B.SQM_DAY:
        return Fraction((term.rate_e4 or 0) * (it.rate_quantity or 0), 10**6)
    month = Month.of(day)
    return Fraction(term.monthly_rent_fen, (month.last - month.first).days + 1)


@pytest.mark.parametrize("whole", [0, 1, 99, 10**11])
def test_a_month_of_many_steps_sums(whole: int) -> None:
    steps = [(date(2026, 5, day), whole // day) for day in range(2, 32)]
    it = lease(date(2026, 5, 1), date(2026, 5, 31), whole, steps=steps)
    parts = rent.month_rent(it, Month.parse("2026-05"))
    assert sum(p.rent_fen for p in parts) == rent.due_fen(it, Month.parse("2026-05"))
