"""What was granted, on which evidence, and the letters that say so."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, TenantScoped, Unscoped
from core.data.models.cases import Case, Decision
from core.data.models.leases import Grade
from core.data.models.places import Issuer
from core.data.models.tenants import Tenant
from core.data.types import UTCDateTime, choice, utcnow


class Award(TenantScoped, Base):
    """核定结果: one per case. Revoking one frees its evidence."""

    __tablename__ = "awards"
    __table_args__ = (CheckConstraint("amount_fen >= 0", name="amount_not_negative"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), unique=True)
    policy_key: Mapped[str] = mapped_column(String(60), index=True)
    amount_fen: Mapped[int]
    approved_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    granted: Mapped[list[Any] | None]  # what was given where it is not money: [label, value] in the letter's words

    case: Mapped[Case] = relationship()
    decision: Mapped[Decision] = relationship()
    tenant: Mapped[Tenant] = relationship()


class EvidenceKind(StrEnum):
    RENT_MONTH = "rent_month"
    INSURED_MONTH = "insured_month"
    DESK_FEE_MONTH = "desk_fee_month"
    PRIZE = "prize"


class EvidenceLine(TenantScoped, Base):
    """凭据行: the unit that can be spent once. `natural_key` is one in the whole instance, so that the same rent
    month, insured month or prize at two operators or in two districts is one line, whoever claims it first. `month` is
    when the fact arose: of a prize, the month in which it was won."""

    __tablename__ = "evidence_lines"
    kind: Mapped[EvidenceKind] = choice(EvidenceKind)
    natural_key: Mapped[str] = mapped_column(String(160), unique=True)
    month: Mapped[str] = mapped_column(String(7))
    amount_fen: Mapped[int | None]
    source: Mapped[str] = mapped_column(String(80))  # "rent_payments:12,15": the records it was made from
    grade: Mapped[Grade] = choice(Grade)
    paper_sha256: Mapped[str | None] = mapped_column(String(64))
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class StackingRule(StrEnum):
    EXCLUSIVE = "exclusive"  # a line funds one award in the group
    CAPPED = "capped"  # uses together stay within the line
    STACKABLE = "stackable"


class EvidenceUse(TenantScoped, Base):
    """What an award spent of a line. A second use in an exclusive group is refused by the index below."""

    __tablename__ = "evidence_uses"
    __table_args__ = (
        CheckConstraint("amount_fen >= 0", name="amount_not_negative"),
        Index(
            "uq_evidence_uses_exclusive",
            "line_id",
            "stacking_group",
            unique=True,
            sqlite_where=text("rule = 'exclusive' and released_at is null"),
            postgresql_where=text("rule = 'exclusive' and released_at is null"),
        ),
    )

    line_id: Mapped[int] = mapped_column(ForeignKey("evidence_lines.id"), index=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("awards.id"), index=True)
    policy_key: Mapped[str] = mapped_column(String(60))
    stacking_group: Mapped[str] = mapped_column(String(60))
    rule: Mapped[StackingRule] = choice(StackingRule)
    amount_fen: Mapped[int]
    released_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    line: Mapped[EvidenceLine] = relationship()
    award: Mapped[Award] = relationship()


class OnceKind(StrEnum):
    ENTERPRISE = "enterprise"
    FOUNDER = "founder"


class AwardOnce(TenantScoped, Base):
    """That an enterprise or a founder had an award of a policy that is granted once. `subject` is a blind index over
    all districts of the instance; a second award to it is refused by the index below."""

    __tablename__ = "awards_once"
    __table_args__ = (
        Index(
            "uq_awards_once_held",
            "policy_key",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("released_at is null"),
            postgresql_where=text("released_at is null"),
        ),
    )

    award_id: Mapped[int] = mapped_column(ForeignKey("awards.id"), index=True)
    policy_key: Mapped[str] = mapped_column(String(60))
    kind: Mapped[OnceKind] = choice(OnceKind)
    subject: Mapped[str] = mapped_column(String(64))
    released_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    award: Mapped[Award] = relationship()


class LetterKind(StrEnum):
    AWARD = "award"
    REFUSAL = "refusal"


class LetterStatus(StrEnum):
    NUMBERED = "numbered"  # has its number, is being rendered and signed
    ISSUED = "issued"
    VOID = "void"  # keeps its number for ever


def _standing(*columns: str) -> Index:
    """One letter of each: void ones, which another has replaced, do not count."""
    where = text("status <> 'void'")
    name = f"uq_letters_standing_{columns[0]}"
    return Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)


class Letter(TenantScoped, Base):
    """核定通知书. The row is written with its number in one small transaction; the file follows, once."""

    __tablename__ = "letters"
    __table_args__ = (
        UniqueConstraint("issuer_id", "year", "seq"),
        _standing("decision_id", "kind"),
        _standing("award_id"),
        CheckConstraint("(status = 'issued') = (file_sha256 is not null) or status = 'void'", name="issued_has_file"),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"))
    award_id: Mapped[int | None] = mapped_column(ForeignKey("awards.id"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"), unique=True)  # a void one
    kind: Mapped[LetterKind] = choice(LetterKind)
    status: Mapped[LetterStatus] = choice(LetterStatus, default=LetterStatus.NUMBERED, index=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    year: Mapped[int]
    seq: Mapped[int]
    number: Mapped[str] = mapped_column(String(60))
    check_code: Mapped[str] = mapped_column(String(20), unique=True)
    issued_on: Mapped[date]
    amount_fen: Mapped[int]
    capsule_digest: Mapped[str] = mapped_column(String(71), index=True)
    file_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    file_size: Mapped[int | None]
    signed_by: Mapped[str | None] = mapped_column(String(64))  # `SigningKey.fingerprint`; NULL: before it was kept
    sealed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    case: Mapped[Case] = relationship()
    decision: Mapped[Decision] = relationship()
    issuer: Mapped[Issuer] = relationship()
    tenant: Mapped[Tenant] = relationship()
    replaces: Mapped[Letter | None] = relationship(remote_side="Letter.id")


class LetterCounter(Unscoped, Base):
    """The last number taken by an issuer in a year: 1, 2, 3 … without gap or duplicate."""

    __tablename__ = "letter_counters"
    __table_args__ = (UniqueConstraint("issuer_id", "year"),)

    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)
