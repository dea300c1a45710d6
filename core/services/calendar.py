"""Working days: the published calendar (chinesecalendar), with the district's own table on top.

Years without a published calendar fall back to weekends, and callers can ask so as to say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

import chinese_calendar
from chinese_calendar.constants import Holiday
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import CalendarDay

Own = Mapping[date, bool]  # a district's exceptions: whether a day is worked


@cache
def is_published(year: int) -> bool:
    """Whether the State Council's calendar of that year is in the library."""
    try:
        chinese_calendar.is_workday(date(year, 1, 2))
    except NotImplementedError:
        return False
    return True


def is_working_day(day: date, own: Own | None = None) -> bool:
    """Whether `day` is worked; `own` holds the district's exceptions."""
    if own and day in own:
        return own[day]
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def own_days(session: Session, district_id: int, start: date) -> dict[date, bool]:
    """The district's exceptions from `start` on."""
    rows = session.scalars(select(CalendarDay).where(CalendarDay.district_id == district_id, CalendarDay.day >= start))
    return {row.day: row.working for row in rows}


def after(start: date, days: int, own: Own | None = None) -> date:
    """The `days`-th working day after `start`: the first day is not counted (民法典 第二百零一条)."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day, own)
    return day


def add_working_days(session: Session, district_id: int, start: date, days: int) -> date:
    """The day on which a limit of `days` working days ends in a district."""
    return after(start, days, own_days(session, district_id, start))


def working_days_until(due: date, today: date, own: Own | None = None) -> int:
    """Working days left after `today` up to and with `due`; negative when late."""
    first, last = sorted((today, due))
    count = sum(is_working_day(first + timedelta(days=n + 1), own) for n in range((last - first).days))
    return count if due >= today else -count


def days_left(due: date, today: date, own: Own | None = None) -> int:
    """Working days left, for people: what was due on a Friday is late on the Saturday, not due today."""
    left = working_days_until(due, today, own)
    return left if due >= today else min(left, -1)


def unpublished(first: date, last: date) -> list[int]:
    """The years from `first` to `last` whose calendar is not published: days there are counted by weekends."""
    return [year for year in range(first.year, last.year + 1) if not is_published(year)]


def holiday_name(day: date) -> str | None:
    """What the published calendar calls a day off that is no mere weekend; None where there is none."""
    if not is_published(day.year):
        return None
    off, name = chinese_calendar.get_holiday_detail(day)
    return Holiday(name).chinese if off and name else None
