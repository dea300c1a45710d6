"""Bank statements of an operator: the money that came in, line by line, until each is booked or set aside."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, OperatorPrivate
from core.data.models.billing import Payment
from core.data.types import UTCDateTime, utcnow


class BankStatement(OperatorPrivate, Base):
    """银行流水: one file that was imported. The file itself is not kept."""

    __tablename__ = "bank_statements"

    name: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64))
    first: Mapped[date]  # days of its new lines
    last: Mapped[date]
    repeated: Mapped[int]  # lines that were there already
    outgoing: Mapped[int]  # lines of money that went out: not kept
    unread: Mapped[int]
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    imported_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    lines: Mapped[list[BankLine]] = relationship(back_populates="statement")


class BankLine(OperatorPrivate, Base):
    """Money that came in. Booked while its payment stands, set aside while there is a reason, else it waits."""

    __tablename__ = "bank_lines"
    __table_args__ = (
        UniqueConstraint("operator_id", "key"),
        UniqueConstraint("payment_id"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("(aside_at is null) = (aside_reason is null)", name="aside_with_reason"),
        CheckConstraint("aside_at is null or payment_id is null", name="booked_or_aside"),
    )

    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statements.id"), index=True)
    row: Mapped[int]  # in its file
    received_on: Mapped[date] = mapped_column(index=True)
    amount_fen: Mapped[int]
    payer_name: Mapped[str | None] = mapped_column(String(120))
    payer_tail: Mapped[str | None] = mapped_column(String(4))  # of the account number no more is kept
    remark: Mapped[str] = mapped_column(String(300))
    reference: Mapped[str | None] = mapped_column(String(60))
    balance_fen: Mapped[int | None]
    key: Mapped[str] = mapped_column(String(64))  # what makes it the same line in another file
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"))
    aside_reason: Mapped[str | None] = mapped_column(String(200))
    aside_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    statement: Mapped[BankStatement] = relationship(back_populates="lines")
    payment: Mapped[Payment | None] = relationship()
