"""Giving an online payment back by the way it came. The money first: our books follow what Stripe says of it."""

from __future__ import annotations

import stripe
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import CheckoutSession, OnlineReturn, Payment, ReturnKind
from core.errors import Conflict, Invalid
from core.services import audit
from core.services.online import applying

OPEN = ("pending", "requires_action")
OVER = ("failed", "canceled")


def of_payment(session: Session, payment: Payment) -> CheckoutSession | None:
    """The checkout that a payment came with."""
    return session.scalars(select(CheckoutSession).where(CheckoutSession.payment_id == payment.id)).one_or_none()


def intend(session: Session, payment: Payment, reason: str, instance: str) -> tuple[CheckoutSession, str]:
    """Say why a payment is to go back, before Stripe is asked; returns its checkout, and the key by which Stripe knows
    the question when it comes again. Raises `Conflict` where it cannot go back."""
    row = of_payment(session, payment)
    if row is None or row.payment_intent is None:
        raise Conflict("这笔收款不是在线支付的，不能从这里退款")
    if payment.reversed_at is not None:
        raise Conflict("这笔收款已经冲销")
    if applying.beside(session, payment):
        raise Conflict("这笔收款已有退款或抵扣，整笔原路退会多退；请先撤销，或只退未用的部分")
    if not reason.strip():
        raise Invalid("请写明退款原因", field="reason")
    refunds = session.scalars(
        select(OnlineReturn).where(OnlineReturn.checkout_id == row.id, OnlineReturn.kind == ReturnKind.REFUND)
    ).all()
    if any(it.state in OPEN for it in refunds):
        raise Conflict("这笔支付已有退款在处理，到账后自动冲销，不用再退")
    row.refund_reason = reason.strip()
    audit.record(session, "refund.ask", row, detail={"payment": payment.id, "amount_fen": payment.amount_fen})
    session.flush()
    failed = sum(it.state in OVER for it in refunds)
    return row, f"{instance}:refund:{payment.id}:{failed}"


def ask(client: stripe.StripeClient, intent: str, key: str) -> stripe.Refund:
    """Have Stripe give back all that has not gone back yet."""
    return client.v1.refunds.create(
        {"payment_intent": intent, "reason": "requested_by_customer"}, {"idempotency_key": key}
    )
