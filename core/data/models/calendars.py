"""The district's own holiday table, on top of the published calendar."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.data.base import Base, DistrictScoped


class CalendarDay(DistrictScoped, Base):
    """One day that is worked or not, whatever the published calendar says."""

    __tablename__ = "calendar_days"
    __table_args__ = (UniqueConstraint("district_id", "day"),)

    day: Mapped[date]
    working: Mapped[bool]
    note: Mapped[str] = mapped_column(String(120))
