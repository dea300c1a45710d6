"""A bill paid on Stripe's page: the same page again while it is right, a new one when it is not, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.config import Settings, UnsafeSettings
from core.data import models as m
from core.data.asker import Asker
from core.data.types import utcnow
from core.errors import Conflict
from core.jobs import online as units
from core.services import billing
from core.services.online import refunds
from tests import factories as f
from tests.integration.online.conftest import begin
from tests.support.stripe_server import StripeServer

pytestmark = pytest.mark.one_engine

Client = Callable[..., Any]
Post = Callable[[bytes, dict[str, str]], int]


@pytest.fixture
def people(session: Session, tenant: m.Tenant, client_as: Client) -> dict[str, Any]:
    operator = session.get_one(m.Operator, tenant.operator_id)
    made = {
        "founder": f.user(session, m.Role.FOUNDER, tenant=tenant),
        "manager": f.user(session, m.Role.OPERATOR_MANAGER, operator=operator),
        "staff": f.user(session, m.Role.OPERATOR_STAFF, operator=operator),
    }
    return {name: client_as(user) for name, user in made.items()}


def creations(server: StripeServer) -> int:
    return sum(1 for method, path, _given in server.requests if (method, path) == ("POST", "/v1/checkout/sessions"))


def test_from_the_button_to_the_receipt(
    session: Session, server: StripeServer, bill: m.Bill, people: dict[str, Any], post: Post
) -> None:
    founder, at = people["founder"], f"/bills/{bill.id}"
    page = founder.get(at)
    assert "在线支付3,150.00元" in page.text
    assert "form-action 'self' http://stripe.test" in page.headers["Content-Security-Policy"]
    first = founder.post(f"{at}/checkout")
    assert (first.status_code, first.location) == (303, server.all("checkout.session")[0]["url"])
    assert founder.post(f"{at}/checkout").location == first.location, "pressed twice it is one page"
    assert creations(server) == 1
    row = session.scalars(select(m.CheckoutSession)).one()
    made = server.get(row.stripe_id)
    assert made["success_url"] == f"http://localhost{at}/checkout?session={{CHECKOUT_SESSION_ID}}"
    shown = founder.get(at).text
    assert ("付款页面还开着" in shown, "继续支付" in shown) == (True, True)
    assert "还没有付款" in founder.get(f"{at}/checkout?session={row.stripe_id}").text

    server.pay(row.stripe_id)
    returned = founder.get(f"{at}/checkout?session={row.stripe_id}").text
    assert "正在入账" in returned
    assert session.scalars(select(m.Payment)).all() == [], "coming back records nothing"
    asking = {"HX-Request": "true"}
    assert founder.get(f"{at}/checkout?session={row.stripe_id}", headers=asking).status_code == 204
    assert [server.deliver(it, post) for it in server.events] == [200] * len(server.events)
    assert "已入账" in founder.get(f"{at}/checkout?session={row.stripe_id}", headers=asking).text
    paid = founder.get(f"{at}/checkout?session={row.stripe_id}").text
    assert ("已入账" in paid, "Stripe收据" in paid) == (True, True)
    shown = founder.get(at).text
    assert ("已付清" in shown, "管理付款方式" in shown, "退款</" in shown) == (True, True, False)
    portal = founder.post("/bills/portal")
    assert (portal.status_code, "/portal/" in portal.location) == (303, True)
    assert founder.post(f"{at}/checkout").status_code == 409, "there is nothing to pay"


def test_a_missed_event_is_made_up_for_by_a_press(
    session: Session, server: StripeServer, bill: m.Bill, people: dict[str, Any]
) -> None:
    founder, at = people["founder"], f"/bills/{bill.id}"
    page = founder.post(f"{at}/checkout").location.rpartition("/")[2]
    server.pay(page, later=True)
    assert founder.post(f"{at}/checkout").location == f"{at}/checkout", "money on its way is not asked for again"
    assert "款项在途" in founder.get(at).text
    server.settle(page)
    assert founder.post(f"{at}/checkout/look").status_code == 302
    assert session.scalars(select(m.Payment.amount_fen)).all() == [315_000]


def test_another_sum_wants_another_page(
    app: Flask, session: Session, server: StripeServer, bill: m.Bill, post: Post
) -> None:
    first = begin(app, session, server, bill)
    today = core.today().date()
    said = {"received_on": today, "today": today, "method": m.PaymentMethod.TRANSFER, "bill": bill}
    billing.record(session, bill.tenant, amount_fen=15_000, **said)
    second = begin(app, session, server, bill)
    assert second != first
    assert (server.get(first)["status"], server.get(second)["amount_total"]) == ("expired", 300_000)
    row = session.scalars(select(m.CheckoutSession).where(m.CheckoutSession.stripe_id == second)).one()
    row.expires_at = utcnow() + timedelta(minutes=1)
    third = begin(app, session, server, bill)
    assert third not in (first, second), "a page that is about to end is not offered"
    server.pay(third)
    # The page was paid meanwhile, unheard: the press sees it, and nothing is asked for twice.
    bill_id = bill.id
    session.commit()
    assert units.pay(app, Asker.system("tests"), bill_id, success_url="s", cancel_url="c") is None
    session.expire_all()
    assert sorted(session.scalars(select(m.Payment.amount_fen))) == [15_000, 300_000]
    assert {server.deliver(it, post) for it in server.events} == {200}
    assert sorted(session.scalars(select(m.Payment.amount_fen))) == [15_000, 300_000]


def test_a_bill_that_is_gone_or_paid_meanwhile_keeps_the_money(
    app: Flask, session: Session, server: StripeServer, bill: m.Bill, tenant: m.Tenant, post: Post
) -> None:
    page = begin(app, session, server, bill)
    today = core.today().date()
    said = {"received_on": today, "today": today, "method": m.PaymentMethod.TRANSFER}
    billing.record(session, tenant, amount_fen=200_000 + 315_000, **said)
    server.pay(page)
    session.commit()
    assert {server.deliver(it, post) for it in server.events} == {200}
    payment = session.scalars(select(m.Payment).where(m.Payment.method == m.PaymentMethod.CARD)).one()
    assert (payment.amount_fen, payment.free_fen) == (315_000, 315_000)


def test_while_stripe_is_away_nothing_is_begun(
    session: Session, server: StripeServer, bill: m.Bill, people: dict[str, Any]
) -> None:
    for trouble in (500, 429, 401):
        server.fail = [trouble]
        answer = people["founder"].post(f"/bills/{bill.id}/checkout")
        assert (answer.status_code, "Stripe" in answer.text or "密钥" in answer.text) == (503, True)
    assert session.scalars(select(m.CheckoutSession)).all() == []
    server.fail = ["ok", 500]  # the customer is made, the page is not
    assert people["founder"].post(f"/bills/{bill.id}/checkout").status_code == 503
    assert people["founder"].post(f"/bills/{bill.id}/checkout").status_code == 303
    assert len(server.all("customer")) == 1
    server.fail = [500]
    assert "暂时查不到" in people["founder"].get(f"/bills/{bill.id}/checkout").text


def test_a_refund_goes_back_first_and_then_the_books_follow(
    app: Flask, session: Session, server: StripeServer, bill: m.Bill, people: dict[str, Any], post: Post
) -> None:
    server.pay(begin(app, session, server, bill))
    for it in server.events:
        server.deliver(it, post)
    payment = session.scalars(select(m.Payment)).one()
    at, manager = f"/bills/{bill.id}/payments/{payment.id}", people["manager"]
    session.commit()
    assert "原路退回" in manager.get(f"/bills/{bill.id}").text
    assert people["staff"].post(f"{at}/refund", data={"reason": "x"}).status_code == 403
    assert people["founder"].post(f"{at}/refund", data={"reason": "x"}).status_code == 403
    assert manager.post(f"/payments/{payment.id}/reversal", data={"reason": "x"}).status_code == 409  # by Stripe alone
    assert manager.post(f"{at}/refund", data={"reason": " "}).status_code == 422
    server.fail = [500]
    assert manager.post(f"{at}/refund", data={"reason": "重复付款"}).status_code == 503
    session.expire_all()
    assert session.get_one(m.Payment, payment.id).reversed_at is None
    session.commit()
    assert manager.post(f"{at}/refund", data={"reason": "重复付款"}).status_code == 302
    session.expire_all()
    assert session.get_one(m.Payment, payment.id).reversal_reason == "重复付款"
    assert session.scalars(select(m.RentPayment)).all() == []
    assert [it["amount"] for it in server.all("refund")] == [315_000]
    for it in server.events:
        assert server.deliver(it, post) == 200
    assert manager.post(f"{at}/refund", data={"reason": "再次"}).status_code == 409
    shown = people["founder"].get(f"/bills/{bill.id}").text
    assert ("已退回" in shown, "在线支付3,150.00元" in shown) == (True, True)


def test_what_went_back_by_another_way_is_not_given_back_twice(
    app: Flask, session: Session, server: StripeServer, bill: m.Bill, people: dict[str, Any], post: Post
) -> None:
    page = begin(app, session, server, bill)
    today = core.today().date()
    said = {"received_on": today, "today": today, "method": m.PaymentMethod.TRANSFER}
    billing.record(session, bill.tenant, amount_fen=515_000, **said)
    session.commit()
    server.pay(page)
    for it in server.events:
        server.deliver(it, post)
    payment = session.scalars(select(m.Payment).where(m.Payment.method == m.PaymentMethod.CARD)).one()
    back = billing.refund(
        session, payment, amount_fen=15_000, refunded_on=today, method=m.PaymentMethod.TRANSFER, reason="多付",
        today=today,
    )  # fmt: skip
    session.commit()
    # It paid no bill, so it is asked for as people do: by the service.
    with pytest.raises(Conflict, match="会多退"):
        refunds.intend(session, payment, "退", "x")
    server.refund(payment.reference)
    for it in server.events:
        assert server.deliver(it, post) == 200
    assert session.get_one(m.Payment, payment.id).reversed_at is None, "a person looks first"
    session.commit()
    units.reconcile(app)
    assert session.scalars(select(m.StripeDifference.kind)).all() == [m.DifferenceKind.MISSED_REFUND]
    billing.undo_refund(session, session.get_one(m.Refund, back.id), "记错")
    session.commit()
    units.reconcile(app)
    session.expire_all()
    assert session.get_one(m.Payment, payment.id).reversed_at is not None
    assert session.scalars(select(m.StripeDifference.ended)).all() == [m.DifferenceEnd.APPLIED]


def test_a_refund_that_waits_is_not_asked_for_twice(
    app: Flask, session: Session, server: StripeServer, bill: m.Bill, people: dict[str, Any], post: Post,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    server.pay(begin(app, session, server, bill), method="alipay")
    for it in server.events:
        server.deliver(it, post)
    payment = session.scalars(select(m.Payment)).one()
    at = f"/bills/{bill.id}/payments/{payment.id}/refund"
    monkeypatch.setattr(
        server, "refund", lambda intent, amount, **how: StripeServer.refund(server, intent, amount, state="pending")
    )
    assert people["manager"].post(at, data={"reason": "退"}).status_code == 302
    assert people["manager"].post(at, data={"reason": "退"}).status_code == 409
    assert "处理中" in people["manager"].get(f"/bills/{bill.id}").text
    server.refund_becomes(server.all("refund")[0]["id"], "failed")
    server.deliver(server.events[-1], post)
    assert "失败，款未退出" in people["manager"].get(f"/bills/{bill.id}").text
    assert people["manager"].post(at, data={"reason": "退"}).status_code == 302, "another try is another question"
    assert len(server.all("refund")) == 2


def test_without_keys_the_pages_say_how_to_pay(
    app: Flask, session: Session, server: StripeServer, bill: m.Bill, people: dict[str, Any]
) -> None:
    app.extensions["stripe"] = None
    founder = people["founder"]
    shown = founder.get(f"/bills/{bill.id}")
    assert ("没有开通在线支付" in shown.text, bill.number in shown.text, "在线支付3" in shown.text) == (
        True,
        True,
        False,
    )
    assert founder.post(f"/bills/{bill.id}/checkout").status_code == 503
    assert founder.get(f"/bills/{bill.id}/checkout").status_code == 200
    assert people["manager"].get("/bills/differences").status_code == 200


def test_another_server_than_stripes_is_for_trials_alone() -> None:
    key = "0" * 64
    production = {
        "HONGCAI_ENV": "production", "HONGCAI_SECRET_KEY": key, "HONGCAI_MASTER_KEY": "1" * 64,
        "HONGCAI_BASE_URL": "https://a.example", "HONGCAI_TRUSTED_HOSTS": "a.example",
        "HONGCAI_STRIPE_API_BASE": "http://127.0.0.1:1",
    }  # fmt: skip
    with pytest.raises(UnsafeSettings, match="HONGCAI_STRIPE_API_BASE"):
        Settings.load(production)
    assert "sk_live" not in repr(
        Settings.load(production | {"HONGCAI_STRIPE_API_BASE": "", "HONGCAI_STRIPE_SECRET_KEY": "sk_live_1"})
    )
