"""What is done on a case beside its moves: desks that look at their part, and papers handed in with an act."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, TenantScoped
from core.data.models.accounts import User
from core.data.models.cases import Case, CaseEvent, StoredFile
from core.data.models.places import Department
from core.data.types import UTCDateTime, choice, utcnow


class DeskState(StrEnum):
    OPEN = "open"
    PASSED = "passed"
    OBJECTED = "objected"


class DeskTask(TenantScoped, Base):
    """专窗核查: what one of a policy's desks is asked about a case, and its answer. `desk` is a key of `workflow.desks`
    in policy.yaml. An answer that is given again, or that new facts made stale, stays behind as superseded."""

    __tablename__ = "desk_tasks"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (answered_at is null)", name="answered"),
        CheckConstraint("state <> 'objected' or opinion is not null", name="objection_says_why"),
        Index(
            "uq_desk_tasks_standing",
            "case_id",
            "desk",
            unique=True,
            sqlite_where=text("superseded_at is null"),
            postgresql_where=text("superseded_at is null"),
        ),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    desk: Mapped[str] = mapped_column(String(40))
    state: Mapped[DeskState] = choice(DeskState, default=DeskState.OPEN)
    opinion: Mapped[str | None] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    superseded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    case: Mapped[Case] = relationship()
    answered_by: Mapped[User | None] = relationship()
    department: Mapped[Department | None] = relationship()


class ActPaper(TenantScoped, Base):
    """A paper that the applicant handed in with an act: an appeal, or a statement when a revocation is proposed. It is
    no paper of the application: what was reviewed and approved does not change by it."""

    __tablename__ = "act_papers"
    __table_args__ = (UniqueConstraint("event_id", "file_id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("case_events.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))

    event: Mapped[CaseEvent] = relationship()
    file: Mapped[StoredFile] = relationship()
