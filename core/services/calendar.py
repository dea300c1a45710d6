"""Working days: the published calendar (chinesecalendar), with the district's own table on top.

Years without a published calendar fall back to weekends, and callers can ask so as to say so.
"""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import CalendarDay


def is_published(year: int) -> bool:
    """Whether the State Council's calendar of that year is in the library."""
    try:
        chinese_calendar.is_workday(date(year, 1, 2))
    except NotImplementedError:
        return False
    return True


def is_working_day(day: date, own: dict[date, bool] | None = None) -> bool:
    """Whether `day` is worked; `own` holds the district's exceptions."""
    if own and day in own:
        return own[day]
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def add_working_days(session: Session, district_id: int, start: date, days: int) -> date:
    """The day on which a limit of `days` working days ends. The first day is not counted (民法典 第二百零一条)."""
    own = {
        row.day: row.working
        for row in session.scalars(
            select(CalendarDay).where(CalendarDay.district_id == district_id, CalendarDay.day >= start)
        )
    }
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day, own)
    return day
