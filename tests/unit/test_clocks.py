"""Working days and limits: arithmetic that holds whatever the pauses, the exceptions and the year."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.data.models import DISTRICT_ROLES, PauseReason
from core.policy.card import Workflow
from core.services import calendar, clocks
from core.services.assignments import DESKS
from core.services.clocks import due_day, limit_of
from core.services.escalations import level_of
from core.services.workflow import AT_WILL, MOVES, Preset

# From a year with make-up days over one whose calendar is out into two whose is not.
DAYS = st.dates(date(2025, 9, 1), date(2028, 2, 1))
OWN = st.dictionaries(DAYS, st.booleans(), max_size=12)
GAPS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 40)), max_size=4)


def _spans(start: date, gaps: list[tuple[int, int]]) -> list[tuple[date, date]]:
    """Pauses one after the other, none overlapping."""
    spans, day = [], start
    for wait, length in gaps:
        first = day + timedelta(days=wait)
        day = first + timedelta(days=length)
        spans.append((first, day))
    return spans


def _by_hand(start: date, limit: int, spans: list[tuple[date, date]], own: calendar.Own) -> date:
    day = start
    while limit:
        day += timedelta(days=1)
        if calendar.is_working_day(day, own) and not any(first < day <= last for first, last in spans):
            limit -= 1
    return day


@given(DAYS, st.integers(1, 40), GAPS, OWN)
def test_a_pause_moves_the_last_day_by_the_working_days_paused(
    start: date, limit: int, gaps: list[tuple[int, int]], own: dict[date, bool]
) -> None:
    spans = _spans(start, gaps)
    due, without = due_day(start, limit, spans, own), due_day(start, limit, [], own)
    paused = clocks.paused_days(spans, own)
    assert due == calendar.after(without, paused, own)
    assert calendar.working_days_until(due, without, own) == paused
    assert calendar.is_working_day(due, own)
    # Where the pauses lie within the limit, that is what counting day by day gives.
    if spans and spans[-1][1] <= without:
        assert due == _by_hand(start, limit, spans, own)


@given(DAYS, DAYS, DAYS, OWN)
def test_days_until_add_up_and_late_is_the_mirror_of_left(a: date, b: date, c: date, own: dict[date, bool]) -> None:
    until = calendar.working_days_until
    assert until(b, a, own) + until(c, b, own) == until(c, a, own)
    assert until(a, b, own) == -until(b, a, own)
    left = calendar.days_left(b, a, own)
    assert (left < 0) == (b < a)  # what is past is late, though no working day has gone by since
    assert left == until(b, a, own) or left == -1


def test_a_limit_over_the_end_of_a_year_whose_calendar_is_not_out() -> None:
    assert due_day(date(2026, 12, 10), 15, [], {}) == date(2026, 12, 31)
    assert calendar.unpublished(date(2026, 12, 10), date(2026, 12, 31)) == []
    # By weekends alone the first of January 2027, a Friday, is worked; the district may say that it is not.
    assert due_day(date(2026, 12, 10), 16, [], {}) == date(2027, 1, 1)
    assert due_day(date(2026, 12, 10), 16, [], {date(2027, 1, 1): False}) == date(2027, 1, 4)
    assert calendar.unpublished(date(2026, 12, 10), date(2027, 1, 4)) == [2027]
    assert calendar.holiday_name(date(2027, 1, 1)) is None
    assert due_day(date(2027, 1, 8), 5, [], {}) == date(2027, 1, 15)


def test_make_up_days_count_and_holidays_have_names() -> None:
    assert due_day(date(2026, 2, 13), 1, [], {}) == date(2026, 2, 14)  # a Saturday that is worked
    assert due_day(date(2026, 2, 14), 1, [], {}) == date(2026, 2, 24)  # 春节 in between
    assert calendar.holiday_name(date(2026, 2, 17)) == "春节"
    assert calendar.holiday_name(date(2026, 11, 28)) is None  # a mere Saturday


@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 20))
def test_the_green_lane_is_shorter_and_never_nothing(limit: int, green: int, notice: int) -> None:
    said = {"accepted": min(green, limit)} if green else {}
    workflow = Workflow("standard", {"accepted": limit, "published": limit}, {}, notice, ("tenant",), said)
    assert limit_of(workflow, "accepted", green=True) == (said.get("accepted") or (limit + 1) // 2)
    assert limit_of(workflow, "published", green=True) == min(limit, max((limit + 1) // 2, notice + 1))
    assert limit_of(workflow, "accepted") == limit
    assert limit_of(workflow, "paid", green=True) is None


def test_levels_of_escalation() -> None:
    assert [level_of(left) for left in (3, 2, 0, -1, -5, -6)] == [0, 1, 1, 2, 2, 3]


def test_every_state_where_staff_can_act_has_a_desk_that_can_act_there() -> None:
    acting = {
        state
        for move in MOVES.values()
        if Preset.STANDARD in move.presets and move.roles & DISTRICT_ROLES and move.code not in AT_WILL
        for state in move.sources
    }
    assert acting == set(DESKS)
    for state, role in DESKS.items():
        assert any(state in move.sources and role in move.roles for move in MOVES.values())
    assert set(clocks.PAUSE_REASONS) == set(PauseReason)
