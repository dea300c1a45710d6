"""The algebra of stages: a tenant's history is the days on which its stages began, and everything else follows.

Pure. A stretch ends the day before the next begins and the last one runs on, so that each day since entry belongs to
exactly one stage, whatever is appended, corrected or joined: there is no way to write a gap or an overlap down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from core.data.models import Stage

DAY = timedelta(days=1)
ENTRIES = (Stage.NURSERY, Stage.INCUBATOR, Stage.ACCELERATOR)
"""Where a tenant may begin: an accelerator takes grown companies from outside."""

NEXT: Mapping[Stage, tuple[Stage, ...]] = {
    Stage.NURSERY: (Stage.INCUBATOR, Stage.EXITED),
    Stage.INCUBATOR: (Stage.ACCELERATOR, Stage.GRADUATED, Stage.EXITED),
    Stage.ACCELERATOR: (Stage.GRADUATED, Stage.EXITED),
    Stage.GRADUATED: (Stage.EXITED,),
    Stage.EXITED: (Stage.NURSERY, Stage.INCUBATOR),
}
"""From where one may go where. No stage is skipped; who has left may come back."""

INCUBATED = frozenset(ENTRIES)


class Stretch(NamedTuple):
    """Days in one stage, both ends included; without an end it runs on."""

    stage: Stage
    start: date
    end: date | None = None

    def covers(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)


History = tuple[Stretch, ...]


class OutOfOrder(ValueError):
    """Beginnings that make no history: `first` and `second` are the two that do not follow each other."""

    def __init__(self, first: tuple[Stage, date], second: tuple[Stage, date]) -> None:
        super().__init__(f"{second[0]} from {second[1]} cannot follow {first[0]} from {first[1]}")
        self.first, self.second = first, second


def of(beginnings: Iterable[tuple[Stage, date]]) -> History:
    """The history of stages by the day each began, in time. Raises `OutOfOrder` where a day is not later than the one
    before, or a stage follows itself."""
    begun = list(beginnings)
    for first, second in pairwise(begun):
        if first[1] >= second[1] or first[0] is second[0]:
            raise OutOfOrder(first, second)
    ends = [start - DAY for _stage, start in begun[1:]]
    return tuple(Stretch(stage, start, end) for (stage, start), end in zip(begun, [*ends, None], strict=False))


def beginnings(history: Iterable[Stretch]) -> list[tuple[Stage, date]]:
    return [(stretch.stage, stretch.start) for stretch in history]


def then(history: History, stage: Stage, on: date) -> History:
    """The history with one more stage, from `on`."""
    return of([*beginnings(history), (stage, on)])


def on_day(history: History, day: date) -> Stage | None:
    """The stage of a day; None before entry."""
    return next((stretch.stage for stretch in history if stretch.covers(day)), None)


def skips(history: History) -> set[tuple[Stage, Stage]]:
    """The steps of a history that no move could have made: what an old book says, and no correction may add."""
    steps = pairwise(stretch.stage for stretch in history)
    return {(before, after) for before, after in steps if after not in NEXT[before]}


def to_json(history: History) -> list[dict[str, Any]]:
    return [
        {"stage": it.stage.value, "from": it.start.isoformat(), "to": it.end.isoformat() if it.end else None}
        for it in history
    ]


def from_json(rows: Iterable[Mapping[str, Any]]) -> History:
    return tuple(
        Stretch(
            Stage(row["stage"]), date.fromisoformat(row["from"]), date.fromisoformat(row["to"]) if row["to"] else None
        )
        for row in rows
    )
