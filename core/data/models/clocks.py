"""The clock of a case: its limit in each state, what pauses it, who has it, what is done when it is late."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, DistrictPrivate, TenantScoped
from core.data.models.accounts import Role
from core.data.models.cases import Case
from core.data.types import UTCDateTime, choice, utcnow


def _one(table: str, column: str, while_: str) -> Index:
    """At most one such row a `column` while the other column is NULL."""
    open_ = text(f"{while_} is null")
    return Index(f"uq_{table}_open", column, unique=True, sqlite_where=open_, postgresql_where=open_)


class CaseClock(TenantScoped, Base):
    """How long a case stood in one state, and how long it might. One runs at a time.

    `desk`: whose desk it waits at, as its policy had it when the stay began (none: at nobody's). The case's `due_on` is
    what `started_on`, `limit_days`, the pauses and the calendar come to; none while paused.
    `used_days` are the working days it took, without those paused, as counted when it ended.
    """

    __tablename__ = "case_clocks"
    __table_args__ = (
        _one("case_clocks", "case_id", "ended_on"),
        CheckConstraint("limit_days > 0", name="limit_positive"),
        CheckConstraint("ended_on >= started_on", name="range"),
        CheckConstraint("used_days >= 0", name="used"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    state: Mapped[str] = mapped_column(String(40))
    desk: Mapped[Role | None] = mapped_column(
        Enum(
            Role, native_enum=False, create_constraint=False, length=40, values_callable=lambda e: [r.value for r in e]
        )
    )
    started_on: Mapped[date]
    limit_days: Mapped[int | None]
    ended_on: Mapped[date | None] = mapped_column(index=True)
    used_days: Mapped[int | None]

    case: Mapped[Case] = relationship()
    pauses: Mapped[list[CasePause]] = relationship(order_by="CasePause.id", back_populates="clock")


class PauseReason(StrEnum):
    """Why a limit stands still. Their words are in `core.services.clocks.PAUSE_REASONS`."""

    CORRECTION = "correction"
    OUTSIDE_CHECK = "outside_check"
    FORCE_MAJEURE = "force_majeure"
    HEARING = "hearing"
    APPRAISAL = "appraisal"
    EXPERT_REVIEW = "expert_review"


class CasePause(TenantScoped, Base):
    """暂停计时: the limit stands still from a day on. `note` is for staff; the applicant reads words of the reason."""

    __tablename__ = "case_pauses"
    __table_args__ = (
        _one("case_pauses", "case_id", "ended_on"),
        CheckConstraint("ended_on >= started_on", name="range"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    clock_id: Mapped[int] = mapped_column(ForeignKey("case_clocks.id"), index=True)
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    reason: Mapped[PauseReason] = choice(PauseReason)
    note: Mapped[str] = mapped_column(String(400))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    clock: Mapped[CaseClock] = relationship(back_populates="pauses")


class GreenReason(StrEnum):
    """Why a case goes the short way. Their words are in `core.services.green_lane.REASONS`."""

    KEY_PROJECT = "key_project"
    TALENT = "talent"
    PRIORITY_GROUP = "priority_group"
    HARDSHIP = "hardship"
    BUDGET_YEAR = "budget_year"
    OTHER = "other"


class CaseGreenLane(TenantScoped, Base):
    """绿色通道: from when to when a case has the shorter limits, and why."""

    __tablename__ = "case_green_lanes"
    __table_args__ = (_one("case_green_lanes", "case_id", "ended_at"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    reason: Mapped[GreenReason] = choice(GreenReason)
    note: Mapped[str] = mapped_column(String(400))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    end_reason: Mapped[str | None] = mapped_column(String(400))


class AssignmentKind(StrEnum):
    TAKEN = "taken"  # 领取
    GIVEN = "given"  # 分派
    TAKEN_OVER = "taken_over"  # 接手
    ACTED = "acted"  # by doing the work


class CaseAssignment(TenantScoped, Base):
    """经办: who has a case in one state, in which role. One at a time; ends with the state, or by another's."""

    __tablename__ = "case_assignments"
    __table_args__ = (_one("case_assignments", "case_id", "ended_at"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    clock_id: Mapped[int] = mapped_column(ForeignKey("case_clocks.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[Role] = choice(Role)
    kind: Mapped[AssignmentKind] = choice(AssignmentKind)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class CaseOrder(DistrictPrivate, Base):
    """督办: the district asks the desk, or the person who has the case, to be done by a day; the desk answers."""

    __tablename__ = "case_orders"
    __table_args__ = (
        CheckConstraint("(answered_at is null) = (answer is null)", name="answered"),
        _one("case_orders", "clock_id", "answered_at"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    clock_id: Mapped[int] = mapped_column(ForeignKey("case_clocks.id"), index=True)
    role: Mapped[Role] = choice(Role)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(String(400))
    wanted_on: Mapped[date]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    answer: Mapped[str | None] = mapped_column(String(400))
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    clock: Mapped[CaseClock] = relationship()


class CaseEscalation(DistrictPrivate, Base):
    """That a case came near its limit, or went past it: each level once for each stay in a state."""

    __tablename__ = "case_escalations"
    __table_args__ = (
        UniqueConstraint("clock_id", "level"),
        CheckConstraint("level between 1 and 3", name="level"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    clock_id: Mapped[int] = mapped_column(ForeignKey("case_clocks.id"))
    level: Mapped[int]
    due_on: Mapped[date]
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
