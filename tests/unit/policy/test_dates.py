"""Months, and adding them to dates."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.policy import Month, add_months, months_between


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2024, 9, 2), 36, date(2027, 9, 2)),
        (date(2025, 8, 31), 6, date(2026, 2, 28)),  # a day the month lacks becomes its last
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2025, 3, 30), 0, date(2025, 3, 30)),
        (date(2025, 12, 1), 1, date(2026, 1, 1)),
        (date(9999, 12, 31), 1, date.max),  # beyond the calendar: a limit nobody reaches stays one
    ],
)
def test_months_after_a_date(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(0, 600))
def test_adding_months_keeps_the_day_or_takes_the_last(day: date, months: int) -> None:
    later = add_months(day, months)
    assert Month.of(later) == Month.of(day) + months
    assert later.day == min(day.day, Month.of(later).last.day)


@given(st.dates())
def test_a_month_holds_its_days(day: date) -> None:
    month = Month.of(day)
    assert month.first <= day <= month.last
    assert Month.of(month.first) == Month.of(month.last) == month
    assert Month.parse(str(month)) == month


def test_a_month_prints_as_text_everywhere() -> None:
    month = Month.parse("2025-03")
    assert (str(month), f"{month}", f"{month:>8}", repr(month)) == ("2025-03", "2025-03", " 2025-03", "Month(2025-03)")
    assert month + 11 == Month.parse("2026-02")
    assert [str(m) for m in months_between(month, month + 1)] == ["2025-03", "2025-04"]
    assert (Month.parse("2024-02").last, Month.parse("2025-02").last) == (date(2024, 2, 29), date(2025, 2, 28))


@pytest.mark.parametrize(
    "text", ["2025-13", "2025-00", "2025-3", "25-03", "2025/03", "0000-01", "2025-03-01", "", "２０２５-03", "+025-03"]
)
def test_nothing_else_is_a_month(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Month.parse(text)
