"""I20: the last day of a case is what its clock, its pauses and the calendar come to; what stands still has none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

import chinese_calendar
from sqlalchemy import Connection, select

from core.data.models import CalendarDay, Case, CaseClock, CasePause

_cases, _clocks, _pauses, _days = (model.__table__ for model in (Case, CaseClock, CasePause, CalendarDay))


def check(connection: Connection) -> Iterator[tuple[str, str]]:
    own: dict[int, dict[date, bool]] = defaultdict(dict)
    for day in connection.execute(select(_days.c.district_id, _days.c.day, _days.c.working)):
        own[day.district_id][day.day] = day.working
    pauses: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    for row in connection.execute(select(_pauses.c.clock_id, _pauses.c.started_on, _pauses.c.ended_on)):
        pauses[row.clock_id].append((row.started_on, row.ended_on))
    asked = (
        select(_cases.c.number, _cases.c.district_id, _cases.c.due_on, _clocks)
        .join(_clocks, _clocks.c.case_id == _cases.c.id)
        .where(_clocks.c.ended_on.is_(None))
    )
    for clock in connection.execute(asked):
        spans, stopped = [], clock.limit_days is None
        for first, last in pauses[clock.id]:
            stopped = stopped or last is None
            spans.append((first, last or first))
        wanted = None if stopped else _due(clock.started_on, clock.limit_days, spans, own[clock.district_id])
        if clock.due_on != wanted:
            yield f"case {clock.number}", f"its last day is {clock.due_on}, its clock says {wanted}"


def _due(start: date, limit: int, spans: list[tuple[date, date]], own: dict[date, bool]) -> date:
    """Day by day: each that was worked while the clock stood still is one more, also where the last day was gone by
    then (who was late stays as late as they were)."""
    for first, last in spans:
        limit += sum(_worked(first + timedelta(days=n + 1), own) for n in range((last - first).days))
    day = start
    while limit > 0:
        day += timedelta(days=1)
        limit -= _worked(day, own)
    return day


def _worked(day: date, own: dict[date, bool]) -> bool:
    if day in own:
        return own[day]
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5
