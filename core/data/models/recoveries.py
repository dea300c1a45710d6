"""追回: what is to be had back of an award that was paid, what was said and done about it, and the money that came."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, TenantScoped
from core.data.models.awards import Award
from core.data.models.cases import Case, StoredFile
from core.data.models.payouts import Disbursement
from core.data.models.tenants import Tenant
from core.data.types import UTCDateTime, choice, utcnow


class RecoveryCause(StrEnum):
    REVOKED = "revoked"  # the award was revoked after it was paid
    MOVED_OUT = "moved_out"  # left before the time it had to stay
    HEADS = "heads"  # insured months that it rests on are not there any more
    TAX_INVOICE = "tax_invoice"  # a 发票 was taken back by a red letter
    REFUND = "refund"  # rent went back, or its payment was reversed
    CREDIT_NOTE = "credit_note"  # rent was credited
    OTHER = "other"


class RecoveryState(StrEnum):
    LEAD = "lead"  # found, and not looked at by anybody yet
    PROPOSED = "proposed"  # the tenant is told, and may state its case
    DECIDED = "decided"
    SETTLED = "settled"  # all of it is back
    DROPPED = "dropped"


OPEN_RECOVERY = "state in ('lead', 'proposed', 'decided')"


class Recovery(TenantScoped, Base):
    """One file: what of an award is to be had back, and why. `fact` names what opened it (`refunds:12`): one fact
    opens one file of an award, and an award has one open file at a time. `lines` are what `owed_fen` is made of:
    `{key, month, label, awarded_fen, kept_fen, back_fen, clause, why}`."""

    __tablename__ = "recoveries"
    __table_args__ = (
        UniqueConstraint("award_id", "fact"),
        CheckConstraint("owed_fen between 0 and paid_fen", name="owed_within_paid"),
        CheckConstraint("decided_by_id is null or decided_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint(
            "state not in ('proposed', 'decided', 'settled') or proposed_by_id is not null", name="proposed"
        ),
        CheckConstraint("state not in ('decided', 'settled') or decided_by_id is not null", name="decided"),
        CheckConstraint("(state in ('settled', 'dropped')) = (closed_at is not null)", name="closed"),
        CheckConstraint("(due_on is null) = (pay_to is null)", name="demanded_whole"),
        CheckConstraint(
            "judged_by_id is null or (judged_by_id <> proposed_by_id and judged_by_id <> decided_by_id"
            " and appealed_by_id is not null)",
            name="judged_by_another",
        ),
        Index(
            "uq_recoveries_open",
            "award_id",
            unique=True,
            sqlite_where=text(OPEN_RECOVERY),
            postgresql_where=text(OPEN_RECOVERY),
        ),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("awards.id"), index=True)
    cause: Mapped[RecoveryCause] = choice(RecoveryCause)
    fact: Mapped[str] = mapped_column(String(80))
    state: Mapped[RecoveryState] = choice(RecoveryState, default=RecoveryState.LEAD, index=True)
    paid_fen: Mapped[int]  # that was paid and not back when it was computed
    owed_fen: Mapped[int]
    lines: Mapped[list[Any]]
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    heard_until: Mapped[date | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_on: Mapped[date | None] = mapped_column(index=True)
    pay_to: Mapped[str | None] = mapped_column(String(200))
    appeal_until: Mapped[date | None]
    appealed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    appealed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    judged_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    case: Mapped[Case] = relationship()
    award: Mapped[Award] = relationship()
    tenant: Mapped[Tenant] = relationship()
    acts: Mapped[list[RecoveryAct]] = relationship(back_populates="recovery", order_by="RecoveryAct.id")
    credits: Mapped[list[RecoveryCredit]] = relationship(back_populates="recovery", order_by="RecoveryCredit.id")


class RecoveryActKind(StrEnum):
    OPENED = "opened"
    PROPOSED = "proposed"
    RECOMPUTED = "recomputed"
    STATED = "stated"  # the tenant stated its case
    DECIDED = "decided"
    DEMANDED = "demanded"
    APPEALED = "appealed"
    UPHELD = "upheld"  # the appeal: what is owed is less now, or nothing
    DISMISSED = "dismissed"
    REOPENED = "reopened"  # an offset fell: the payment it stood in came back
    SETTLED = "settled"
    DROPPED = "dropped"


class RecoveryAct(TenantScoped, Base):
    """What somebody did or said in a file, and what was owed after it."""

    __tablename__ = "recovery_acts"

    recovery_id: Mapped[int] = mapped_column(ForeignKey("recoveries.id"), index=True)
    kind: Mapped[RecoveryActKind] = choice(RecoveryActKind)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    said: Mapped[str | None] = mapped_column(Text)
    owed_fen: Mapped[int]

    recovery: Mapped[Recovery] = relationship(back_populates="acts")


class RecoveryPaper(TenantScoped, Base):
    """A paper that the tenant handed in with its statement or its appeal."""

    __tablename__ = "recovery_papers"
    __table_args__ = (UniqueConstraint("act_id", "file_id"),)

    recovery_id: Mapped[int] = mapped_column(ForeignKey("recoveries.id"), index=True)
    act_id: Mapped[int] = mapped_column(ForeignKey("recovery_acts.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))

    act: Mapped[RecoveryAct] = relationship()
    file: Mapped[StoredFile] = relationship()


class CreditKind(StrEnum):
    RECEIPT = "receipt"  # money that came
    OFFSET = "offset"  # kept back from another payment to the tenant


class CreditState(StrEnum):
    RECORDED = "recorded"  # waits for the second person, or for the bank's word on the payment
    CONFIRMED = "confirmed"
    VOID = "void"


class RecoveryCredit(TenantScoped, Base):
    """What came back of a file: recorded by one person, confirmed by another. Of an offset, by those who prepared and
    released the payment that it is kept back from."""

    __tablename__ = "recovery_credits"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("(kind = 'offset') = (disbursement_id is not null)", name="offset_has_payment"),
        CheckConstraint(
            "kind = 'offset' or (received_on is not null and voucher is not null)", name="receipt_has_voucher"
        ),
        CheckConstraint("confirmed_by_id is null or confirmed_by_id <> recorded_by_id", name="two_people"),
        CheckConstraint(
            "state <> 'confirmed' or (confirmed_by_id is not null and entry_id is not null and back_entry_id is null)",
            name="confirmed_is_booked",
        ),
        CheckConstraint("state <> 'recorded' or entry_id is null", name="recorded_is_not_booked"),
        CheckConstraint("state <> 'void' or (entry_id is null) = (back_entry_id is null)", name="void_is_taken_back"),
        Index(
            "uq_recovery_credits_voucher",
            "recovery_id",
            "voucher",
            unique=True,
            sqlite_where=text("state <> 'void' and kind = 'receipt'"),
            postgresql_where=text("state <> 'void' and kind = 'receipt'"),
        ),
        Index(
            "uq_recovery_credits_offset",
            "recovery_id",
            "disbursement_id",
            unique=True,
            sqlite_where=text("state <> 'void'"),
            postgresql_where=text("state <> 'void'"),
        ),
    )

    recovery_id: Mapped[int] = mapped_column(ForeignKey("recoveries.id"), index=True)
    kind: Mapped[CreditKind] = choice(CreditKind)
    state: Mapped[CreditState] = choice(CreditState, default=CreditState.RECORDED, index=True)
    amount_fen: Mapped[int]
    received_on: Mapped[date | None]
    voucher: Mapped[str | None] = mapped_column(String(60))
    disbursement_id: Mapped[int | None] = mapped_column(ForeignKey("disbursements.id"), index=True)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("pool_entries.id"))
    back_entry_id: Mapped[int | None] = mapped_column(ForeignKey("pool_entries.id"))
    reason: Mapped[str | None] = mapped_column(String(200))  # why it is void

    recovery: Mapped[Recovery] = relationship(back_populates="credits")
    disbursement: Mapped[Disbursement | None] = relationship()
