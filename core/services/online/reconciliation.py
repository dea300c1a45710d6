"""对账: what Stripe's books of some days say against ours, in both directions.

`gather` asks Stripe, `compare` reads our rows: what can be put right by doing what a missed event would have done is
named as such, and the rest is for people. `compare` changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import stripe
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from core.data.models import (
    CheckoutSession,
    CheckoutState,
    DifferenceKind,
    OnlineReturn,
    Payment,
    PaymentMethod,
    ReturnKind,
    Tenant,
)
from core.services.online.applying import STATES, state_of
from core.services.online.client import CURRENCY
from core.services.online.differences import Found
from core.services.online.seen import PAGE, Seen, id_of, look_session, seen_of

DAYS = 7
EXPAND = ["data.payment_intent.latest_charge.refunds"]
UNDECIDED = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")


@dataclass(frozen=True, slots=True)
class Charged:
    """Money that came in there, whatever for."""

    stripe_id: str
    intent: str | None
    amount_fen: int
    currency: str


@dataclass(slots=True)
class Theirs:
    """Stripe's books of some days."""

    sessions: dict[str, Seen] = field(default_factory=dict)  # by id: begun in these days, or asked for by us
    charges: list[Charged] = field(default_factory=list)
    intents: set[str] = field(default_factory=set)  # other payments that are there


@dataclass(slots=True)
class Compared:
    """What differs: for people, and what an event would have done."""

    open: list[Found] = field(default_factory=list)
    missed: list[tuple[Found, Seen]] = field(default_factory=list)


def asked_for(session: Session, since: datetime) -> list[str]:
    """Checkouts of ours to look at beyond those that were begun since: whose page should have ended by now, whose money
    is on its way, or of which we know a refund or a dispute that is not over, or that were paid since."""
    rows = select(CheckoutSession.stripe_id).where(
        CheckoutSession.state.in_((CheckoutState.OPEN, CheckoutState.WAITING)), CheckoutSession.made_at < since
    )
    unfinished = select(CheckoutSession.stripe_id).join(OnlineReturn, OnlineReturn.checkout_id == CheckoutSession.id)
    changed = select(CheckoutSession.stripe_id).join(Payment, Payment.id == CheckoutSession.payment_id)
    return sorted(
        {
            *session.scalars(rows),
            *session.scalars(unfinished.where(OnlineReturn.changed_at >= since)),
            *session.scalars(unfinished.where(OnlineReturn.state.in_((*UNDECIDED, "pending", "requires_action")))),
            *session.scalars(changed.where(Payment.recorded_at >= since)),
            *session.scalars(changed.where(Payment.reversed_at >= since)),
        }
    )


def named(session: Session, since: datetime) -> list[str]:
    """Payments at Stripe that people wrote down since by hand."""
    linked = select(CheckoutSession.payment_id).where(CheckoutSession.payment_id.is_not(None))
    query = _by_stripe(since).where(Payment.id.not_in(linked)).with_only_columns(Payment.reference)
    return sorted({str(reference) for reference in session.scalars(query)})


def gather(client: stripe.StripeClient, since: datetime, more: Sequence[str], by_hand: Sequence[str] = ()) -> Theirs:
    """Everything of Stripe's since then: checkouts, charges, checkouts whose money went back since; and whatever of
    what people wrote down is there."""
    found = Theirs()
    first = int(since.timestamp())
    listed = client.v1.checkout.sessions.list({"created": {"gte": first}, "limit": PAGE, "expand": EXPAND})
    for it in listed.auto_paging_iter():
        if it.mode == "payment":
            found.sessions[it.id] = seen_of(client, it)
    for stripe_id in more:
        if stripe_id not in found.sessions:
            found.sessions[stripe_id] = look_session(client, stripe_id)
    known = {it.intent for it in found.sessions.values()}
    for intent in sorted(_returned(client, first) - known):
        pages = client.v1.checkout.sessions.list({"payment_intent": intent, "limit": 1, "expand": EXPAND})
        found.sessions |= {it.id: seen_of(client, it) for it in pages.data if it.mode == "payment"}
    for charge in client.v1.charges.list({"created": {"gte": first}, "limit": PAGE}).auto_paging_iter():
        if charge.paid and not _of_invoice(client, charge, known):
            found.charges.append(Charged(charge.id, id_of(charge.payment_intent), charge.amount, charge.currency))
    found.intents = {intent for intent in by_hand if intent not in known and _is_paid(client, intent)}
    return found


def compare(session: Session, theirs: Theirs, since: datetime) -> Compared:
    """What differs. The session asks as the system: rows of all operators."""
    found = Compared()
    query = select(CheckoutSession).where(CheckoutSession.stripe_id.in_(list(theirs.sessions)))
    rows = {row.stripe_id: row for row in session.scalars(query)}
    for stripe_id, seen in theirs.sessions.items():
        row = rows.get(stripe_id)
        if row is None:
            continue  # paid without a row of ours, its charge is a stray below
        found.open += _of_checkout(session, row, seen)
        if (missed := _missed(row, seen)) is not None:
            found.missed.append((missed, seen))
    found.open += _strays(session, theirs, {theirs.sessions[stripe_id].intent for stripe_id in rows})
    found.open += _not_there(session, theirs, since)
    return found


def _missed(row: CheckoutSession, seen: Seen) -> Found | None:
    """What applying what was seen will put right."""
    payment = row.payment
    if seen.paid and payment is None:
        kind = DifferenceKind.MISSED_PAYMENT if seen.currency == CURRENCY else None
    elif payment is not None and payment.reversed_at is None and (seen.lost or seen.refunded_fen >= payment.amount_fen):
        kind = DifferenceKind.MISSED_REFUND
    elif STATES.index(state_of(seen)) > STATES.index(row.state):
        kind = DifferenceKind.STATE
    else:
        kind = None
    return _found(kind, row, seen) if kind else None


def _of_checkout(session: Session, row: CheckoutSession, seen: Seen) -> Iterator[Found]:
    """What a person has to look at in one checkout."""
    payment = row.payment
    if seen.currency != CURRENCY and seen.paid:
        yield _found(DifferenceKind.CURRENCY, row, seen, detail=seen.currency)
    if not _names(session, seen, row.tenant_id):
        yield _found(DifferenceKind.OTHER_TENANT, row, seen)
    for it in seen.disputes:
        if it.state in UNDECIDED:
            yield _found(DifferenceKind.DISPUTE, row, seen, theirs=it.amount_fen, detail=it.reason, about=it.stripe_id)
    if payment is None:
        return
    if seen.paid and payment.reversed_at is None and payment.amount_fen != seen.amount_fen:
        yield _found(DifferenceKind.AMOUNT, row, seen)
    if payment.reversed_at is not None and seen.paid and not seen.lost and seen.refunded_fen < payment.amount_fen:
        failed = any(it.state in ("failed", "canceled") for it in seen.refunds)
        kind = DifferenceKind.FAILED_REFUND if failed else DifferenceKind.ONLY_REVERSED
        if not any(it.state in ("pending", "requires_action") for it in seen.refunds):
            yield _found(kind, row, seen)
    if payment.reversed_at is None and 0 < seen.refunded_fen < payment.amount_fen and _unnoted(session, row):
        yield _found(DifferenceKind.PART_REFUND, row, seen, theirs=seen.refunded_fen)
    yield from _twice(session, row, seen, payment)


def _names(session: Session, seen: Seen, tenant_id: int) -> bool:
    """Whether what Stripe has names the tenant, or a file of it that was merged since."""
    named = seen.metadata.get("hongcai_tenant", str(tenant_id))
    merged = select(Tenant.id).where(Tenant.merged_into_id == tenant_id)
    return named == str(tenant_id) or named in {str(it) for it in session.scalars(merged)}


def _unnoted(session: Session, row: CheckoutSession) -> bool:
    """Whether a part went back that is no refund of ours yet."""
    query = select(OnlineReturn.id).where(
        OnlineReturn.checkout_id == row.id,
        OnlineReturn.kind == ReturnKind.REFUND,
        OnlineReturn.state == "succeeded",
        OnlineReturn.refund_id.is_(None),
    )
    known = select(OnlineReturn.id).where(OnlineReturn.checkout_id == row.id, OnlineReturn.kind == ReturnKind.REFUND)
    return session.scalar(query.limit(1)) is not None or session.scalar(known.limit(1)) is None


def _twice(session: Session, row: CheckoutSession, seen: Seen, payment: Payment) -> Iterator[Found]:
    names = {it for it in (seen.intent, seen.charge, seen.stripe_id) if it}
    others = session.scalars(
        select(Payment).where(Payment.reference.in_(names), Payment.reversed_at.is_(None), Payment.id != payment.id)
    ).all()
    if payment.reversed_at is None:
        for other in others:
            yield Found(
                DifferenceKind.TWICE, f"twice:{other.id}", seen.stripe_id, other.operator_id, row.bill_id, other.id,
                seen.amount_fen, payment.amount_fen + other.amount_fen,
            )  # fmt: skip


def _strays(session: Session, theirs: Theirs, known: set[str | None]) -> Iterator[Found]:
    """Money that no checkout of ours asked for, and nobody wrote down."""
    names = [it for charge in theirs.charges for it in (charge.intent, charge.stripe_id) if it]
    written = set(
        session.scalars(select(Payment.reference).where(Payment.reference.in_(names), Payment.reversed_at.is_(None)))
    )
    for charge in theirs.charges:
        if charge.intent not in known and not written & {charge.intent, charge.stripe_id}:
            yield Found(
                DifferenceKind.UNKNOWN, f"unknown:{charge.stripe_id}", charge.stripe_id,
                theirs_fen=charge.amount_fen, detail=charge.currency,
            )  # fmt: skip


def _not_there(session: Session, theirs: Theirs, since: datetime) -> Iterator[Found]:
    """Payments that say they came by Stripe, and did not."""
    paid = {seen.intent for seen in theirs.sessions.values() if seen.paid} | {it.intent for it in theirs.charges}
    names = paid | theirs.intents
    for payment in session.scalars(_by_stripe(since).order_by(Payment.id)):
        if payment.reference not in names:
            yield Found(
                DifferenceKind.NOT_THERE, f"not_there:{payment.id}", payment.reference, payment.operator_id,
                payment_id=payment.id, ours_fen=payment.amount_fen,
            )  # fmt: skip


def _by_stripe(since: datetime) -> Select[Payment]:
    """Payments that stand, were recorded since, and name a payment of Stripe's."""
    return select(Payment).where(
        Payment.method == PaymentMethod.CARD,
        Payment.reference.startswith("pi_"),
        Payment.reversed_at.is_(None),
        Payment.recorded_at >= since,
    )


def _found(
    kind: DifferenceKind, row: CheckoutSession, seen: Seen, *, theirs: int | None = None, detail: str | None = None,
    about: str | None = None,
) -> Found:  # fmt: skip
    payment = row.payment
    return Found(
        kind=kind,
        key=f"{kind}:{about or row.stripe_id}",
        stripe_id=about or seen.intent or row.stripe_id,
        operator_id=row.operator_id,
        bill_id=row.bill_id,
        payment_id=payment.id if payment else None,
        theirs_fen=seen.amount_fen if theirs is None else theirs,
        ours_fen=payment.amount_fen if payment else row.amount_fen,
        detail=detail,
    )


def _returned(client: stripe.StripeClient, first: int) -> set[str]:
    """Payments of which money went back, or is wanted back, since then."""
    refunds = client.v1.refunds.list({"created": {"gte": first}, "limit": PAGE})
    disputes = client.v1.disputes.list({"created": {"gte": first}, "limit": PAGE})
    found = {id_of(it.payment_intent) for it in refunds.auto_paging_iter()}
    found |= {id_of(it.payment_intent) for it in disputes.auto_paging_iter()}
    return {it for it in found if it is not None}


def _of_invoice(client: stripe.StripeClient, charge: stripe.Charge, known: set[str | None]) -> bool:
    """Whether a charge pays an invoice of a subscription: those are not the bills' business."""
    intent = id_of(charge.payment_intent)
    if intent is None or intent in known:
        return False
    paid = client.v1.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": intent}, "limit": 1}
    )
    return bool(paid.data)


def _is_paid(client: stripe.StripeClient, intent: str) -> bool:
    try:
        return client.v1.payment_intents.retrieve(intent).status == "succeeded"
    except stripe.InvalidRequestError:
        return False


def since_of(now: datetime, days: int) -> datetime:
    return now.astimezone(UTC) - timedelta(days=days)
