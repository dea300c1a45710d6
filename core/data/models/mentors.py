"""创业导师: who helps, their ties, what tenants need, who is paired, when they met, what each thought of it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, OperatorScoped, TenantScoped
from core.data.models.tenants import Tenant
from core.data.types import Sealable, Sealed, UTCDateTime, Words, choice, utcnow


class MentorKind(StrEnum):
    """国科发区〔2018〕300号 knows these three."""

    ENTREPRENEUR = "entrepreneur"  # 企业家
    INVESTOR = "investor"  # 投资人
    CONSULTANT = "consultant"  # 专业顾问


class Appointer(StrEnum):
    """Who appointed a mentor (the same rule)."""

    AUTHORITY = "authority"  # 主管部门
    ASSOCIATION = "association"  # 行业协会
    INCUBATOR = "incubator"  # 孵化机构


class MentorStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class Mentor(Sealable, OperatorScoped, Base):
    """导师 of one operator. Its tenants read their own mentor's row only (core/data/asker.py); how to reach the mentor
    is sealed and for staff."""

    __tablename__ = "mentors"
    __table_args__ = (
        CheckConstraint("capacity >= 1", name="capacity_positive"),
        CheckConstraint("hours_per_month >= 1", name="hours_positive"),
        CheckConstraint("(status = 'ended') = (ended_on is not null)", name="ended_has_a_day"),
        CheckConstraint("paused_until is null or status = 'paused'", name="only_paused_until"),
    )

    name: Mapped[str] = mapped_column(String(60))
    kind: Mapped[MentorKind] = choice(MentorKind)
    organisation: Mapped[str | None] = mapped_column(String(120))
    position: Mapped[str | None] = mapped_column(String(80))
    appointed_by: Mapped[Appointer] = choice(Appointer)
    appointed_on: Mapped[date]
    areas: Mapped[list[str]] = mapped_column(Words)  # industries, in the words of Tenant.industry
    skills: Mapped[str] = mapped_column(Text)  # what they can help with, in Chinese
    languages: Mapped[list[str]] = mapped_column(Words)  # ISO 639-1
    stages: Mapped[list[str]] = mapped_column(Words)  # of tenants they serve: nursery, incubator, accelerator
    hours_per_month: Mapped[int]  # for all their tenants together
    capacity: Mapped[int]  # tenants at once, at most
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    status: Mapped[MentorStatus] = choice(MentorStatus, default=MentorStatus.ACTIVE, index=True)
    paused_until: Mapped[date | None]  # the last day of the pause; NULL is until they say so
    ended_on: Mapped[date | None]
    notes: Mapped[str | None] = mapped_column(Text)  # for staff
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, onupdate=utcnow)

    phone = Sealed()
    email = Sealed()

    ties: Mapped[list[MentorTie]] = relationship(back_populates="mentor", order_by="MentorTie.id")
    pairings: Mapped[list[Pairing]] = relationship(back_populates="mentor", order_by="Pairing.starts_on, Pairing.id")


class TieKind(StrEnum):
    SHAREHOLDING = "shareholding"  # 持股
    EMPLOYMENT = "employment"  # 任职
    KINSHIP = "kinship"  # 亲属
    LANDLORD = "landlord"  # 房东
    OTHER = "other"


class MentorTie(TenantScoped, Base):
    """What ties a mentor to a tenant beside mentoring: while it lasts they cannot be paired."""

    __tablename__ = "mentor_ties"
    __table_args__ = (CheckConstraint("to_on is null or from_on is null or to_on >= from_on", name="range"),)

    mentor_id: Mapped[int] = mapped_column(ForeignKey("mentors.id"), index=True)
    kind: Mapped[TieKind] = choice(TieKind)
    note: Mapped[str | None] = mapped_column(String(200))
    from_on: Mapped[date | None]  # NULL: always was
    to_on: Mapped[date | None]

    mentor: Mapped[Mentor] = relationship(back_populates="ties")
    tenant: Mapped[Tenant] = relationship()


class MentoringNeed(TenantScoped, Base):
    """辅导需求: what a tenant wants help with, in its own words. One is open at a time; a change is a new one."""

    __tablename__ = "mentoring_needs"
    __table_args__ = (
        CheckConstraint("hours >= 1", name="hours_positive"),
        CheckConstraint("withdrawn_on is null or withdrawn_on >= stated_on", name="range"),
        Index(
            "uq_mentoring_needs_open",
            "tenant_id",
            unique=True,
            sqlite_where=text("withdrawn_on is null"),
            postgresql_where=text("withdrawn_on is null"),
        ),
    )

    topics: Mapped[list[str]] = mapped_column(Words)  # Chinese words, those of mentors.TOPICS or others
    text: Mapped[str] = mapped_column(Text)
    languages: Mapped[list[str]] = mapped_column(Words)  # wished for, ISO 639-1; none: any
    hours: Mapped[int | None]  # wished for, a month
    stated_on: Mapped[date]
    withdrawn_on: Mapped[date | None]
    stated_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    on_behalf: Mapped[bool] = mapped_column(default=False)  # the operator wrote it down for the tenant

    tenant: Mapped[Tenant] = relationship()


class PairingSource(StrEnum):
    ROUND = "round"
    BY_HAND = "by_hand"


class Pairing(TenantScoped, Base):
    """结对: a mentor and a tenant, from a day on. It runs while it has no last day."""

    __tablename__ = "pairings"
    __table_args__ = (
        CheckConstraint("ends_on is null or ends_on >= starts_on", name="range"),
        CheckConstraint("(ends_on is null) = (ended_reason is null)", name="ended_has_a_reason"),
        Index(
            "uq_pairings_running",
            "tenant_id",
            unique=True,
            sqlite_where=text("ends_on is null"),
            postgresql_where=text("ends_on is null"),
        ),
    )

    mentor_id: Mapped[int] = mapped_column(ForeignKey("mentors.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)  # the application it answers
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    source: Mapped[PairingSource] = choice(PairingSource)
    ended_reason: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    mentor: Mapped[Mentor] = relationship(back_populates="pairings")
    tenant: Mapped[Tenant] = relationship()
    meetings: Mapped[list[MentoringSession]] = relationship(
        back_populates="pairing", order_by="MentoringSession.starts_at, MentoringSession.id"
    )


class SessionForm(StrEnum):
    IN_PERSON = "in_person"
    ONLINE = "online"


class SessionStatus(StrEnum):
    BOOKED = "booked"
    HELD = "held"
    CANCELLED = "cancelled"
    MISSED = "missed"


class MentoringSession(TenantScoped, Base):
    """辅导记录: one meeting of a pairing. Tenant and operator read the same."""

    __tablename__ = "mentoring_sessions"
    __table_args__ = (CheckConstraint("minutes between 5 and 720", name="minutes_of_a_day"),)

    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairings.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    minutes: Mapped[int]  # as booked; as it was, once held
    form: Mapped[SessionForm] = choice(SessionForm)
    topic: Mapped[str] = mapped_column(String(120))
    summary: Mapped[str | None] = mapped_column(Text)
    status: Mapped[SessionStatus] = choice(SessionStatus, default=SessionStatus.BOOKED)
    booked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    pairing: Mapped[Pairing] = relationship(back_populates="meetings")
    feedback: Mapped[list[MentoringFeedback]] = relationship(
        back_populates="meeting", order_by="MentoringFeedback.side"
    )


class Side(StrEnum):
    """Who says it: the tenant about the mentor, or the mentor about the tenant."""

    TENANT = "tenant"
    MENTOR = "mentor"


class MentoringFeedback(TenantScoped, Base):
    """评价 of one session by one side. A tenant's people read their own side only (core/data/asker.py)."""

    __tablename__ = "mentoring_feedback"
    __table_args__ = (
        UniqueConstraint("session_id", "side"),
        CheckConstraint("rating between 1 and 5", name="rating_of_five"),
    )

    session_id: Mapped[int] = mapped_column(ForeignKey("mentoring_sessions.id"))
    side: Mapped[Side] = choice(Side)
    rating: Mapped[int]
    words: Mapped[str | None] = mapped_column(String(400))
    given_on: Mapped[date]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    meeting: Mapped[MentoringSession] = relationship(back_populates="feedback")
