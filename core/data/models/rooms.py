"""Meeting rooms: when they may be booked, who has them when, how much a tenant has free, and calendars outside."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, OperatorScoped, TenantOptional, Unscoped
from core.data.models.accounts import Membership, User
from core.data.models.places import Space
from core.data.models.tenants import Tenant
from core.data.types import UTCDateTime, utcnow


class RoomRule(OperatorScoped, Base):
    """When a meeting room is open, in minutes of the day in Shanghai. A room without one has the usual hours
    (`core.services.bookings.hours`)."""

    __tablename__ = "room_rules"
    __table_args__ = (
        UniqueConstraint("space_id"),
        CheckConstraint("opens >= 0 and opens < closes and closes <= 1440", name="within_a_day"),
        CheckConstraint("slot in (15, 30, 60)", name="slot_of_an_hour"),
        CheckConstraint("days_ahead between 1 and 366", name="ahead_within_a_year"),
    )

    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    opens: Mapped[int]
    closes: Mapped[int]
    slot: Mapped[int]
    days_ahead: Mapped[int]


class BookingQuota(OperatorScoped, Base):
    """免费时长: `hours` a month for each `per_sqm` square metres that a tenant leases. Without one: no limit."""

    __tablename__ = "booking_quotas"
    __table_args__ = (
        UniqueConstraint("operator_id"),
        CheckConstraint("hours between 0 and 744 and per_sqm between 1 and 100000", name="sensible"),
    )

    hours: Mapped[int]
    per_sqm: Mapped[int]


class Booking(TenantOptional, Base):
    """预订 of a meeting room, from an instant up to another (which is free again). Without a tenant it is the
    operator's own. Triggers refuse two at once (`core.data.booked`)."""

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="range"),
        CheckConstraint("cancelled_at is not null or cancelled_by_id is null", name="cancelled_by_someone"),
        Index("ix_bookings_space_id_starts_at", "space_id", "starts_at"),
    )

    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    title: Mapped[str] = mapped_column(String(120))
    over_reason: Mapped[str | None] = mapped_column(String(200))  # why more than the free hours
    booked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, onupdate=utcnow)
    cancelled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancelled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    space: Mapped[Space] = relationship()
    tenant: Mapped[Tenant | None] = relationship()
    booked_by: Mapped[User | None] = relationship(foreign_keys=[booked_by_id])

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds()) // 60


class CalendarFeed(Unscoped, Base):
    """The secret address at which calendar programs read what one member's organisation booked. Only its hash is
    kept; it lasts as long as the membership, or until a new one is made."""

    __tablename__ = "calendar_feeds"

    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    membership: Mapped[Membership] = relationship()
