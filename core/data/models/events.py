"""Events of a site: who comes, who waits for a seat, who was there."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, OperatorScoped, TenantScoped
from core.data.models.places import Site
from core.data.models.tenants import Tenant
from core.data.types import UTCDateTime, choice, utcnow


class EventKind(StrEnum):
    TRAINING = "training"
    ROADSHOW = "roadshow"
    SALON = "salon"
    BRIEFING = "briefing"
    OTHER = "other"


class EventState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    HELD = "held"


class Event(OperatorScoped, Base):
    """活动. A tenant's people do not see drafts (core/data/asker.py)."""

    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="range"),
        CheckConstraint("capacity between 1 and 10000", name="seats"),
        CheckConstraint("guests >= 0", name="guests_not_negative"),
        CheckConstraint("(state = 'cancelled') = (cancelled_reason is not null)", name="cancelled_for_a_reason"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    kind: Mapped[EventKind] = choice(EventKind)
    title: Mapped[str] = mapped_column(String(120))
    place: Mapped[str | None] = mapped_column(String(120))  # where on the site
    description: Mapped[str | None] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    capacity: Mapped[int]
    state: Mapped[EventState] = choice(EventState, default=EventState.DRAFT)
    guests: Mapped[int | None]  # who came without being of a tenant, once it was held
    cancelled_reason: Mapped[str | None] = mapped_column(String(200))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, onupdate=utcnow)

    site: Mapped[Site] = relationship()
    registrations: Mapped[list[EventRegistration]] = relationship(
        back_populates="event", order_by="EventRegistration.id"
    )


class EventRegistration(TenantScoped, Base):
    """报名 of a tenant with so many people: seated, or waiting while `seated_at` is not set. In order of `id`."""

    __tablename__ = "event_registrations"
    __table_args__ = (
        CheckConstraint("people between 1 and 100", name="people"),
        CheckConstraint("attended >= 0", name="attended_not_negative"),
        Index(
            "ix_event_registrations_once", "event_id", "tenant_id", unique=True,
            sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )  # fmt: skip

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    people: Mapped[int]
    registered_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    seated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    attended: Mapped[int | None]  # how many came; not marked yet where unset

    event: Mapped[Event] = relationship(back_populates="registrations")
    tenant: Mapped[Tenant] = relationship()
