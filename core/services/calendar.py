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


def own_days(session: Session, district_id: int, start: date) -> dict[date, bool]:
    """The district's exceptions from `start` on."""
    rows = session.scalars(select(CalendarDay).where(CalendarDay.district_id == district_id, CalendarDay.day >= start))
    return {row.day: row.working for row in rows}


def add_working_days(session: Session, district_id: int, start: date, days: int) -> date:
    """The day on which a limit of `days` working days ends. The first day is not counted (民法典 第二百零一条)."""
    own, day = own_days(session, district_id, start), start
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day, own)
    return day


def working_days_until(due: date, today: date, own: dict[date, bool] | None = None) -> int:
    """Working days left after `today` up to and with `due`; negative when late."""
    first, last = sorted((today, due))
    count = sum(is_working_day(first + timedelta(days=n + 1), own) for n in range((last - first).days))
    return count if due >= today else -count
