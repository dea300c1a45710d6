"""Applications: the case, its papers, its acts and its decision."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    event,
    inspect,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, TenantScoped
from core.data.models.kept import KeptFile
from core.data.models.places import Department
from core.data.models.tenants import Tenant
from core.data.payees import account_mark, fingerprint
from core.data.types import Month, Sealable, Sealed, UTCDateTime, choice, utcnow


class CaseState(StrEnum):
    """Where a case stands. The moves between them are data: `core.services.workflow.MOVES`."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    NOT_ADMITTED = "not_admitted"
    ACCEPTED = "accepted"
    FIRST_REVIEW = "first_review"
    SECOND_REVIEW = "second_review"
    PUBLISHED = "published"
    OBJECTED = "objected"
    APPROVED = "approved"
    ISSUED = "issued"
    PAID = "paid"
    CLOSED = "closed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    APPEALED = "appealed"
    REVOKING = "revoking"  # revocation is proposed: the tenant is heard first
    REVOKED = "revoked"
    RECOVERY = "recovery"


class Case(Sealable, TenantScoped, Base):
    """申请件: one tenant's application to one policy for one period.

    `facts` is the dossier frozen at submission (persons as pseudonyms), `persons` the sealed key to them.
    The three people who prepare, approve and pay are three people, or the database refuses.
    """

    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint(
            "prepared_by_id is null or approved_by_id is null or prepared_by_id <> approved_by_id",
            name="preparer_is_not_approver",
        ),
        CheckConstraint(
            "paid_by_id is null or approved_by_id is null or paid_by_id <> approved_by_id", name="payer_is_not_approver"
        ),
        CheckConstraint(
            "paid_by_id is null or prepared_by_id is null or paid_by_id <> prepared_by_id", name="payer_is_not_preparer"
        ),
        CheckConstraint("period_from <= period_to", name="period"),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    policy_key: Mapped[str] = mapped_column(String(60), index=True)
    state: Mapped[CaseState] = choice(CaseState, default=CaseState.DRAFT, index=True)
    period_from: Mapped[str] = mapped_column(Month)
    period_to: Mapped[str] = mapped_column(Month)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    payee_name: Mapped[str | None] = mapped_column(String(120))
    payee_bank: Mapped[str | None] = mapped_column(String(120))
    payee_bank_code: Mapped[str | None] = mapped_column(String(12))  # 联行号
    payee_own: Mapped[bool] = mapped_column(default=False)  # the owner's own account, not the unit's
    payee_account_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    payee_fingerprint: Mapped[str | None] = mapped_column(String(64))  # of the account as it stands, made from it
    # Blind index of the number alone, made from it likewise: cases of any operator that are paid to one account.
    payee_account_once: Mapped[str | None] = mapped_column(String(32), index=True)

    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    version: Mapped[int] = mapped_column(default=1)  # rises with each autosave: a stale tab is told, not obeyed
    applied_on: Mapped[date | None]
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    facts: Mapped[dict[str, Any] | None]
    persons_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    content_hash: Mapped[str | None] = mapped_column(String(71))

    due_on: Mapped[date | None]
    published_on: Mapped[date | None]
    publication_ends_on: Mapped[date | None]
    publication_result: Mapped[str | None] = mapped_column(String(200))
    # Working days for which what was decided is announced before it is paid, as its letter says; NULL: it is not.
    notice_days: Mapped[int | None]
    returned_once: Mapped[bool] = mapped_column(default=False)

    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    prepared_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    paid_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    payee_account = Sealed()
    persons = Sealed()

    tenant: Mapped[Tenant] = relationship()
    events: Mapped[list[CaseEvent]] = relationship(back_populates="case", order_by="CaseEvent.id")
    documents: Mapped[list[CaseDocument]] = relationship(back_populates="case", order_by="CaseDocument.id")
    decisions: Mapped[list[Decision]] = relationship(back_populates="case", order_by="Decision.id")


PAYEE = ("payee_name", "payee_bank", "payee_bank_code", "payee_own", "payee_account_sealed")


@event.listens_for(Case, "before_insert")
@event.listens_for(Case, "before_update")
def _know_account(mapper: object, connection: Connection, case: Case) -> None:
    """Whoever changes the account, what it is known by changes with it."""
    state = inspect(case)
    if state.has_identity and not any(state.attrs[name].history.has_changes() for name in PAYEE):
        return
    said = (case.payee_name or "", case.payee_bank or "", case.payee_bank_code or "")
    number, own = case.payee_account, bool(case.payee_own)
    case.payee_fingerprint = fingerprint(case.operator_id, *said, number, own=own) if number else None
    case.payee_account_once = account_mark(number) if number else None


class CaseEvent(TenantScoped, Base):
    """One act on a case: who moved it, from where to where, in which institution's name, with what opinion."""

    __tablename__ = "case_events"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    move: Mapped[str] = mapped_column(String(40))
    from_state: Mapped[CaseState | None] = choice(CaseState, named="from_state", nullable=True)
    to_state: Mapped[CaseState] = choice(CaseState, named="to_state")
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    role: Mapped[str] = mapped_column(String(40))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    opinion: Mapped[str | None] = mapped_column(Text)
    reasons: Mapped[list[Any] | None]
    content_hash: Mapped[str | None] = mapped_column(String(71))

    case: Mapped[Case] = relationship(back_populates="events")
    department: Mapped[Department | None] = relationship()


class StoredFile(KeptFile, TenantScoped, Base):
    """A file of a tenant: a paper of a case, of its own file, of a stage decision."""

    __tablename__ = "stored_files"


class CaseDocument(TenantScoped, Base):
    """A paper of a case; `kind` is a document key of the policy's card."""

    __tablename__ = "case_documents"
    __table_args__ = (UniqueConstraint("case_id", "kind", "file_id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(60))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))

    case: Mapped[Case] = relationship(back_populates="documents")
    file: Mapped[StoredFile] = relationship()


class Decision(TenantScoped, Base):
    """核定: what the rules said when an officer confirmed it, as the canonical capsule. Never changed."""

    __tablename__ = "decisions"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(40))
    amount_fen: Mapped[int]
    rule_from: Mapped[date | None]  # NULL: no rule was in force
    demonstration: Mapped[bool]
    capsule: Mapped[bytes] = mapped_column(LargeBinary)  # RFC 8785 bytes
    capsule_digest: Mapped[str] = mapped_column(String(71), index=True)
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    case: Mapped[Case] = relationship(back_populates="decisions")
