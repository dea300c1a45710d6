"""Sums of bills and of money received by day and fee. What of it is income says `core.services.billing.tax`."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import Allocation, Bill, BillLine, BillStatus, Fee, Payment

Sums = list[tuple[date, Fee, int]]


def billed(session: Session, operator_id: int, first: date, last: date) -> Sums:
    """What bills that stand ask for less credit notes (fen), by the day they are due."""
    query = (
        select(Bill.due_on, BillLine.fee, func.sum(BillLine.amount_fen - BillLine.credited_fen))
        .join(Bill, Bill.id == BillLine.bill_id)
        .where(BillLine.operator_id == operator_id, Bill.status == BillStatus.OPEN, Bill.due_on.between(first, last))
        .group_by(Bill.due_on, BillLine.fee)
        .order_by(Bill.due_on, BillLine.fee)
    )
    return [(day, fee, int(fen)) for day, fee, fen in session.execute(query)]


def received(session: Session, operator_id: int, first: date, last: date) -> Sums:
    """What payments that stand have paid of lines (fen), by the day the money came."""
    query = (
        select(Payment.received_on, BillLine.fee, func.sum(Allocation.amount_fen))
        .join(Payment, Payment.id == Allocation.payment_id)
        .join(BillLine, BillLine.id == Allocation.line_id)
        .where(
            Allocation.operator_id == operator_id,
            Payment.reversed_at.is_(None),
            Payment.received_on.between(first, last),
        )
        .group_by(Payment.received_on, BillLine.fee)
        .order_by(Payment.received_on, BillLine.fee)
    )
    return [(day, fee, int(fen)) for day, fee, fen in session.execute(query)]
