"""Working days, counted by hand: what the State Council published for these years, weekends for the others. It shares
nothing with `core.services.calendar`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

ONE = timedelta(days=1)


def _span(first: date, count: int) -> set[date]:
    return {first + n * ONE for n in range(count)}


# 国办发明电〔2024〕12号 and 〔2025〕7号, of the days that the machine can reach.
OFF = (
    _span(date(2025, 10, 1), 8)
    | _span(date(2026, 1, 1), 3)
    | _span(date(2026, 2, 15), 9)
    | _span(date(2026, 4, 4), 3)
    | _span(date(2026, 5, 1), 5)
    | _span(date(2026, 6, 19), 3)
    | _span(date(2026, 9, 25), 3)
    | _span(date(2026, 10, 1), 7)
)
ON = {
    date(2025, 9, 28), date(2025, 10, 11), date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9),
    date(2026, 9, 20), date(2026, 10, 10),
}  # fmt: skip

Own = Mapping[date, bool]


def worked(day: date, own: Own) -> bool:
    if day in own:
        return own[day]
    return day in ON or (day.weekday() < 5 and day not in OFF)


def last_day(start: date, limit: int, own: Own, stops: list[tuple[date, date]] | None = None) -> date:
    """The day on which `limit` worked days have passed after `start`, and as many as the clock stood still: who was
    late already when it stopped stays as late as they were."""
    left, day = limit, start
    for first, last in stops or ():
        left += sum(worked(first + n * ONE, own) for n in range(1, (last - first).days + 1))
    while left:
        day += ONE
        left -= worked(day, own)
    return day


def between(start: date, end: date, own: Own, stops: list[tuple[date, date]]) -> int:
    """How many worked days have passed after `start` up to `end`, those within `stops` not counted."""
    span = (start + n * ONE for n in range(1, (end - start).days + 1))
    return sum(worked(day, own) and not any(first < day <= last for first, last in stops) for day in span)
