"""Reading payments: the list, what one paid, and what of it went back."""

from __future__ import annotations

from sqlalchemy import case, literal, select
from sqlalchemy.orm import Session, joinedload

from core.data.models import Allocation, Bill, BillLine, Payment, PaymentMethod, Refund, Tenant
from core.data.queries.paging import Listing


def listing() -> Listing:
    """The asker's payments."""
    state = case(
        (Payment.reversed_at.is_not(None), literal("reversed")),
        (Payment.free_fen > 0, literal("free")),
        (Payment.refunded_fen > 0, literal("refunded")),
        else_=literal("used"),
    )
    return Listing(
        statement=select(
            Payment.id,
            Payment.received_on,
            Tenant.name.label("tenant"),
            Payment.payer_name,
            Payment.method,
            Payment.reference,
            Payment.amount_fen,
            Payment.free_fen,
            state.label("state"),
        ).join(Tenant, Tenant.id == Payment.tenant_id),
        key=Payment.id,
        sorts={
            "received_on": Payment.received_on,
            "tenant": Tenant.name,
            "amount_fen": Payment.amount_fen,
            "free_fen": Payment.free_fen,
        },
        search=(Tenant.name, Payment.payer_name, Payment.reference, Payment.note),
        filters={
            "state": lambda value: state == value,
            "method": lambda value: Payment.method == PaymentMethod(value),
            "tenant": lambda value: Payment.tenant_id == int(value),
        },
        extras={"refunded_fen": Payment.refunded_fen, "note": Payment.note, "recorded_at": Payment.recorded_at},
    )


def one(session: Session, payment_id: int) -> Payment | None:
    """The payment, if the asker may see it."""
    query = select(Payment).where(Payment.id == payment_id).options(joinedload(Payment.tenant))
    return session.scalars(query).one_or_none()


def parts(session: Session, payment: Payment) -> list[tuple[Bill, BillLine, int]]:
    """What a payment paid: bill, line, fen; of one taken back, what it had paid."""
    query = (
        select(Bill, BillLine, Allocation.amount_fen)
        .join(BillLine, BillLine.bill_id == Bill.id)
        .join(Allocation, Allocation.line_id == BillLine.id)
        .where(Allocation.payment_id == payment.id)
        .order_by(Bill.due_on, Bill.id, BillLine.place)
    )
    return [(bill, line, int(fen)) for bill, line, fen in session.execute(query)]


def refunds(session: Session, payment: Payment) -> list[Refund]:
    """What went back of a payment, also what was undone; the latest first."""
    query = select(Refund).where(Refund.payment_id == payment.id).order_by(Refund.id.desc())
    return list(session.scalars(query))
