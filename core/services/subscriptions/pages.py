"""Paying for a subscription on Stripe's pages: who may ask for one, and what is asked of Stripe.

Over the border go the operator's name, an id of ours and a price; nothing about a person.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid4

import stripe
from sqlalchemy.orm import Session

from core.data.models import Subscription, SubscriptionPeriod, SubscriptionSource
from core.errors import Conflict, Invalid
from core.services.online.client import CURRENCY
from core.services.subscriptions import limits
from core.services.subscriptions.acts import LIVE
from core.services.subscriptions.book import Offer, Plan
from core.services.subscriptions.standing import State, standing

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams, SessionCreateParamsSubscriptionData

PAGE = 100


def require_new(session: Session, row: Subscription, plan: Plan, period: SubscriptionPeriod, today: date) -> None:
    """Refuse where Stripe charges the operator already, for a plan without such a price, and for one too small."""
    if row.source is SubscriptionSource.STRIPE and row.status in LIVE:
        raise Conflict("本机构已经在线订阅，要换方案请在现在的订阅上更改")
    _require(session, row, plan, period, today)


def require_change(session: Session, row: Subscription, plan: Plan, period: SubscriptionPeriod, today: date) -> str:
    """The subscription that may change to this plan. Refuses as above, and where it is that plan already."""
    if row.source is not SubscriptionSource.STRIPE or row.status not in LIVE or row.stripe_subscription is None:
        raise Conflict("本机构还没有在线订阅，请先订阅")
    if (row.plan, row.period) == (plan.key, period):
        raise Conflict("现在就是这个方案")
    _require(session, row, plan, period, today)
    return row.stripe_subscription


def _require(session: Session, row: Subscription, plan: Plan, period: SubscriptionPeriod, today: date) -> None:
    if plan.fen is None or period not in plan.fen:
        raise Invalid("这个方案不能在线订阅，请与平台联系")
    limits.require_room(session, row.operator_id, plan, today)


def days_paid(row: Subscription, offer: Offer, today: date) -> int:
    """Days that are still tried or paid by hand: Stripe charges only after them."""
    now = standing(row, offer, today)
    left = now.days_left or 0
    return left if row.source is SubscriptionSource.HAND and now.state in (State.TRIAL, State.ACTIVE) else 0


def ask_customer(client: stripe.StripeClient, operator_id: int, name: str, instance: str) -> str:
    """Have Stripe know an operator, by its name."""
    return client.v1.customers.create(
        {"name": name, "metadata": {"hongcai_operator": str(operator_id)}},
        {"idempotency_key": f"{instance}:operator:{operator_id}"},
    ).id


def price_of(client: stripe.StripeClient, plan: Plan, period: SubscriptionPeriod) -> str:
    """Stripe's id of a plan's price. Raises `Conflict` where it has none, or another sum than the page said."""
    found = client.v1.prices.list({"lookup_keys": [plan.lookup_key(period)], "active": True, "limit": 1}).data
    if not found or found[0].unit_amount != (plan.fen or {}).get(period) or found[0].currency != CURRENCY:
        raise Conflict("Stripe上还没有这个方案的价格，或与这里的不同；请平台管理员用 hongcai subscriptions prices 更新")
    return found[0].id


def ask_page(
    client: stripe.StripeClient, customer: str, price: str, *, days: int, operator_id: int, success: str, cancel: str
) -> str:
    """The address of a page of Stripe's to subscribe on. Pages that were open before are closed, so that nobody
    subscribes twice."""
    for other in client.v1.checkout.sessions.list({"customer": customer, "status": "open", "limit": PAGE}).data:
        client.v1.checkout.sessions.expire(other.id)
    data: SessionCreateParamsSubscriptionData = {"metadata": {"hongcai_operator": str(operator_id)}}
    if days:
        data["trial_period_days"] = days
    params: SessionCreateParams = {
        "mode": "subscription",
        "customer": customer,
        "line_items": [{"price": price, "quantity": 1}],
        "client_reference_id": f"operator-{operator_id}",
        "subscription_data": data,
        "locale": "zh",
        "success_url": success,
        "cancel_url": cancel,
    }
    made = client.v1.checkout.sessions.create(params, {"idempotency_key": uuid4().hex})
    return made.url or ""


def ask_portal(client: stripe.StripeClient, customer: str, back: str) -> str:
    """The address of Stripe's page with cards, invoices and the way out."""
    return client.v1.billing_portal.sessions.create({"customer": customer, "return_url": back}).url


def ask_change(client: stripe.StripeClient, customer: str, stripe_id: str, price: str, back: str) -> str:
    """The address of Stripe's page that confirms the change of a subscription to another price."""
    item = client.v1.subscriptions.retrieve(stripe_id)["items"].data[0].id
    made = client.v1.billing_portal.sessions.create(
        {
            "customer": customer,
            "return_url": back,
            "flow_data": {
                "type": "subscription_update_confirm",
                "subscription_update_confirm": {
                    "subscription": stripe_id,
                    "items": [{"id": item, "price": price, "quantity": 1}],
                },
                "after_completion": {"type": "redirect", "redirect": {"return_url": back}},
            },
        }
    )
    return made.url


def put_prices(client: stripe.StripeClient, offer: Offer) -> list[str]:
    """Have Stripe ask what the plans say; returns the keys of prices that were made. Whoever has subscribed keeps the
    price of then."""
    made = []
    for plan in offer.plans.values():
        for period, fen in (plan.fen or {}).items():
            key = plan.lookup_key(period)
            found = client.v1.prices.list({"lookup_keys": [key], "active": True, "limit": 1}).data
            if found and (found[0].unit_amount, found[0].currency) == (fen, CURRENCY):
                continue
            product = client.v1.products.create(
                {"name": f"宏才 {plan.title.zh}", "metadata": {"hongcai_plan": plan.key}}
            )
            client.v1.prices.create(
                {
                    "product": product.id,
                    "currency": CURRENCY,
                    "unit_amount": fen,
                    "recurring": {"interval": period.value},
                    "lookup_key": key,
                    "transfer_lookup_key": True,
                }
            )
            made.append(key)
    return made
