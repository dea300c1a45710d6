"""A subscription that Stripe charges: what it says of it, and what that comes to here.

No event is believed beyond its ids: all subscriptions of the operator are looked at afresh, and what they come to is a
pure function of that, so events may come in any order and twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import stripe
import structlog
from sqlalchemy.orm import Session

import core
from core.data.models import Subscription, SubscriptionPeriod, SubscriptionSource, SubscriptionStatus
from core.data.queries import subscriptions as reads
from core.data.queries.locks import lock_operator
from core.data.types import utcnow
from core.services import audit
from core.services.online.client import CURRENCY
from core.services.subscriptions.acts import LIVE, pay, said
from core.services.subscriptions.book import Offer, offered

log = structlog.get_logger()
PAGE = 100
# Stripe's words, the best first; what is not here (incomplete, incomplete_expired) never began.
STATUSES = {
    "active": SubscriptionStatus.ACTIVE,
    "trialing": SubscriptionStatus.ACTIVE,  # paid by hand, or tried, until the first charge
    "past_due": SubscriptionStatus.PAST_DUE,
    "unpaid": SubscriptionStatus.PAST_DUE,
    "paused": SubscriptionStatus.CANCELED,
    "canceled": SubscriptionStatus.CANCELED,
}
RANKS = {word: rank for rank, word in enumerate(reversed(STATUSES))}


@dataclass(frozen=True, slots=True)
class Charged:
    """What an operator's subscriptions at Stripe come to."""

    subscription: str
    status: SubscriptionStatus
    plan: str | None  # None: a price that no plan of ours has
    period: SubscriptionPeriod | None
    paid_until: date
    grace_ends_on: date | None
    ending: bool


@dataclass(frozen=True, slots=True)
class Paid:
    """A paid invoice."""

    invoice: str
    fen: int
    on: date


@dataclass(frozen=True, slots=True)
class Seen:
    """What Stripe said of a customer, asked at a time."""

    customer: str
    asked_at: datetime
    subscriptions: tuple[stripe.Subscription, ...]
    paid: tuple[Paid, ...]


# ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def look(client: stripe.StripeClient, customer: str) -> Seen:
    """All of a customer's subscriptions and paid invoices, as they are now."""
    asked_at = utcnow()
    found = client.v1.subscriptions.list(
        {"customer": customer, "status": "all", "limit": PAGE, "expand": ["data.latest_invoice"]}
    )
    invoices = client.v1.invoices.list({"customer": customer, "status": "paid", "limit": PAGE})
    paid = [
        Paid(str(it.id), it.amount_paid, _day(it.created))
        for it in invoices.auto_paging_iter()
        if it.amount_paid and it.currency == CURRENCY
    ]
    return Seen(customer, asked_at, tuple(found.auto_paging_iter()), tuple(paid))


def look_subscription(client: stripe.StripeClient, stripe_id: str) -> Seen:
    """By one of its subscriptions."""
    return look(client, _id(client.v1.subscriptions.retrieve(stripe_id).customer))


def look_invoice(client: stripe.StripeClient, stripe_id: str) -> Seen:
    """By one of its invoices."""
    return look(client, _id(client.v1.invoices.retrieve(stripe_id).customer))


# ── what it comes to: pure ───────────────────────────────────────────────────────────────────────────────────────────
def charged(found: Iterable[stripe.Subscription], offer: Offer) -> Charged | None:
    """What subscriptions come to: the best of them counts, of two the newer. None where none ever began."""
    begun = [it for it in found if it.status in STATUSES]
    return _one(max(begun, key=lambda it: (RANKS[it.status], it.created, it.id)), offer) if begun else None


def _one(it: stripe.Subscription, offer: Offer) -> Charged:
    status, item = STATUSES[it.status], it["items"].data[0]
    known = offer.priced(item.price.lookup_key or "")
    if status is SubscriptionStatus.ACTIVE:
        until, grace = item.current_period_end, None
    else:  # the period that began was not paid, or what was paid ended
        until = it.ended_at or item.current_period_start
        grace = _grace(it.latest_invoice, offer)
    if status is SubscriptionStatus.PAST_DUE and grace is None:  # its newest invoice is no debt: that of the period is
        grace = _day(item.current_period_start) + timedelta(days=offer.grace_days)
    return Charged(
        it.id,
        status,
        known[0].key if known else None,
        known[1] if known else None,
        _last_day(until),
        grace,
        bool(it.cancel_at_period_end or it.cancel_at),
    )


def _grace(invoice: object, offer: Offer) -> date | None:
    """The last day of grace of an invoice that is owed."""
    if isinstance(invoice, stripe.Invoice) and invoice.status in ("open", "uncollectible"):
        return _day(invoice.created) + timedelta(days=offer.grace_days)
    return None


def _day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, UTC).astimezone(core.SHANGHAI).date()


def _last_day(seconds: int) -> date:
    """The day that holds the last moment before this one."""
    return _day(seconds - 1)


def _id(it: object) -> str:
    return it if isinstance(it, str) else str(getattr(it, "id", ""))


# ── its effect ───────────────────────────────────────────────────────────────────────────────────────────────────────
def apply(session: Session, found: Seen, offer: Offer) -> bool:
    """Bring the record to what was seen. Returns whether the customer is one of our operators.

    Of two looks the one that was asked later counts. A subscription that ended at Stripe ends nothing that was set by
    hand since.
    """
    row = reads.of_customer(session, found.customer)
    if row is None:
        return False
    lock_operator(session, row.operator_id)
    session.refresh(row)
    for it in sorted(found.paid, key=lambda it: (it.on, it.invoice)):
        pay(session, row, source=SubscriptionSource.STRIPE, amount_fen=it.fen, received_on=it.on, reference=it.invoice)
    if row.seen_at is not None and found.asked_at < row.seen_at:
        return True
    row.seen_at = found.asked_at
    new = charged(found.subscriptions, offer)
    if sum(STATUSES.get(it.status) in LIVE for it in found.subscriptions) > 1:
        log.warning("subscription.twice", operator=row.operator_id, customer=found.customer)
    by_hand = row.source is SubscriptionSource.HAND
    if new is not None and not (by_hand and new.status is SubscriptionStatus.CANCELED):
        _write(session, row, new)
    session.flush()
    return True


def heard(session: Session, found: Seen, _today: date) -> bool:
    """The same for an event (`core.services.online.events`)."""
    offer = offered()
    return offer is not None and apply(session, found, offer)


def _write(session: Session, row: Subscription, new: Charged) -> None:
    before = said(row)
    row.source, row.status, row.stripe_subscription = SubscriptionSource.STRIPE, new.status, new.subscription
    row.plan, row.period = new.plan or row.plan, new.period or row.period
    row.paid_until, row.grace_ends_on, row.ending = new.paid_until, new.grace_ends_on, new.ending
    if new.plan is None:
        log.warning("subscription.price", operator=row.operator_id, subscription=new.subscription)
    if said(row) != before:
        audit.record(session, f"subscription.{new.status.value}", row, detail=said(row))
