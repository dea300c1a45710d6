"""What makes a bill less or gives money back: credit notes and refunds. Both stay on record when they are undone."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, TenantScoped
from core.data.models.billing import Bill, BillLine, Payment, PaymentMethod
from core.data.types import UTCDateTime, choice, utcnow


class CreditReason(StrEnum):
    WAIVER = "waiver"  # 减免
    CORRECTION = "correction"  # 更正
    EARLY_END = "early_end"  # 提前终止: days after the last day of the lease
    DEPOSIT = "deposit"  # 押金退还或抵扣: the deposit is no longer asked for


class CreditNote(TenantScoped, Base):
    """贷项单: a bill asks for less. What had been paid of it is free again and no rent any more."""

    __tablename__ = "credit_notes"
    __table_args__ = (
        UniqueConstraint("operator_id", "number"),
        CheckConstraint("total_fen > 0", name="total_positive"),
        CheckConstraint("(undone_at is null) = (undo_reason is null)", name="undone_with_reason"),
    )

    number: Mapped[str] = mapped_column(String(40))
    bill_id: Mapped[int] = mapped_column(ForeignKey("bills.id"), index=True)
    issued_on: Mapped[date]
    kind: Mapped[CreditReason] = choice(CreditReason)
    reason: Mapped[str] = mapped_column(String(200))
    total_fen: Mapped[int]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    undo_reason: Mapped[str | None] = mapped_column(String(200))

    bill: Mapped[Bill] = relationship()
    lines: Mapped[list[CreditLine]] = relationship(cascade="all, delete-orphan")


class CreditLine(TenantScoped, Base):
    """How much less a line of the bill is."""

    __tablename__ = "credit_lines"
    __table_args__ = (
        UniqueConstraint("note_id", "line_id"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
    )

    note_id: Mapped[int] = mapped_column(ForeignKey("credit_notes.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("bill_lines.id"), index=True)
    amount_fen: Mapped[int]

    line: Mapped[BillLine] = relationship()


class Refund(TenantScoped, Base):
    """退款: a part of a payment that went back, or, with `into_id`, became another payment (押金抵扣). One that came
    back from the bank (退汇) is undone."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("(undone_at is null) = (undo_reason is null)", name="undone_with_reason"),
    )

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), index=True)
    amount_fen: Mapped[int]
    refunded_on: Mapped[date]
    method: Mapped[PaymentMethod] = choice(PaymentMethod)
    reference: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(200))
    into_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"), index=True)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    undo_reason: Mapped[str | None] = mapped_column(String(200))

    payment: Mapped[Payment] = relationship(foreign_keys=[payment_id])
