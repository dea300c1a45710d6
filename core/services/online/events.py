"""Events of Stripe: whether one is real, what is asked of Stripe about it, and its effect, once.

What an event says is never believed beyond its ids. Its object is fetched afresh, so the order in which events come
does not matter; the effect and the row of the ledger are one transaction, so an event that comes again does nothing.

    HANDLERS    by the type of the event's object; MODES by the mode of a checkout session
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import stripe
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.config import Settings
from core.data.models import EventOutcome, StripeEvent
from core.data.queries.locks import lock_name
from core.services.online import applying, seen
from core.services.online.client import live
from core.services.subscriptions import online as subscribed

TOLERANCE = 300  # seconds between signing and arriving


class Forged(Exception):
    """Not from Stripe, or not for this account: whoever sent it learns nothing."""


class Closed(Exception):
    """No secret is set: nothing can be told from a forgery, so nothing is taken."""


class Overtaken(Exception):
    """Somebody applied another event of the same object meanwhile: look again."""


@dataclass(frozen=True, slots=True)
class Event:
    """What is taken from an event: ids, a type and a time."""

    stripe_id: str
    type: str
    kind: str  # the type of its object
    object_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Handler:
    """How events of one type of object are answered. `look` asks Stripe, outside of any transaction; `apply` changes
    rows by what was seen and returns whether it was about anything here."""

    look: Callable[[stripe.StripeClient, str], Any]
    apply: Callable[[Session, Any, date], bool]


def _by_mode(session: Session, found: seen.Seen | None, today: date) -> bool:
    apply = MODES.get(found.mode) if found is not None else None
    return apply is not None and apply(session, found, today)


MODES: dict[str, Callable[[Session, Any, date], bool]] = {"payment": applying.apply}
HANDLERS: dict[str, Handler] = {
    "checkout.session": Handler(seen.look_session, _by_mode),
    "refund": Handler(seen.look_refund, _by_mode),
    "charge": Handler(seen.look_charge, _by_mode),
    "dispute": Handler(seen.look_dispute, _by_mode),
    "subscription": Handler(subscribed.look_subscription, subscribed.heard),
    "invoice": Handler(subscribed.look_invoice, subscribed.heard),
}
# What to subscribe to. An event of any other type is taken too: it does no harm, since its object is looked up.
TYPES = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "invoice.paid",
    "invoice.payment_failed",
)


def verified(settings: Settings, body: bytes, signature: str | None) -> Event:
    """The event of a delivery, if Stripe signed it for this instance just now. Raises `Closed` or `Forged`."""
    if not settings.stripe_webhook_secret or not settings.stripe_secret_key:
        raise Closed
    try:
        told = stripe.Webhook.construct_event(
            body, signature, settings.stripe_webhook_secret, tolerance=TOLERANCE, api_key=settings.stripe_secret_key
        )
        about = told.data.object
        # Events of other accounts come with their account's id: this instance has one account, its own.
        if told.livemode is not live(settings) or getattr(told, "account", None) is not None:
            raise Forged
        return Event(told.id, told.type, str(about["object"]), str(_id(about)), seen.at(told.created))
    except (stripe.SignatureVerificationError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise Forged from error


def _id(about: Any) -> str:
    """The object's id; some, such as a balance, have none."""
    return str(about["id"]) if "id" in about else ""


def handler_of(event: Event) -> Handler | None:
    """Who answers an event; None where nothing follows from it."""
    return HANDLERS.get(event.kind) if event.object_id else None


def known(session: Session, event: Event) -> bool:
    """Whether the event has had its effect."""
    return session.scalar(select(StripeEvent.id).where(StripeEvent.stripe_id == event.stripe_id)) is not None


def mark(session: Session, object_id: str) -> int:
    """How many events of an object have had their effect. Taken before looking, and again with the effect."""
    return session.scalar(select(func.count()).where(StripeEvent.object_id == object_id)) or 0


def apply(session: Session, event: Event, found: Any, before: int, today: date) -> EventOutcome:
    """The effect of an event and its row, in the caller's transaction. `found`: what its handler saw, after `before`
    had been counted. Raises `Overtaken` where that may be old by now."""
    handler = handler_of(event)
    lock_name(session, f"stripe:{event.object_id}")
    if handler is not None and mark(session, event.object_id) != before:
        raise Overtaken
    ours = handler is not None and handler.apply(session, found, today)
    outcome = EventOutcome.APPLIED if ours else EventOutcome.IGNORED
    session.add(
        StripeEvent(
            stripe_id=event.stripe_id,
            type=event.type[:80],
            object_id=event.object_id,
            outcome=outcome,
            created_at=event.created_at,
        )
    )
    session.flush()
    return outcome
