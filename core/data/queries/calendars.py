"""Reading a district's exceptions to the published calendar."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import CalendarDay


def exceptions(session: Session, year: int) -> list[CalendarDay]:
    """Those of a year, in order."""
    days = CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
    return list(session.scalars(select(CalendarDay).where(days).order_by(CalendarDay.day)))
