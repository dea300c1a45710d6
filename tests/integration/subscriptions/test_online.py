"""Paying through Stripe: from the page and back, and what Stripe tells, in any order."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.jobs import paying
from core.services.online.client import make_client
from core.services.subscriptions import Offer, online, pages
from tests import factories as f
from tests.integration.conftest import Client
from tests.integration.subscriptions.conftest import over, subscribe
from tests.support.stripe_server import InProcess, StripeServer

SECRET = "whsec_of_this_instance"
GROWTH = {"plan": "growth", "period": "month"}
S = m.SubscriptionStatus
Post = Callable[[bytes, dict[str, str]], int]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(
        settings, stripe_secret_key="sk_test_local", stripe_webhook_secret=SECRET, stripe_api_base="http://stripe.test"
    )


@pytest.fixture
def server(app: Flask, settings: Settings, offer: Offer) -> StripeServer:
    made = StripeServer(secret=SECRET)
    app.extensions["stripe"] = client = make_client(settings, InProcess(made))
    assert client is not None
    assert len(paying.put_prices(app)) == 6
    assert paying.put_prices(app) == []
    return made


@pytest.fixture
def post(app: Flask, session: Session) -> Post:
    client = app.test_client()

    def send(body: bytes, headers: dict[str, str]) -> int:
        return client.post("/stripe/webhook", data=body, headers=headers).status_code

    return send


@pytest.fixture
def client(server: StripeServer, manager: m.User, client_as: Callable[..., Client]) -> Client:
    return client_as(manager)


@pytest.fixture
def told(server: StripeServer, post: Post) -> Callable[..., None]:
    """Deliver what Stripe has told since the last time, or all of it in a given order."""
    sent = 0

    def deliver(events: list[Any] | None = None) -> None:
        nonlocal sent
        for event in events if events is not None else server.events[sent:]:
            assert server.deliver(event, post) == 200
        sent = len(server.events)

    return deliver


def checkout(client: Client, server: StripeServer, form: dict[str, str] = GROWTH) -> dict[str, Any]:
    """Stripe's page as the manager was sent to it."""
    answer = client.post("/subscription/checkout", data=form)
    assert answer.status_code == 303, answer.text
    return server.get(answer.location.rsplit("/", 1)[1])


def of(session: Session) -> m.Subscription:
    """The one there is, as it is now; no transaction stays open."""
    session.expire_all()
    found = session.scalars(select(m.Subscription)).one()
    session.expunge(found)
    session.rollback()
    return found


def state(row: m.Subscription) -> tuple[Any, ...]:
    return row.plan, row.status, row.source, row.paid_until, row.grace_ends_on, row.ending, row.stripe_subscription


def test_subscribing_opens_everything_the_moment_it_is_paid(
    session: Session, operator: m.Operator, client: Client, server: StripeServer, told: Any
) -> None:
    over(session, operator)
    tenant = f.tenant(session, operator)
    note = {"body": "来看过"}
    assert client.post(f"/tenants/{tenant.id}/notes", data=note).status_code == 402
    page = client.get("/subscription").text
    assert "按月订阅" in page
    found = checkout(client, server)
    assert found["amount_total"] == 268_000
    server.pay(found["id"])
    assert client.post(f"/tenants/{tenant.id}/notes", data=note).status_code == 402, "nobody has told yet"
    told()
    assert client.post(f"/tenants/{tenant.id}/notes", data=note).status_code == 302
    row = of(session)
    assert (row.plan, row.status, row.source, row.period) == (
        "growth", S.ACTIVE, m.SubscriptionSource.STRIPE, m.SubscriptionPeriod.MONTH
    )  # fmt: skip
    paid = session.scalars(select(m.SubscriptionPayment)).one()
    assert (paid.amount_fen, paid.source) == (268_000, m.SubscriptionSource.STRIPE)
    assert client.post("/subscription/checkout", data=GROWTH).status_code == 409
    assert client.post("/subscription/portal").status_code == 303


def test_coming_back_asks_stripe_and_needs_no_webhook(
    session: Session, operator: m.Operator, client: Client, server: StripeServer, today: date
) -> None:
    subscribe(session, operator, S.TRIAL, trial_ends_on=today + timedelta(days=9))
    first = checkout(client, server)
    second = checkout(client, server, GROWTH | {"period": "year"})
    assert first["status"] == "expired", "one page at a time: nobody subscribes twice"
    server.pay(second["id"])
    assert client.get("/subscription/back").status_code == 302
    row = of(session)
    assert (row.status, row.paid_until, row.period) == (S.ACTIVE, today + timedelta(days=9), m.SubscriptionPeriod.YEAR)
    assert "下次扣款" in client.get("/subscription").text


def test_any_order_of_events_comes_to_the_same(
    session: Session, operator: m.Operator, client: Client, server: StripeServer, told: Any
) -> None:
    """Subscribed, renewed, not paid, paid after all, another plan, to end with the period: shuffled, and twice."""
    over(session, operator)
    server.pay(checkout(client, server)["id"])
    (made,) = server.all("subscription")
    server.renew(made["id"])
    server.renew(made["id"], paid=False)
    owed = server.get(made["latest_invoice"])
    owed |= {"status": "paid", "amount_paid": owed["total"]}
    made["status"] = "active"
    server.tell("invoice.paid", owed)
    stripe_client = paying.client_of(client.application)
    price = pages.price_of(stripe_client, online.offered().plan("scale"), m.SubscriptionPeriod.YEAR)
    stripe_client.v1.subscriptions.update(
        made["id"], {"items": [{"id": made["items"]["data"][0]["id"], "price": price}], "cancel_at_period_end": True}
    )
    ends = []
    for seed in range(4):
        events = [*server.events, *server.events[::3]]
        random.Random(seed).shuffle(events)
        told(events)
        row = of(session)
        ends.append(state(row))
        assert sorted(session.scalars(select(m.SubscriptionPayment.amount_fen))) == [268_000] * 3
        for model in (m.StripeEvent, m.SubscriptionPayment):
            session.execute(delete(model))
        row = session.merge(row)
        row.status, row.source, row.plan, row.seen_at = S.TRIAL, m.SubscriptionSource.HAND, "growth", None
        session.commit()
    assert len(set(ends)) == 1
    assert ends[0][:3] == ("scale", S.ACTIVE, m.SubscriptionSource.STRIPE)
    assert ends[0][5] is True


def test_a_failed_payment_has_grace_and_the_end_of_it_is_read_only(
    session: Session, operator: m.Operator, client: Client, server: StripeServer, told: Any, today: date
) -> None:
    over(session, operator)
    server.pay(checkout(client, server)["id"])
    (made,) = server.all("subscription")
    server.renew(made["id"], paid=False)
    told()
    row = of(session)
    assert (row.status, row.grace_ends_on) == (S.PAST_DUE, today + timedelta(days=14))
    server.cancel_subscription(made["id"])
    told()
    row = of(session)
    assert (row.status, row.grace_ends_on) == (S.CANCELED, today + timedelta(days=14)), "who owes keeps the grace"


def test_a_look_that_was_asked_before_another_changes_nothing(
    app: Flask, session: Session, operator: m.Operator, client: Client, server: StripeServer, offer: Offer
) -> None:
    operator_id = over(session, operator).operator_id
    server.pay(checkout(client, server)["id"])
    early = online.look(paying.client_of(app), of(session).customer or "")
    server.cancel_subscription(server.all("subscription")[0]["id"])
    paying.refresh(app, operator_id)
    ended = state(of(session))
    online.apply(session, early, offer)
    assert state(of(session)) == ended
    # What ended at Stripe ends nothing that was set by hand since.
    row = session.scalars(select(m.Subscription)).one()
    row.source, row.status, row.paid_until = m.SubscriptionSource.HAND, S.ACTIVE, date(2030, 1, 1)
    row.grace_ends_on = None
    session.commit()
    assert paying.reconcile(app) == 1
    assert of(session).paid_until == date(2030, 1, 1)


def test_another_plan_is_asked_for_only_where_it_has_room(
    session: Session, operator: m.Operator, client: Client, server: StripeServer, told: Any
) -> None:
    over(session, operator)
    for number in range(3):
        f.site(session, operator, name=f"{number}号楼")
    assert client.post("/subscription/change", data=GROWTH).status_code == 409
    server.pay(checkout(client, server)["id"])
    told()
    refused = client.post("/subscription/change", data={"plan": "starter", "period": "month"})
    assert refused.status_code == 422
    assert "现有3处" in refused.text
    assert client.post("/subscription/change", data=GROWTH).status_code == 409, "it is that plan"
    assert client.post("/subscription/change", data={"plan": "group", "period": "year"}).status_code == 422
    assert client.post("/subscription/change", data={"plan": "scale", "period": "week"}).status_code == 422
    assert client.post("/subscription/change", data={"plan": "scale", "period": "year"}).status_code == 303
    flow = server.requests[-1][2]["flow_data"]
    assert flow["subscription_update_confirm"]["subscription"] == server.all("subscription")[0]["id"]


def test_stripe_away_or_not_set_up(
    app: Flask, session: Session, operator: m.Operator, client: Client, server: StripeServer
) -> None:
    over(session, operator)
    server.fail = [500, 500]
    away = client.post("/subscription/checkout", data=GROWTH)
    assert away.status_code == 503
    assert "没有答复" in away.text
    app.extensions["stripe"] = None
    page = client.get("/subscription").text
    assert "按月订阅" not in page
    assert "对公转账" in page
    assert client.post("/subscription/checkout", data=GROWTH).status_code == 503
