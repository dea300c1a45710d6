"""What Stripe tells: applied once, and nothing else is."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import stripe
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.services.online.client import make_client
from tests.integration.asking import contents
from tests.integration.online.conftest import begin
from tests.support.stripe_server import InProcess, StripeServer, served

Post = Callable[[bytes, dict[str, str]], int]


def count(session: Session, model: type) -> int:
    session.expire_all()
    found = session.scalar(select(func.count()).select_from(model)) or 0
    session.commit()
    return found


def test_a_payment_is_recorded_once_and_is_rent(
    app: Flask, session: Session, server: StripeServer, bill: m.Bill, post: Post
) -> None:
    page = begin(app, session, server, bill)
    server.pay(page, method="alipay")
    told = [it for it in server.events if it["type"] == "checkout.session.completed"]
    assert [server.deliver(told[0], post) for _time in range(3)] == [200, 200, 200]
    payment = session.scalars(select(m.Payment)).one()
    assert (payment.amount_fen, payment.method, payment.free_fen) == (315_000, m.PaymentMethod.CARD, 0)
    assert payment.reference is not None
    assert payment.reference.startswith("pi_")
    assert (payment.note, payment.payer_name, payment.recorded_by_id) == ("Stripe alipay", None, None)
    assert session.scalars(select(m.RentPayment.paid_fen)).all() == [100_000] * 3
    row = session.scalars(select(m.CheckoutSession)).one()
    assert (row.state, row.payment_id) == (m.CheckoutState.PAID, payment.id)
    assert session.scalars(select(m.StripeEvent.outcome)).all() == [m.EventOutcome.APPLIED]
    actor = session.scalars(select(m.AuditEvent.actor).where(m.AuditEvent.action == "payment.record")).one()
    assert actor == "stripe"


def test_the_same_event_sixteen_times_at_once(app: Flask, session: Session, server: StripeServer, bill: m.Bill) -> None:
    server.pay(begin(app, session, server, bill))
    told = next(it for it in server.events if it["type"] == "checkout.session.completed")
    session.commit()
    body, headers = server.signed(told)

    def send(_number: int) -> int:
        return app.test_client().post("/stripe/webhook", data=body, headers=headers).status_code

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send, range(16)))
    assert answers == [200] * 16
    assert (count(session, m.Payment), count(session, m.StripeEvent)) == (1, 1)


def test_what_is_not_from_stripe_changes_nothing(
    app: Flask, session: Session, server: StripeServer, bill: m.Bill, post: Post, engine: Engine
) -> None:
    server.pay(begin(app, session, server, bill))
    told = server.events[-1]
    session.commit()
    before = contents(engine)
    now = int(time.time())
    body, headers = server.signed(told)
    other = told | {"account": "acct_other"}
    live = told | {"livemode": True}
    forged = {
        "another secret": server.signed(told, secret="whsec_other"),
        "an empty secret": server.signed(told, secret=""),
        "no signature": (body, {key: value for key, value in headers.items() if key != "Stripe-Signature"}),
        "an empty signature": (body, headers | {"Stripe-Signature": ""}),
        "too old": server.signed(told, at=now - 301),
        "a byte changed": (body.replace(b"315000", b"315001"), headers),
        "a byte more": (body + b" ", headers),
        "another account": server.signed(other),
        "money in a trial": server.signed(live),
        "no event": server.signed({"object": "charge", "id": "ch_1"}),
        "no JSON": (b"{", {"Stripe-Signature": headers["Stripe-Signature"]}),
        "no text": (b"\xff\xfe", headers),
    }
    assert {name: post(*sent) for name, sent in forged.items()} == dict.fromkeys(forged, 400)
    assert post(b"x" * 300_000, headers) == 413
    assert contents(engine) == before
    assert server.deliver(told, post, at=now - 290) == 200
    assert count(session, m.Payment) == 1


@pytest.mark.parametrize("secret", ["", "   "])
def test_without_a_secret_the_door_is_shut(
    app: Flask, settings: Settings, session: Session, server: StripeServer, bill: m.Bill, post: Post, secret: str
) -> None:
    """Also for what is signed with nothing at all: an empty key is no key."""
    server.pay(begin(app, session, server, bill))
    app.extensions["settings"] = replace(settings, stripe_webhook_secret=secret.strip())
    session.commit()
    assert server.deliver(server.events[-1], post, secret="") == 503
    assert Settings.load({"HONGCAI_ENV": "test", "HONGCAI_STRIPE_WEBHOOK_SECRET": secret}).stripe_webhook_secret == ""
    assert count(session, m.Payment) == 0


def test_where_stripe_does_not_answer_it_delivers_again(
    app: Flask, session: Session, server: StripeServer, bill: m.Bill, post: Post
) -> None:
    server.pay(begin(app, session, server, bill))
    for trouble in (500, 429, 401):
        server.fail = [trouble]
        assert server.deliver(server.events[-1], post) == 500
        assert (count(session, m.Payment), count(session, m.StripeEvent)) == (0, 0)
    assert server.deliver(server.events[-1], post) == 200
    assert count(session, m.Payment) == 1


def test_what_is_not_ours_is_noted_and_left(
    app: Flask, session: Session, server: StripeServer, bill: m.Bill, post: Post
) -> None:
    server.route("POST", "customers", {"name": "别家"})
    charge = server.foreign_charge(5_000)
    server.tell("charge.succeeded", charge)
    server.tell("balance.available", {"object": "balance"})
    assert [server.deliver(it, post) for it in server.events] == [200] * 3
    assert set(session.scalars(select(m.StripeEvent.outcome))) == {m.EventOutcome.IGNORED}
    assert count(session, m.Payment) == 0


def test_over_the_border_go_numbers_and_the_companys_name(
    app: Flask, session: Session, server: StripeServer, bill: m.Bill
) -> None:
    begin(app, session, server, bill)
    sent = {path: given for method, path, given in server.requests if method == "POST"}
    assert set(sent) == {"/v1/customers", "/v1/checkout/sessions"}
    assert sent["/v1/customers"] == {"name": "青禾（上海）公司", "metadata": {"hongcai_tenant": str(bill.tenant_id)}}
    said = json.dumps(sent["/v1/checkout/sessions"], ensure_ascii=False)
    assert "青禾" not in said
    assert bill.number in said


def test_the_client_is_none_without_a_key(settings: Settings, server: StripeServer) -> None:
    assert make_client(replace(settings, stripe_secret_key=""), InProcess(server)) is None


def test_where_stripe_is_too_slow_it_delivers_again(
    app: Flask, settings: Settings, session: Session, server: StripeServer, bill: m.Bill, post: Post
) -> None:
    """Over HTTP, with a client that does not wait long; the library tries once more by itself."""
    server.pay(begin(app, session, server, bill))
    server.wait, server.fail = 1.0, ["timeout", "timeout"]
    with served(server) as base:
        impatient = stripe.RequestsClient(timeout=(2.0, 0.2))
        app.extensions["stripe"] = make_client(replace(settings, stripe_api_base=base), impatient)
        session.commit()
        assert server.deliver(server.events[-1], post) == 500
        assert count(session, m.Payment) == 0
        assert server.deliver(server.events[-1], post) == 200
        impatient.close()
    assert count(session, m.Payment) == 1
