"""拨付: the account a case is paid to and who checked it, batches of payments, and what the bank said of each."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, DistrictPrivate, TenantPrivate
from core.data.models.awards import Award
from core.data.models.cases import Case, CaseState, StoredFile
from core.data.types import Sealable, Sealed, UTCDateTime, choice, utcnow


class PayeeCheck(TenantPrivate, Base):
    """收款账户核对: somebody compared the account with a paper. `fingerprint` is a keyed hash of the account: it says
    nothing of another one, which must be checked again."""

    __tablename__ = "payee_checks"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))  # NULL: the policy asks for no papers
    note: Mapped[str] = mapped_column(String(300))
    checked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    checked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    file: Mapped[StoredFile | None] = relationship()


class PayeeDoubt(TenantPrivate, Base):
    """账户核对不一致: somebody compared the account with the papers and found it wrong; the applicant reads what. It
    says nothing of another account, and a check of the same one that comes later settles it."""

    __tablename__ = "payee_doubts"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(300))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class ChangeState(StrEnum):
    REQUESTED = "requested"
    CHECKED = "checked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


# From acceptance on the application itself is not changed any more; until it is paid, its account still may be, by
# three people. A change that is open when the case leaves these states waits until it is back, or ends with the case.
CHANGEABLE = frozenset(
    {
        CaseState.ACCEPTED,
        CaseState.FIRST_REVIEW,
        CaseState.SECOND_REVIEW,
        CaseState.PUBLISHED,
        CaseState.OBJECTED,
        CaseState.APPROVED,
        CaseState.ISSUED,
    }
)
OPEN_CHANGE = "state in ('requested', 'checked')"


class PayeeChange(Sealable, TenantPrivate, Base):
    """Another account for a case that is accepted already: asked for with a reason and a paper, checked by one person,
    approved by another, and neither of them asked for it. The account before stays on record, sealed like the new one.
    """

    __tablename__ = "payee_changes"
    __table_args__ = (
        CheckConstraint("checked_by_id is null or checked_by_id <> requested_by_id", name="checker_did_not_ask"),
        CheckConstraint(
            "decided_by_id is null or (decided_by_id <> requested_by_id"
            " and (checked_by_id is null or decided_by_id <> checked_by_id))",
            name="decider_is_another",
        ),
        CheckConstraint(
            "state <> 'approved' or (checked_by_id is not null and decided_by_id is not null)", name="approved_by_two"
        ),
        Index(
            "uq_payee_changes_open",
            "case_id",
            unique=True,
            sqlite_where=text(OPEN_CHANGE),
            postgresql_where=text(OPEN_CHANGE),
        ),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    state: Mapped[ChangeState] = choice(ChangeState, default=ChangeState.REQUESTED)
    name: Mapped[str] = mapped_column(String(120))
    bank: Mapped[str] = mapped_column(String(120))
    bank_code: Mapped[str] = mapped_column(String(12))
    own: Mapped[bool] = mapped_column(default=False)
    account_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    fingerprint: Mapped[str] = mapped_column(String(64))
    old_name: Mapped[str] = mapped_column(String(120))
    old_bank: Mapped[str] = mapped_column(String(120))
    old_account_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    old_fingerprint: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(300))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    remark: Mapped[str | None] = mapped_column(String(300))  # why it was refused
    # What the review of the case was bound to, and what it is since: where it was approved while that review stood.
    content_before: Mapped[str | None] = mapped_column(String(71))
    content_after: Mapped[str | None] = mapped_column(String(71))

    account = Sealed()
    old_account = Sealed()

    case: Mapped[Case] = relationship()
    file: Mapped[StoredFile] = relationship()


class BatchState(StrEnum):
    DRAFT = "draft"
    PREPARED = "prepared"
    RELEASED = "released"
    SENT = "sent"  # its file was taken for the bank
    SETTLED = "settled"  # the bank said of each payment what became of it
    CANCELLED = "cancelled"


class PayoutBatch(DistrictPrivate, Base):
    """拨付批次: payments that go to the bank together. Prepared by one person and released by another, who release
    exactly what `content_hash` covers: count, sum and every row."""

    __tablename__ = "payout_batches"
    __table_args__ = (
        CheckConstraint(
            "prepared_by_id is null or released_by_id is null or prepared_by_id <> released_by_id", name="two_people"
        ),
        CheckConstraint(
            "state in ('draft', 'cancelled') or (prepared_by_id is not null and content_hash is not null)",
            name="prepared_by_somebody",
        ),
        CheckConstraint(
            "state in ('draft', 'prepared', 'cancelled') or released_by_id is not null", name="released_by_somebody"
        ),
    )

    number: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[BatchState] = choice(BatchState, default=BatchState.DRAFT, index=True)
    note: Mapped[str | None] = mapped_column(String(200))
    row_count: Mapped[int] = mapped_column(default=0)
    total_fen: Mapped[int] = mapped_column(default=0)
    content_hash: Mapped[str | None] = mapped_column(String(71))
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    prepared_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    prepared_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    released_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reason: Mapped[str | None] = mapped_column(String(200))  # why it was reopened or cancelled

    rows: Mapped[list[Disbursement]] = relationship(back_populates="batch", order_by="Disbursement.serial")


class PayoutState(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"  # the bank did not pay it
    RETURNED = "returned"  # it was paid, and came back later
    CANCELLED = "cancelled"  # its batch was


LIVE = "state in ('pending', 'paid')"


class Disbursement(Sealable, TenantPrivate, Base):
    """拨付明细: one award in one batch, with the account as it was then. An award has one that is under way or paid."""

    __tablename__ = "disbursements"
    __table_args__ = (
        UniqueConstraint("batch_id", "serial"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("offset_fen >= 0 and offset_fen < amount_fen", name="offset_within"),
        CheckConstraint(
            "state not in ('paid', 'returned') or (booked_on is not null and pay_entry_id is not null)",
            name="paid_is_booked",
        ),
        CheckConstraint(
            "state <> 'returned' or (return_reported_by_id is not null and return_confirmed_by_id is not null"
            " and return_confirmed_by_id <> return_reported_by_id and return_entry_id is not null)",
            name="returned_by_two",
        ),
        Index(
            "uq_disbursements_live",
            "award_id",
            unique=True,
            sqlite_where=text(LIVE),
            postgresql_where=text(LIVE),
        ),
    )

    batch_id: Mapped[int] = mapped_column(ForeignKey("payout_batches.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("awards.id"), index=True)
    pool_id: Mapped[int] = mapped_column(ForeignKey("pools.id"), index=True)
    serial: Mapped[int]
    reference: Mapped[str] = mapped_column(String(40), unique=True)  # what the bank gives back to us
    amount_fen: Mapped[int]
    offset_fen: Mapped[int] = mapped_column(default=0)  # kept back of it for what the tenant owes (追回抵扣)
    shares: Mapped[list[Any]]  # [source of the money, basis points, fen], which come to the amount
    budget_line: Mapped[str | None] = mapped_column(String(80))
    purpose: Mapped[str] = mapped_column(String(120))
    payee_name: Mapped[str] = mapped_column(String(120))
    payee_bank: Mapped[str] = mapped_column(String(120))
    payee_bank_code: Mapped[str] = mapped_column(String(12))
    payee_account_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    fingerprint: Mapped[str] = mapped_column(String(64), index=True)

    state: Mapped[PayoutState] = choice(PayoutState, default=PayoutState.PENDING, index=True)
    booked_on: Mapped[date | None]  # the bank's day
    voucher: Mapped[str | None] = mapped_column(String(60))
    bank_reference: Mapped[str | None] = mapped_column(String(60))
    failure: Mapped[str | None] = mapped_column(String(200))  # why it failed or came back
    result_sha256: Mapped[str | None] = mapped_column(String(64))  # of the file that said so
    result_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    result_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    pay_entry_id: Mapped[int | None] = mapped_column(ForeignKey("pool_entries.id"))
    returned_on: Mapped[date | None]
    return_reference: Mapped[str | None] = mapped_column(String(60))
    return_reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    return_confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    return_entry_id: Mapped[int | None] = mapped_column(ForeignKey("pool_entries.id"))

    payee_account = Sealed()

    batch: Mapped[PayoutBatch] = relationship(back_populates="rows")
    case: Mapped[Case] = relationship()
    award: Mapped[Award] = relationship()

    @property
    def net_fen(self) -> int:
        """What goes to the bank."""
        return self.amount_fen - self.offset_fen
