"""What a subscription needs of Stripe, in units round it: read, ask while no transaction is open, write."""

from __future__ import annotations

import structlog
from flask import Flask

import core
from core.data.models import Operator, SubscriptionPeriod
from core.data.queries import subscriptions as reads
from core.data.queries.locks import lock_operator
from core.errors import Conflict
from core.jobs.issuing import unit
from core.jobs.online import client_of, instance_of
from core.services.online.client import told
from core.services.subscriptions import Offer, offered, online, pages

log = structlog.get_logger()
NAME = "stripe"


def subscribe(
    app: Flask, operator_id: int, plan_key: str, period: SubscriptionPeriod, *, success: str, cancel: str
) -> str:
    """The address of Stripe's page to subscribe on. What was tried or paid by hand is not charged again."""
    client, offer, today = client_of(app), _offer(), core.today().date()
    plan = offer.plan(plan_key)
    with unit(app, name=NAME) as session:
        row = reads.of(session, operator_id)
        if row is None:
            raise Conflict("试用还没有开始，请稍后再试")
        pages.require_new(session, row, plan, period, today)
        days, customer = pages.days_paid(row, offer, today), row.customer
    with told():
        customer = customer or _customer(app, operator_id)
        price = pages.price_of(client, plan, period)
        return pages.ask_page(
            client, customer, price, days=days, operator_id=operator_id, success=success, cancel=cancel
        )


def change(app: Flask, operator_id: int, plan_key: str, period: SubscriptionPeriod, *, back: str) -> str:
    """The address of Stripe's page that confirms another plan."""
    client, plan, today = client_of(app), _offer().plan(plan_key), core.today().date()
    with unit(app, name=NAME) as session:
        row = reads.of(session, operator_id)
        if row is None or row.customer is None:
            raise Conflict("本机构还没有在线订阅，请先订阅")
        stripe_id, customer = pages.require_change(session, row, plan, period, today), row.customer
    with told():
        price = pages.price_of(client, plan, period)
        return pages.ask_change(client, customer, stripe_id, price, back)


def portal(app: Flask, operator_id: int, *, back: str) -> str:
    """The address of Stripe's page with cards, invoices and the way out."""
    client = client_of(app)
    with unit(app, write=False, name=NAME) as session:
        row = reads.of(session, operator_id)
        customer = row.customer if row else None
    if customer is None:
        raise Conflict("本机构还没有在线订阅，请先订阅")
    with told():
        return pages.ask_portal(client, customer, back)


def refresh(app: Flask, operator_id: int) -> None:
    """Look at an operator's subscriptions now, and do what Stripe's events would."""
    client, offer = client_of(app), _offer()
    with unit(app, write=False, name=NAME) as session:
        row = reads.of(session, operator_id)
        customer = row.customer if row else None
    if customer is None:
        return
    with told():
        found = online.look(client, customer)
    with unit(app, name=NAME) as session:
        online.apply(session, found, offer)


def put_prices(app: Flask) -> list[str]:
    """Have Stripe ask what the plans say; returns the keys of prices that were made."""
    client, offer = client_of(app), _offer()
    with told():
        return pages.put_prices(client, offer)


def reconcile(app: Flask) -> int:
    """Look at every operator that Stripe knows; returns how many. One that cannot be looked at is left for the next
    day."""
    if offered() is None or app.extensions["stripe"] is None:
        return 0
    with unit(app, write=False, name=NAME) as session:
        known = reads.with_customer(session)
    done = 0
    for operator_id in known:
        try:
            refresh(app, operator_id)
            done += 1
        except Exception as error:  # noqa: BLE001  # the others are looked at all the same
            log.warning("subscription.unseen", operator=operator_id, error=type(error).__name__)
    return done


def _customer(app: Flask, operator_id: int) -> str:
    """Have Stripe know an operator, and remember as whom."""
    with unit(app, write=False, name=NAME) as session:
        name = session.get_one(Operator, operator_id).name
    made = pages.ask_customer(client_of(app), operator_id, name, instance_of(app))
    with unit(app, name=NAME) as session:
        lock_operator(session, operator_id)
        row = reads.of(session, operator_id)
        assert row is not None
        row.customer = row.customer or made
        return row.customer


def _offer() -> Offer:
    offer = offered()
    if offer is None:
        raise Conflict("本站没有启用订阅，所有运营机构都不受限制")
    return offer
