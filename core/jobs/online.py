"""What needs Stripe's answer, in units round it: read, ask while no transaction is open, write.

An event's effect and its row are one unit. Where Stripe does not answer nothing is written; the same question, asked
again under the same key, is one question.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TypedDict

import stripe
import structlog
from flask import Flask
from sqlalchemy.orm import Session

import core
from core.data.asker import Asker, asking
from core.data.engine import reading, writing
from core.data.models import Bill, CheckoutState, EventOutcome, Payment, Tenant
from core.data.queries import bills as reads
from core.errors import DomainError, NotFound, Unavailable
from core.extensions import db
from core.jobs.issuing import unit
from core.services import billing
from core.services.online import applying, checkout, differences, events, reconciliation, refunds, seen
from core.services.online.applying import state_of
from core.services.online.client import told

log = structlog.get_logger()
NAME, RECONCILING = "stripe", "job:reconcile_stripe"
TRIES = 8  # looks at one object while others apply its events


def client_of(app: Flask) -> stripe.StripeClient:
    """The client of the instance. Raises `Unavailable` where no key is set."""
    found: stripe.StripeClient | None = app.extensions["stripe"]
    if found is None:
        raise Unavailable("这里没有开通在线支付，请用银行转账")
    return found


def instance_of(app: Flask) -> str:
    """What tells this installation's questions apart from another's at the same account."""
    return hashlib.sha256(app.extensions["settings"].base_url.encode()).hexdigest()[:12]


# ── what Stripe tells ────────────────────────────────────────────────────────────────────────────────────────────────
def receive(app: Flask, event: events.Event) -> EventOutcome | None:
    """Apply an event; None where it was applied before. Raises Stripe's errors where Stripe does not answer."""
    client, handler = client_of(app), events.handler_of(event)
    for _try in range(TRIES):
        with unit(app, write=False, name=NAME) as session:
            if events.known(session, event):
                return None
            before = events.mark(session, event.object_id)
        found = handler.look(client, event.object_id) if handler else None
        try:
            with unit(app, name=NAME) as session:
                if events.known(session, event):
                    return None
                return events.apply(session, event, found, before, core.today().date())
        except events.Overtaken:
            continue
    raise events.Overtaken


# ── paying a bill ────────────────────────────────────────────────────────────────────────────────────────────────────
def pay(app: Flask, asker: Asker, bill_id: int, *, success_url: str, cancel_url: str) -> str | None:
    """The address of Stripe's page for what is to be paid of a bill: an open one again, or a new one. None where the
    bill's last page turns out to be paid, or its money on the way."""
    client = client_of(app)
    if (said := _last_page(app, asker, bill_id)) is not None:
        return said or None
    with _as(app, asker) as session:
        bill = _bill(session, bill_id)
        it = checkout.wanted(session, bill, instance_of(app))
        customer, name = checkout.customer_of(session, bill.tenant_id), checkout.company_name(bill.tenant)
    with told():
        customer = customer or _customer(app, asker, it.tenant_id, name)
        made = checkout.ask(client, it, customer, success_url=success_url, cancel_url=cancel_url)
    with _as(app, asker, write=True) as session:
        return checkout.keep(session, it, made).url


def glance(app: Flask, stripe_id: str) -> seen.Seen | None:
    """What Stripe says of a checkout, for a page to show; None where it does not answer or is not set up."""
    try:
        with told():
            return seen.look_session(client_of(app), stripe_id)
    except DomainError:
        return None


def refresh(app: Flask, bill_id: int) -> CheckoutState | None:
    """Look at a bill's newest checkout and do what its events would; None where it has none."""
    client = client_of(app)
    with unit(app, write=False, name=NAME) as session:
        row = checkout.latest(session, bill_id)
        stripe_id = row.stripe_id if row else None
    if stripe_id is None:
        return None
    with told():
        found = seen.look_session(client, stripe_id)
    return _apply(app, found)


def portal(app: Flask, asker: Asker, tenant_id: int, back: str) -> str:
    """The address of Stripe's page where a tenant sees its ways of paying."""
    client = client_of(app)
    with _as(app, asker) as session:
        tenant = session.get_one(Tenant, tenant_id)
        customer, name = checkout.customer_of(session, tenant_id), checkout.company_name(tenant)
    with told():
        customer = customer or _customer(app, asker, tenant_id, name)
        return client.v1.billing_portal.sessions.create({"customer": customer, "return_url": back}).url


def refund(app: Flask, asker: Asker, bill_id: int, payment_id: int, reason: str) -> tuple[bool, list[str]]:
    """Give an online payment back. Returns whether it has gone back by now, and the awards that rest on it."""
    client = client_of(app)
    with _as(app, asker, write=True) as session:
        payment = _payment(session, bill_id, payment_id)
        awards = billing.awards_on(session, payment)
        row, key = refunds.intend(session, payment, reason, instance_of(app))
        stripe_id, intent = row.stripe_id, row.payment_intent or ""
    with told():
        try:
            refunds.ask(client, intent, key)
        except stripe.InvalidRequestError as error:
            if error.code != "charge_already_refunded":  # somebody did it at Stripe: what follows notes that
                raise
        found = seen.look_session(client, stripe_id)
    _apply(app, found, asker)
    with _as(app, asker) as session:
        return session.get_one(Payment, payment_id).reversed_at is not None, awards


def _last_page(app: Flask, asker: Asker, bill_id: int) -> str | None:
    """The address of the bill's open page, if it still asks for the right sum; "" where it is paid; None where a new
    page is needed (an open one for another sum is ended first)."""
    client = client_of(app)
    with _as(app, asker) as session:
        rest = _bill(session, bill_id).rest_fen
        row = checkout.latest(session, bill_id)
        if row is None or row.state not in (CheckoutState.OPEN, CheckoutState.WAITING):
            return None
        stripe_id, url, good = row.stripe_id, row.url, checkout.still_good(row, rest)
    with told():
        found = seen.look_session(client, stripe_id)
        if found.status == "open" and not good:
            found = _end(client, stripe_id)
    state = _apply(app, found)
    if state is CheckoutState.OPEN:
        return url
    return "" if state in (CheckoutState.PAID, CheckoutState.WAITING) else None


def _end(client: stripe.StripeClient, stripe_id: str) -> seen.Seen:
    """End an open page; it may be paid at this very moment, and then that is what is seen."""
    with suppress(stripe.InvalidRequestError):
        client.v1.checkout.sessions.expire(stripe_id)
    return seen.look_session(client, stripe_id)


def _apply(app: Flask, found: seen.Seen, asker: Asker | None = None) -> CheckoutState:
    with _as(app, asker or Asker.system(NAME), write=True) as session:
        applying.apply(session, found, core.today().date())
    return state_of(found)


def _customer(app: Flask, asker: Asker, tenant_id: int, name: str | None) -> str:
    made = checkout.ask_customer(client_of(app), tenant_id, name, instance_of(app))
    with _as(app, asker, write=True) as session:
        checkout.keep_customer(session, session.get_one(Tenant, tenant_id), made)
    return made


def _bill(session: Session, bill_id: int) -> Bill:
    found = reads.one(session, bill_id)
    if found is None:
        raise NotFound("没有这张账单，或您无权查看")
    return found


def _payment(session: Session, bill_id: int, payment_id: int) -> Payment:
    found = reads.payments_of(session, _bill(session, bill_id))
    payment = next((it for it, _fen in found if it.id == payment_id), None)
    if payment is None:
        raise NotFound("没有这笔收款，或您无权查看")
    return payment


@contextmanager
def _as(app: Flask, asker: Asker, *, write: bool = False) -> Iterator[Session]:
    """A unit in which the reader asks, apart from the request's own transaction."""
    with app.app_context(), writing() if write else reading():
        session: Session = db.session()
        with asking(session, asker):
            yield session
            if write:
                session.commit()


# ── the daily look at both books ─────────────────────────────────────────────────────────────────────────────────────
class Reconciled(TypedDict):
    """What a look found: checkouts seen, differences for people, and what was put right at once."""

    seen: int
    open: int
    settled: int


def reconcile(app: Flask, days: int = reconciliation.DAYS) -> Reconciled | None:
    """Compare Stripe's books of the last days with ours, do what events that did not come would have done, and keep the
    rest for people. None where no key is set. Safe to run at any time and again."""
    if app.extensions["stripe"] is None:
        return None
    client, now = client_of(app), core.today()
    since = reconciliation.since_of(now, days)
    with unit(app, write=False, name=RECONCILING) as session:
        more, by_hand = reconciliation.asked_for(session, since), reconciliation.named(session, since)
    theirs = reconciliation.gather(client, since, more, by_hand)
    with unit(app, write=False, name=RECONCILING) as session:
        missed = reconciliation.compare(session, theirs, since).missed
    for found, it in missed:
        try:
            with unit(app, name=RECONCILING) as session:
                applying.apply(session, it, now.date())
        except DomainError as error:  # of one bill; it stays in the list for a person
            log.warning("stripe.not_applied", key=found.key, reason=str(error))
    with unit(app, name=RECONCILING) as session:
        left = reconciliation.compare(session, theirs, since)
        unsettled = {found.key for found, _it in left.missed}
        settled = [found for found, _it in missed if found.key not in unsettled]
        differ = [*left.open, *(found for found, _it in left.missed)]
        differences.keep(session, differ, settled)
    return {"seen": len(theirs.sessions), "open": len(differ), "settled": len(settled)}
