"""Which level of dunning a bill reaches."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.data.models import DunningLevel
from core.services.dunning import LEVELS, next_level

DAYS, DUE = (3, 15, 30), date(2026, 3, 1)
REMINDER, DEMAND, FINAL = LEVELS


def at(days: int, **sent: int) -> DunningLevel | None:
    known = {DunningLevel(name): DUE + timedelta(days=day) for name, day in sent.items()}
    return next_level(DAYS, DUE, known, DUE + timedelta(days=days))


def test_each_level_on_its_day() -> None:
    assert [at(0), at(2), at(3), at(400)] == [None, None, REMINDER, REMINDER]
    assert [at(14, reminder=3), at(15, reminder=3), at(29, reminder=3)] == [None, DEMAND, DEMAND]
    assert [at(29, reminder=3, demand=15), at(30, reminder=3, demand=15)] == [None, FINAL]
    assert at(400, reminder=3, demand=15, final=30) is None


def test_who_was_told_late_has_the_days_between_two_levels() -> None:
    assert [at(41, reminder=40), at(51, reminder=40), at(52, reminder=40)] == [None, None, DEMAND]
    assert [at(66, reminder=40, demand=52), at(67, reminder=40, demand=52)] == [None, FINAL]


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60), st.sets(st.integers(0, 300)))
def test_on_any_days_each_level_is_sent_once_and_in_order(a: int, b: int, c: int, asked: set[int]) -> None:
    days, sent = (a, a + b, a + b + c), {}
    for day in sorted(asked):
        today = DUE + timedelta(days=day)
        level = next_level(days, DUE, sent, today)
        if level is not None:
            assert level is LEVELS[len(sent)]
            assert day >= days[len(sent)]
            sent[level] = today
