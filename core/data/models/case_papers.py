"""文书: the papers that the acts on a case call for, and letters that take another's place."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, TenantScoped, Unscoped
from core.data.models.accounts import User
from core.data.models.awards import Letter
from core.data.models.cases import Case, CaseEvent
from core.data.models.places import Issuer
from core.data.types import UTCDateTime, choice, utcnow


class PaperKind(StrEnum):
    ACCEPTANCE = "acceptance"  # 受理通知书
    CORRECTION = "correction"  # 补正告知书
    NOT_ADMITTED = "not_admitted"  # 不予受理决定书
    REVOCATION_NOTICE = "revocation_notice"  # 拟撤销告知书
    REVOCATION = "revocation"  # 撤销决定书
    REPAYMENT = "repayment"  # 退回决定书


class PaperStatus(StrEnum):
    DUE = "due"  # called for by an act, not numbered yet
    NUMBERED = "numbered"  # has its number and its words, is being rendered and signed
    ISSUED = "issued"


class CasePaper(TenantScoped, Base):
    """A paper that an act calls for. The row comes with the act; number and `content` in one small transaction; the
    file follows, once. `terms` is what the act itself sets: a day to keep, an amount to pay back."""

    __tablename__ = "case_papers"
    __table_args__ = (
        UniqueConstraint("event_id", "kind"),
        UniqueConstraint("issuer_id", "kind", "year", "seq"),
        UniqueConstraint("issuer_id", "number"),
        CheckConstraint("(status = 'issued') = (file_sha256 is not null)", name="issued_has_file"),
        CheckConstraint(
            "(status = 'due') = (number is null) and (number is null) = (seq is null) "
            "and (number is null) = (issuer_id is null) and (number is null) = (issued_on is null)",
            name="numbered_whole",
        ),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("case_events.id"))
    kind: Mapped[PaperKind] = choice(PaperKind)
    status: Mapped[PaperStatus] = choice(PaperStatus, default=PaperStatus.DUE, index=True)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    terms: Mapped[dict[str, Any]] = mapped_column(default=dict)
    issuer_id: Mapped[int | None] = mapped_column(ForeignKey("issuers.id"))
    year: Mapped[int | None]
    seq: Mapped[int | None]
    number: Mapped[str | None] = mapped_column(String(60))
    issued_on: Mapped[date | None]
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    file_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    file_size: Mapped[int | None]
    signed_by: Mapped[str | None] = mapped_column(String(64))  # `SigningKey.fingerprint`; NULL: before it was kept
    sealed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    case: Mapped[Case] = relationship()
    event: Mapped[CaseEvent] = relationship()
    issuer: Mapped[Issuer | None] = relationship()


class PaperCounter(Unscoped, Base):
    """The last number that an issuer took for a kind of paper in a year: 1, 2, 3 … without gap or duplicate."""

    __tablename__ = "paper_counters"
    __table_args__ = (UniqueConstraint("issuer_id", "kind", "year"),)

    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    kind: Mapped[PaperKind] = choice(PaperKind)
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)


class ReplacementCause(StrEnum):
    MISPRINT = "misprint"  # name or address
    LOST = "lost"


class LetterReplacement(TenantScoped, Base):
    """补发: that an issued letter be replaced, asked for by one person and confirmed or not by another. The letter is
    void from the moment on in which its successor has its number."""

    __tablename__ = "letter_replacements"
    __table_args__ = (
        CheckConstraint("decided_by_id is null or decided_by_id <> asked_by_id", name="second_person"),
        CheckConstraint("(decided_at is null) = (granted is null)", name="decided_whole"),
        Index(
            "uq_letter_replacements_standing",
            "letter_id",
            unique=True,
            sqlite_where=text("granted is null or granted"),
            postgresql_where=text("granted is null or granted"),
        ),
    )

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), index=True)
    cause: Mapped[ReplacementCause] = choice(ReplacementCause, named="replacement_cause")
    reason: Mapped[str] = mapped_column(String(400))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    granted: Mapped[bool | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    opinion: Mapped[str | None] = mapped_column(String(400))

    letter: Mapped[Letter] = relationship()
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
