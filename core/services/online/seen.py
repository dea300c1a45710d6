"""What Stripe says of a checkout now, as plain values. Each `look_…` asks Stripe: no transaction should be open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import stripe

import core

PAGE = 100  # objects of a list at a time


@dataclass(frozen=True, slots=True)
class Back:
    """Money that goes back, or may: a refund or a dispute."""

    stripe_id: str
    amount_fen: int
    state: str
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """A checkout session with its payment."""

    stripe_id: str
    mode: str
    status: str
    payment_status: str
    amount_fen: int
    currency: str
    metadata: Mapping[str, str]
    intent: str | None = None
    intent_status: str | None = None
    charge: str | None = None
    method: str | None = None
    receipt_url: str | None = None
    paid_on: date | None = None
    refunds: tuple[Back, ...] = ()
    disputes: tuple[Back, ...] = ()

    @property
    def paid(self) -> bool:
        return self.payment_status == "paid"

    @property
    def refunded_fen(self) -> int:
        """What has gone back, refunds alone."""
        return sum(it.amount_fen for it in self.refunds if it.state == "succeeded")

    @property
    def lost(self) -> bool:
        """Whether the payer's bank has it back for good."""
        return any(it.state == "lost" for it in self.disputes)


def look_session(client: stripe.StripeClient, stripe_id: str) -> Seen:
    """A checkout session by its id, with payment, refunds and disputes."""
    found = client.v1.checkout.sessions.retrieve(stripe_id, params={"expand": ["payment_intent.latest_charge.refunds"]})
    return seen_of(client, found)


def look_intent(client: stripe.StripeClient, intent: str | None) -> Seen | None:
    """The checkout session that a payment came with; None where it came with none."""
    if intent is None:
        return None
    found = client.v1.checkout.sessions.list(params={"payment_intent": intent, "limit": 1}).data
    return look_session(client, found[0].id) if found else None


def look_refund(client: stripe.StripeClient, stripe_id: str) -> Seen | None:
    return look_intent(client, id_of(client.v1.refunds.retrieve(stripe_id).payment_intent))


def look_charge(client: stripe.StripeClient, stripe_id: str) -> Seen | None:
    return look_intent(client, id_of(client.v1.charges.retrieve(stripe_id).payment_intent))


def look_dispute(client: stripe.StripeClient, stripe_id: str) -> Seen | None:
    return look_intent(client, id_of(client.v1.disputes.retrieve(stripe_id).payment_intent))


def seen_of(client: stripe.StripeClient, session: stripe.checkout.Session) -> Seen:
    """The session in plain values; its payment where that came along, and what went back of it."""
    intent = session.payment_intent
    charge = intent.latest_charge if isinstance(intent, stripe.PaymentIntent) else None
    refunds: tuple[Back, ...] = ()
    disputes: tuple[Back, ...] = ()
    if isinstance(charge, stripe.Charge):
        refunds = _refunds(client, charge)
        disputes = _disputes(client, id_of(intent)) if charge.disputed else ()
    details = charge.payment_method_details if isinstance(charge, stripe.Charge) else None
    return Seen(
        stripe_id=session.id,
        mode=session.mode,
        status=session.status or "open",
        payment_status=session.payment_status,
        amount_fen=session.amount_total or 0,
        currency=session.currency or "",
        metadata=session.metadata.to_dict() if session.metadata else {},
        intent=id_of(intent),
        intent_status=intent.status if isinstance(intent, stripe.PaymentIntent) else None,
        charge=id_of(charge),
        method=details.type if details else None,
        receipt_url=charge.receipt_url if isinstance(charge, stripe.Charge) else None,
        paid_on=at(charge.created).astimezone(core.SHANGHAI).date() if isinstance(charge, stripe.Charge) else None,
        refunds=refunds,
        disputes=disputes,
    )


def id_of(it: Any) -> str | None:
    """The id of something that Stripe gives whole or by its id."""
    if it is None or isinstance(it, str):
        return it
    return str(it.id)


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def back_of(it: stripe.Refund | stripe.Dispute) -> Back:
    return Back(it.id, it.amount, it.status or "pending", it.reason, at(it.created))


def _refunds(client: stripe.StripeClient, charge: stripe.Charge) -> tuple[Back, ...]:
    listed = charge.refunds
    if listed is None or listed.has_more:
        listed = client.v1.refunds.list(params={"charge": charge.id, "limit": PAGE})
    return tuple(back_of(it) for it in sorted(listed.auto_paging_iter(), key=lambda it: (it.created, it.id)))


def _disputes(client: stripe.StripeClient, intent: str | None) -> tuple[Back, ...]:
    listed = client.v1.disputes.list(params={"payment_intent": intent or "", "limit": PAGE})
    return tuple(back_of(it) for it in sorted(listed.auto_paging_iter(), key=lambda it: (it.created, it.id)))
