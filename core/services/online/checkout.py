"""Paying a bill on Stripe's page: what is asked of Stripe, and the row that remembers it.

Over the border go the bill's number and sum, ids of ours, and once the company's name; nothing about a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import stripe
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import Bill, CheckoutSession, CheckoutState, OnlineCustomer, Tenant, TenantKind
from core.data.queries.locks import lock_operator
from core.data.types import utcnow
from core.errors import Conflict
from core.services import audit
from core.services.online.client import CURRENCY
from core.services.online.seen import at

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams

LAST_MINUTES = timedelta(minutes=5)  # a page that ends so soon is not offered any more


@dataclass(frozen=True, slots=True)
class Wanted:
    """A checkout that a bill needs: by `key` Stripe knows a question that comes again."""

    bill_id: int
    tenant_id: int
    operator_id: int
    number: str
    amount_fen: int
    key: str

    @property
    def metadata(self) -> dict[str, str]:
        ids = {"bill": self.bill_id, "tenant": self.tenant_id, "operator": self.operator_id}
        return {f"hongcai_{name}": str(value) for name, value in ids.items()}


def wanted(session: Session, bill: Bill, instance: str) -> Wanted:
    """What is to be paid of a bill now. Raises `Conflict` where nothing is. `instance` tells apart the installations
    that share an account (trials do)."""
    if not bill.rest_fen:
        raise Conflict("这张账单没有要付的金额")
    before = session.scalar(select(func.count()).where(CheckoutSession.bill_id == bill.id))
    return Wanted(
        bill_id=bill.id,
        tenant_id=bill.tenant_id,
        operator_id=bill.operator_id,
        number=bill.number,
        amount_fen=bill.rest_fen,
        key=f"{instance}:checkout:{bill.id}:{before}:{bill.rest_fen}",
    )


def latest(session: Session, bill_id: int) -> CheckoutSession | None:
    """The newest checkout of a bill."""
    query = select(CheckoutSession).where(CheckoutSession.bill_id == bill_id).order_by(CheckoutSession.id.desc())
    return session.scalars(query.limit(1)).one_or_none()


def still_good(row: CheckoutSession, amount_fen: int) -> bool:
    """Whether an open page asks for the right sum, and long enough to pay there."""
    return row.state is CheckoutState.OPEN and row.amount_fen == amount_fen and row.expires_at > utcnow() + LAST_MINUTES


def ask(
    client: stripe.StripeClient, it: Wanted, customer: str, *, success_url: str, cancel_url: str
) -> stripe.checkout.Session:
    """Have Stripe make the page. Which ways of paying it offers, the account's settings say."""
    params: SessionCreateParams = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": CURRENCY,
                    "unit_amount": it.amount_fen,
                    "product_data": {"name": f"账单 {it.number}"},
                },
            }
        ],
        "customer": customer,
        "client_reference_id": f"bill-{it.bill_id}",
        "metadata": it.metadata,
        "payment_intent_data": {"metadata": it.metadata, "description": it.number},
        "adaptive_pricing": {"enabled": False},  # yuan are asked for, yuan are booked
        "locale": "zh",
        "success_url": success_url,
        "cancel_url": cancel_url,
    }
    return client.v1.checkout.sessions.create(params, {"idempotency_key": it.key})


def keep(session: Session, it: Wanted, made: stripe.checkout.Session) -> CheckoutSession:
    """Remember a page, before anybody is sent there."""
    lock_operator(session, it.operator_id)
    known = session.scalars(select(CheckoutSession).where(CheckoutSession.stripe_id == made.id)).one_or_none()
    if known is not None:
        return known
    row = CheckoutSession(
        operator_id=it.operator_id,
        tenant_id=it.tenant_id,
        bill_id=it.bill_id,
        stripe_id=made.id,
        url=made.url or "",
        amount_fen=it.amount_fen,
        state=CheckoutState.OPEN,
        expires_at=at(made.expires_at),
        made_by_id=audit.asker_of(session).user_id,
    )
    session.add(row)
    session.flush()
    audit.record(session, "checkout.open", row, detail={"bill": it.bill_id, "amount_fen": it.amount_fen})
    return row


def customer_of(session: Session, tenant_id: int) -> str | None:
    return session.scalar(select(OnlineCustomer.stripe_id).where(OnlineCustomer.tenant_id == tenant_id))


def ask_customer(client: stripe.StripeClient, tenant_id: int, name: str | None, instance: str) -> str:
    """Have Stripe know a tenant, by its company's name; a team without a company has none there."""
    metadata = {"hongcai_tenant": str(tenant_id)}
    key = f"{instance}:customer:{tenant_id}"
    if name is None:
        return client.v1.customers.create({"metadata": metadata}, {"idempotency_key": key}).id
    return client.v1.customers.create({"name": name, "metadata": metadata}, {"idempotency_key": key}).id


def company_name(tenant: Tenant) -> str | None:
    return tenant.name if tenant.kind is TenantKind.COMPANY else None


def keep_customer(session: Session, tenant: Tenant, stripe_id: str) -> None:
    lock_operator(session, tenant.operator_id)
    if customer_of(session, tenant.id) is None:
        session.add(OnlineCustomer(operator_id=tenant.operator_id, tenant_id=tenant.id, stripe_id=stripe_id))
        session.flush()
