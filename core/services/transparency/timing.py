"""Events that say a time long before a head that was signed before they came: they were written later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from core.transparency.checkpoint import Checkpoint

LATE = timedelta(hours=6)  # longer than any transaction takes from writing an event to its end


class Segment(NamedTuple):
    """Entries from `first` on, before `last` if that is given: their events may not say a time before `limit`."""

    first: int
    last: int | None
    limit: datetime


class Late:
    """Looks at the instants that events say as the walk comes by, a block at a time, by their least."""

    def __init__(self, signed: Sequence[Checkpoint]) -> None:
        self.segments = [
            Segment(before.size, None if after is None else after.size, before.signed_at - LATE)
            for before, after in pairwise([*signed, None])
            if before is not None and before.signed_at is not None
        ]
        self.found: list[int] = []  # the places of such events
        self._coming = sorted(self.segments, key=lambda segment: segment.first, reverse=True)
        self._here: list[tuple[int, int | None, str]] = []

    def look(self, start: int, said: Sequence[str | None]) -> None:
        """The next entries, from `start` on: what their events say, as the database writes it, in UTC."""
        while self._coming and self._coming[-1].first < start + len(said):
            next_ = self._coming.pop()
            self._here.append((next_.first, next_.last, f"{next_.limit.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"))
        self._here = [it for it in self._here if it[1] is None or it[1] > start]
        least = _least(said)
        for first, last, limit in self._here:
            if least is None or least < limit:
                self.found += [
                    place
                    for place, one in enumerate(said, start)
                    if first <= place and (last is None or place < last) and _before(one, limit)
                ]


def _least(said: Sequence[str | None]) -> str | None:
    """The earliest instant; None where there is something else among them."""
    there = said if None not in said else [one for one in said if one is not None]
    try:
        return min(there, default="9999")  # type: ignore[type-var]
    except TypeError:
        return None


def _before(said: object, limit: str) -> bool:
    """SQLite keeps whatever it is given: what is not text is no time after anything."""
    return said is not None and (not isinstance(said, str) or said < limit)
