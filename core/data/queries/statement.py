"""对账单: all that happened on a tenant's account, in order, with the balance after each.

The balance is what is owed less what is free of payments (预收): a bill raises it, money lowers it. What was taken back
is no entry less but one more, on the day it was taken back, so what was said of a past day stays true.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.models import Bill, BillKind, BillLine, CreditNote, CreditReason, Fee, Payment, PaymentMethod, Refund


class Act(StrEnum):
    """What an entry is, in the order of a day."""

    BILL = "bill"
    VOID = "void"
    CREDIT = "credit"
    CREDIT_UNDONE = "credit_undone"
    REFUND = "refund"
    REFUND_UNDONE = "refund_undone"
    PAYMENT = "payment"
    REVERSAL = "reversal"


ORDER = tuple(Act)


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. `fen` raises the balance, below zero it lowers it. `kind`: of the bill, note, or way of the money."""

    on: date
    act: Act
    row_id: int
    fen: int
    number: str
    kind: BillKind | CreditReason | PaymentMethod
    said: str | None = None
    bill_id: int | None = None
    balance_fen: int = 0

    @property
    def charge_fen(self) -> int | None:
        return self.fen if self.fen > 0 else None

    @property
    def settled_fen(self) -> int | None:
        return -self.fen if self.fen < 0 else None


@dataclass(frozen=True, slots=True)
class Statement:
    """From `first` to `last`: the balance before, the entries, the balance after."""

    first: date
    last: date
    opening_fen: int
    entries: Sequence[Entry]

    @property
    def closing_fen(self) -> int:
        return self.entries[-1].balance_fen if self.entries else self.opening_fen

    @property
    def charged_fen(self) -> int:
        return sum(it.charge_fen or 0 for it in self.entries)

    @property
    def settled_fen(self) -> int:
        return sum(it.settled_fen or 0 for it in self.entries)


def statement(session: Session, tenant_id: int, first: date, last: date) -> Statement:
    found = sorted(_entries(session, tenant_id), key=lambda it: (it.on, ORDER.index(it.act), it.row_id))
    opening = sum(it.fen for it in found if it.on < first)
    balance, entries = opening, []
    for it in found:
        if first <= it.on <= last:
            balance += it.fen
            entries.append(Entry(it.on, it.act, it.row_id, it.fen, it.number, it.kind, it.said, it.bill_id, balance))
    return Statement(first, last, opening, entries)


def began(session: Session, tenant_id: int) -> date | None:
    """The day of a tenant's first bill or payment."""
    days = [
        session.scalar(select(func.min(column)).where(model.tenant_id == tenant_id))
        for model, column in ((Bill, Bill.issued_on), (Payment, Payment.received_on))
    ]
    return min((day for day in days if day is not None), default=None)


def held(session: Session, tenant_id: int) -> int:
    """What is held of a tenant's deposits (fen)."""
    paid = select(func.sum(BillLine.paid_fen)).where(BillLine.tenant_id == tenant_id, BillLine.fee == Fee.DEPOSIT)
    return int(session.scalar(paid) or 0)


def _entries(session: Session, tenant_id: int) -> Iterator[Entry]:
    credited = dict(
        session.execute(
            select(BillLine.bill_id, func.sum(BillLine.credited_fen))
            .where(BillLine.tenant_id == tenant_id, BillLine.credited_fen > 0)
            .group_by(BillLine.bill_id)
        ).all()
    )
    for bill in session.scalars(select(Bill).where(Bill.tenant_id == tenant_id)):
        yield Entry(bill.issued_on, Act.BILL, bill.id, bill.total_fen, bill.number, bill.kind, bill.note, bill.id)
        if bill.voided_at is not None:
            rest = bill.total_fen - int(credited.get(bill.id, 0))  # its notes stand, and have taken off their part
            on = _day(bill.voided_at, bill.issued_on)
            yield Entry(on, Act.VOID, bill.id, -rest, bill.number, bill.kind, bill.void_reason, bill.id)
    for note in session.scalars(select(CreditNote).where(CreditNote.tenant_id == tenant_id)):
        many = (note.number, note.kind)
        yield Entry(note.issued_on, Act.CREDIT, note.id, -note.total_fen, *many, note.reason, note.bill_id)
        if note.undone_at is not None:
            on = _day(note.undone_at, note.issued_on)
            yield Entry(on, Act.CREDIT_UNDONE, note.id, note.total_fen, *many, note.undo_reason, note.bill_id)
    for payment in session.scalars(select(Payment).where(Payment.tenant_id == tenant_id)):
        many = (payment.reference or "", payment.method)
        yield Entry(payment.received_on, Act.PAYMENT, payment.id, -payment.amount_fen, *many, payment.payer_name)
        if payment.reversed_at is not None:
            on = _day(payment.reversed_at, payment.received_on)
            yield Entry(on, Act.REVERSAL, payment.id, payment.amount_fen, *many, payment.reversal_reason)
    for it in session.scalars(select(Refund).where(Refund.tenant_id == tenant_id)):
        way = (it.reference or "", it.method)
        yield Entry(it.refunded_on, Act.REFUND, it.id, it.amount_fen, *way, it.reason)
        if it.undone_at is not None:
            on = _day(it.undone_at, it.refunded_on)
            yield Entry(on, Act.REFUND_UNDONE, it.id, -it.amount_fen, *way, it.undo_reason)


def _day(at: datetime, earliest: date) -> date:
    """The day in Shanghai of what was taken back."""
    return max(at.astimezone(SHANGHAI).date(), earliest)
