"""The algebra of stages: each day since entry has one stage, however a history came about."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.models import Stage
from core.services.stages import history
from core.services.stages.history import OutOfOrder, Stretch

N, I, A, G, X = Stage  # noqa: E741 - the five, in their order
DAY = timedelta(days=1)


@st.composite
def histories(draw: st.DrawFn) -> history.History:
    start = draw(st.dates(date(2018, 1, 1), date(2024, 1, 1)))
    stages = [draw(st.sampled_from(history.ENTRIES))]
    for _ in range(draw(st.integers(0, 6))):
        stages.append(draw(st.sampled_from(history.NEXT[stages[-1]])))
    days = [start]
    for _ in stages[1:]:
        days.append(days[-1] + draw(st.integers(1, 400)) * DAY)
    return history.of(zip(stages, days, strict=True))


def test_a_stretch_ends_the_day_before_the_next_begins() -> None:
    assert history.of([(N, date(2024, 2, 1)), (I, date(2024, 3, 1)), (X, date(2024, 3, 2))]) == (
        Stretch(N, date(2024, 2, 1), date(2024, 2, 29)),
        Stretch(I, date(2024, 3, 1), date(2024, 3, 1)),
        Stretch(X, date(2024, 3, 2), None),
    )


@pytest.mark.parametrize(
    "begun",
    [
        [(N, date(2024, 2, 1)), (I, date(2024, 2, 1))],  # no day in the nursery at all
        [(N, date(2024, 2, 2)), (I, date(2024, 2, 1))],
        [(N, date(2024, 2, 1)), (N, date(2024, 2, 2))],
    ],
)
def test_what_makes_no_history_is_refused(begun: list[tuple[Stage, date]]) -> None:
    with pytest.raises(OutOfOrder):
        history.of(begun)


@given(histories(), st.integers(-30, 3000))
def test_each_day_since_entry_has_exactly_one_stage(past: history.History, days: int) -> None:
    day = past[0].start + days * DAY
    covering = [it for it in past if it.covers(day)]
    assert len(covering) == (days >= 0)
    assert history.on_day(past, day) is (covering[0].stage if covering else None)


@given(histories())
def test_it_goes_through_json_and_its_beginnings_unchanged(past: history.History) -> None:
    assert history.from_json(history.to_json(past)) == past
    assert history.of(history.beginnings(past)) == past
    assert history.skips(past) == set()


def test_a_skipped_stage_is_named() -> None:
    old = history.of([(N, date(2024, 1, 1)), (A, date(2024, 6, 1))])
    assert history.skips(old) == {(N, A)}
