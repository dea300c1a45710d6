"""The effect of what Stripe says of a checkout on our books. The same whatever was heard before, and in any order:

    paid                       recorded, once; on its bill, then on what is owed longest, the rest is credit
    refunded whole, or lost    the payment is reversed
    refunded in part           a refund is noted, where that much is free; else it waits for a person
    ended without money        the checkout says so

What was seen late leads nothing back: states only go forward.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import (
    BillStatus,
    CheckoutSession,
    CheckoutState,
    OnlineReturn,
    Payment,
    PaymentMethod,
    Refund,
    ReturnKind,
)
from core.data.queries.locks import lock_operator
from core.data.types import utcnow
from core.services import audit, billing
from core.services.online.client import CURRENCY
from core.services.online.seen import Back, Seen

STATES = [*CheckoutState]  # as they can follow each other
REFUND_STATES = ("pending", "requires_action", "succeeded", "canceled", "failed")
DISPUTE_STATES = (
    "warning_needs_response", "warning_under_review", "needs_response", "under_review", "prevented", "warning_closed",
    "won", "lost",
)  # fmt: skip
REFUNDED, LOST = "已在Stripe全额退款", "付款人拒付，资金已退回付款人"


def apply(session: Session, found: Seen, today: date) -> bool:
    """Bring our books to what was seen. Returns whether the checkout is one of ours."""
    row = session.scalars(select(CheckoutSession).where(CheckoutSession.stripe_id == found.stripe_id)).one_or_none()
    if row is None:
        return False
    lock_operator(session, row.operator_id)
    session.refresh(row)
    _state(session, row, found)
    if found.paid and row.payment_id is None and found.currency == CURRENCY:
        _record(session, row, found, today)
    for it in found.refunds:
        _note(session, row, ReturnKind.REFUND, it)
    for it in found.disputes:
        _note(session, row, ReturnKind.DISPUTE, it)
    if row.payment is not None:
        _give_back(session, row, row.payment, found, today)
    session.flush()
    return True


def state_of(found: Seen) -> CheckoutState:
    """Where a checkout stands."""
    if found.paid:
        return CheckoutState.PAID
    if found.status == "expired":
        return CheckoutState.EXPIRED
    if found.status != "complete":
        return CheckoutState.OPEN
    return (
        CheckoutState.FAILED
        if found.intent_status in ("requires_payment_method", "canceled")
        else CheckoutState.WAITING
    )


def beside(session: Session, payment: Payment) -> int:
    """What went back of a payment by other ways than Stripe (fen)."""
    by_stripe = select(OnlineReturn.refund_id).where(OnlineReturn.refund_id.is_not(None))
    query = select(func.coalesce(func.sum(Refund.amount_fen), 0)).where(
        Refund.payment_id == payment.id, Refund.undone_at.is_(None), Refund.id.not_in(by_stripe)
    )
    return int(session.scalar(query) or 0)


def _by_hand(session: Session, tenant_id: int, reference: str) -> Payment | None:
    """A person may have written a payment down from Stripe's own page."""
    query = select(Payment).where(
        Payment.tenant_id == tenant_id, Payment.reference == reference, Payment.reversed_at.is_(None)
    )
    return session.scalars(query).one_or_none()


def _state(session: Session, row: CheckoutSession, found: Seen) -> None:
    row.payment_intent = row.payment_intent or found.intent
    new = state_of(found)
    if STATES.index(new) > STATES.index(row.state):
        row.state = new
        audit.record(session, f"checkout.{new}", row, detail={"bill": row.bill_id, "amount_fen": row.amount_fen})


def _record(session: Session, row: CheckoutSession, found: Seen, today: date) -> None:
    intent = found.intent or found.stripe_id
    if (known := _by_hand(session, row.tenant_id, intent)) is not None:
        row.payment = known
        return
    bill = row.bill
    row.payment = billing.record(
        session,
        bill.tenant,
        amount_fen=found.amount_fen,
        received_on=min(found.paid_on or today, today),
        method=PaymentMethod.CARD,
        reference=intent,
        note=f"Stripe {found.method}" if found.method else "Stripe",
        bill=bill if bill.status is BillStatus.OPEN else None,
        today=today,
    )


def _note(session: Session, row: CheckoutSession, kind: ReturnKind, it: Back) -> None:
    """What goes back, as it stands now."""
    order = REFUND_STATES if kind is ReturnKind.REFUND else DISPUTE_STATES
    known = session.scalars(select(OnlineReturn).where(OnlineReturn.stripe_id == it.stripe_id)).one_or_none()
    if known is None:
        known = OnlineReturn(
            operator_id=row.operator_id,
            tenant_id=row.tenant_id,
            checkout_id=row.id,
            kind=kind,
            stripe_id=it.stripe_id,
            amount_fen=it.amount_fen,
            state=it.state,
            reason=it.reason,
            begun_at=it.at,
        )
        session.add(known)
    elif _place(order, it.state) > _place(order, known.state):
        known.state, known.changed_at = it.state, utcnow()
    else:
        return
    session.flush()
    audit.record(session, f"{kind}.{it.state}", known, detail={"checkout": row.id, "amount_fen": it.amount_fen})


def _place(order: tuple[str, ...], state: str) -> int:
    return order.index(state) if state in order else 0


def _give_back(session: Session, row: CheckoutSession, payment: Payment, found: Seen, today: date) -> None:
    if payment.reversed_at is not None:
        return
    if found.lost or found.refunded_fen >= payment.amount_fen:
        if beside(session, payment):
            return  # a part went back, or was offset, by another way too: a person unties that first
        for part in session.scalars(select(Refund).where(Refund.payment_id == payment.id, Refund.undone_at.is_(None))):
            billing.undo_refund(session, part, REFUNDED)
        awards = billing.reverse(session, payment, LOST if found.lost else row.refund_reason or REFUNDED)
        row.awards = "、".join(awards) or None
        return
    for it in session.scalars(
        select(OnlineReturn).where(
            OnlineReturn.checkout_id == row.id,
            OnlineReturn.kind == ReturnKind.REFUND,
            OnlineReturn.state == "succeeded",
            OnlineReturn.refund_id.is_(None),
        )
    ).all():
        if it.amount_fen <= payment.free_fen:
            it.refund_id = _part(session, payment, it, today).id


def _part(session: Session, payment: Payment, it: OnlineReturn, today: date) -> Refund:
    return billing.refund(
        session,
        payment,
        amount_fen=it.amount_fen,
        refunded_on=max(today, payment.received_on),
        method=PaymentMethod.CARD,
        reference=it.stripe_id[:60],
        reason=it.reason or "Stripe",
        today=today,
    )
