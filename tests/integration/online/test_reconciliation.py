"""Both books compared: each planted difference is found and named, and where nothing differs nothing is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import stripe
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.commands.stripe_books import stripe_group
from core.data import models as m
from core.data.models import DifferenceKind as Kind
from core.jobs import online as units
from core.services import billing
from tests import factories as f
from tests.integration.online import streams
from tests.support.stripe_server import StripeServer

Client = Callable[..., Any]
Post = Callable[[bytes, dict[str, str]], int]


@pytest.fixture
def operator(session: Session) -> m.Operator:
    return f.operator(session, f.district(session))


class Town:
    """Bills whose checkouts were begun, by what is to go wrong with them."""

    def __init__(self, session: Session, server: StripeServer, operator: m.Operator, post: Post) -> None:
        self.session, self.server, self.operator, self.post = session, server, operator, post
        self.number = 0

    def checkout(self, *, paid: bool = True, heard: bool = True) -> m.CheckoutSession:
        self.number += 1
        bill = streams.world(self.session, self.operator, core.today().date(), self.number)
        page = streams.page(self.session, self.server, bill)
        self.session.commit()
        start = len(self.server.events)
        if paid:
            self.server.pay(page)
        if heard:
            self.hear(start)
        return self.row(page)

    def hear(self, start: int) -> None:
        self.session.commit()
        for event in self.server.events[start:]:
            assert self.server.deliver(event, self.post) == 200

    def row(self, page: str) -> m.CheckoutSession:
        self.session.expire_all()
        return self.session.scalars(select(m.CheckoutSession).where(m.CheckoutSession.stripe_id == page)).one()


def found(session: Session) -> dict[Kind, m.DifferenceEnd | None]:
    session.expire_all()
    rows: list[Any] = [*session.scalars(select(m.StripeDifference)), *session.scalars(select(m.StripeStray))]
    assert len({row.kind for row in rows}) == len(rows)
    ends = {row.kind: row.ended for row in rows}
    session.commit()
    return ends


def test_ten_planted_differences_are_found_and_none_in_clean_books(
    app: Flask, session: Session, server: StripeServer, operator: m.Operator, post: Post
) -> None:
    town = Town(session, server, operator, post)
    clean = [town.checkout() for _time in range(12)]
    town.checkout(paid=False)
    start = len(server.events)
    server.refund(str(clean[0].payment_intent))
    server.refund_becomes(server.refund(str(clean[1].payment_intent), state="pending")["id"], "failed")
    server.dispute_ends(server.dispute(str(clean[2].payment_intent))["id"], lost=True)
    server.dispute_ends(server.dispute(str(clean[3].payment_intent))["id"], lost=False)
    town.hear(start)
    assert units.reconcile(app) == {"seen": 13, "open": 0, "settled": 0}
    assert found(session) == {}

    today = core.today().date()
    town.checkout(heard=False)  # 1: paid there, unheard
    billing.record(  # 2: recorded here, not there
        session, clean[0].bill.tenant, amount_fen=700, received_on=today, method=m.PaymentMethod.CARD,
        reference="pi_invented", today=today,
    )  # fmt: skip
    amount = town.checkout().payment  # 3: another amount
    assert amount is not None
    amount.amount_fen += 1
    amount.free_fen += 1
    foreign = server.get(town.checkout(paid=False).stripe_id)  # 4: another currency
    foreign["currency"] = "usd"
    server.pay(foreign["id"])
    server.refund(str(town.checkout().payment_intent))  # 5: refunded there, unheard
    only_here = town.checkout().payment  # 6: reversed here alone
    assert only_here is not None
    billing.reverse(session, only_here, "写错")
    twice = town.checkout()  # 7: written down by hand too, by the charge's number
    charge = server.get(str(twice.payment_intent))["latest_charge"]
    billing.record(
        session, twice.bill.tenant, amount_fen=60_000, received_on=today, method=m.PaymentMethod.CARD,
        reference=charge, today=today,
    )  # fmt: skip
    server.expire(town.checkout(paid=False).stripe_id)  # 8: open here, expired there
    server.foreign_charge(9_900)  # 9: of nothing known here
    server.dispute(str(town.checkout().payment_intent))  # 10: a dispute, unheard
    session.commit()
    told = units.reconcile(app)
    assert told is not None
    assert (told["open"], told["settled"]) == (7, 3)
    settled = m.DifferenceEnd.APPLIED
    assert found(session) == {
        Kind.MISSED_PAYMENT: settled, Kind.NOT_THERE: None, Kind.AMOUNT: None, Kind.CURRENCY: None,
        Kind.MISSED_REFUND: settled, Kind.ONLY_REVERSED: None, Kind.TWICE: None, Kind.STATE: settled,
        Kind.UNKNOWN: None, Kind.DISPUTE: None,
    }  # fmt: skip
    # Another look finds the same, and nothing anew; what has been put right is gone.
    again = units.reconcile(app)
    assert again is not None
    assert (again["open"], again["settled"]) == (7, 0)
    billing.reverse(session, session.scalars(select(m.Payment).where(m.Payment.reference == "pi_invented")).one(), "错")
    session.commit()
    units.reconcile(app)
    assert found(session)[Kind.NOT_THERE] is m.DifferenceEnd.GONE


def test_parts_failures_strangers_and_subscriptions(
    app: Flask, session: Session, server: StripeServer, operator: m.Operator, post: Post
) -> None:
    town = Town(session, server, operator, post)
    part = town.checkout()
    server.refund(str(part.payment_intent), 1_000)
    failed = town.checkout()
    start = len(server.events)
    refund = server.refund(str(failed.payment_intent))
    town.hear(start)
    server.refund_becomes(refund["id"], "failed")
    stranger = server.get(town.checkout().stripe_id)
    stranger["metadata"] = {"hongcai_tenant": "999999"}
    price = server.route(
        "POST", "prices", {"unit_amount": "9900", "currency": "cny", "recurring": {"interval": "month"}}
    )
    item = {"price": price["id"], "quantity": "1"}
    page = server.route("POST", "checkout/sessions", {"mode": "subscription", "line_items": [item]})
    server.pay(page["id"])
    session.commit()
    units.reconcile(app)
    assert found(session) == dict.fromkeys((Kind.PART_REFUND, Kind.FAILED_REFUND, Kind.OTHER_TENANT))


def test_many_pages_of_stripes_lists_are_read(
    app: Flask, session: Session, server: StripeServer, operator: m.Operator, post: Post
) -> None:
    town = Town(session, server, operator, post)
    town.checkout(heard=False)
    for _time in range(230):
        server.foreign_charge(500)
    for _time in range(120):
        item = {"quantity": "1", "price_data": {"currency": "cny", "unit_amount": "500"}}
        server.route("POST", "checkout/sessions", {"mode": "payment", "line_items": [item]})
    session.commit()
    told = units.reconcile(app)
    assert told == {"seen": 121, "open": 230, "settled": 1}


def test_the_command_says_what_it_found(
    app: Flask, session: Session, server: StripeServer, operator: m.Operator, post: Post,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("core.commands.stripe_books.application", lambda: app)
    Town(session, server, operator, post).checkout(heard=False)
    session.commit()
    run = CliRunner()
    told = run.invoke(stripe_group, ["reconcile", "--json"])
    assert (told.exit_code, json.loads(told.output)) == (0, {"seen": 1, "open": 0, "settled": 1})
    server.foreign_charge(500)
    told = run.invoke(stripe_group, ["reconcile", "--days", "1"])
    assert (told.exit_code, "1 for people" in told.output) == (1, True)
    server.fail = [500]
    told = run.invoke(stripe_group, ["reconcile"])
    assert (told.exit_code, "does not answer" in told.output) == (1, True)
    app.extensions["stripe"] = None
    assert "not set up" in run.invoke(stripe_group, ["reconcile"]).output


def test_where_stripe_does_not_answer_nothing_is_kept(
    app: Flask, session: Session, server: StripeServer, operator: m.Operator, post: Post
) -> None:
    Town(session, server, operator, post).checkout(heard=False)
    session.commit()
    server.fail = ["ok", 500]
    with pytest.raises(stripe.StripeError):
        units.reconcile(app)
    assert found(session) == {}
    app.extensions["stripe"] = None
    assert units.reconcile(app) is None


def test_managers_see_their_own_and_say_what_they_did(
    app: Flask, session: Session, server: StripeServer, operator: m.Operator, post: Post, client_as: Client
) -> None:
    town = Town(session, server, operator, post)
    server.dispute(str(town.checkout().payment_intent))
    server.foreign_charge(9_900)
    other = f.operator(session, session.get_one(m.District, operator.district_id))
    manager, staff, stranger = (
        client_as(f.user(session, role, operator=of))
        for role, of in (
            (m.Role.OPERATOR_MANAGER, operator), (m.Role.OPERATOR_STAFF, operator), (m.Role.OPERATOR_MANAGER, other),
        )
    )  # fmt: skip
    admin = client_as(f.user(session, m.Role.PLATFORM_ADMIN))
    session.commit()
    units.reconcile(app)
    it = session.scalars(select(m.StripeDifference)).one()
    stray = session.scalars(select(m.StripeStray)).one()
    at = f"/bills/differences/{it.id}"
    shown = manager.get("/bills/differences?state=open").text
    assert ("向发卡行拒付" in shown, "有1条待处理" in shown, "ch_" in shown) == (True, True, False)
    assert "在线支付核对" in manager.get("/bills").text
    assert staff.get("/bills/differences").status_code == 403
    assert stranger.get(at).status_code == 404
    assert "没有差异" in stranger.get("/bills/differences").text
    assert manager.post(at, data={"reason": ""}).status_code == 422
    assert manager.post(at, data={"reason": "已提交证据"}).status_code == 302
    assert manager.post(at, data={"reason": "再"}).status_code == 422
    assert "已提交证据" in manager.get(at).text
    assert "向发卡行拒付" in manager.get("/bills/differences/export?format=csv").text
    page = admin.get("/admin/stripe").text
    assert (stray.stripe_id in page, "试用" in page, operator.name in page) == (True, True, False)
    assert admin.post(f"/admin/stripe/strays/{stray.id}", data={"reason": " "}).status_code == 422
    assert admin.post(f"/admin/stripe/strays/{stray.id}", data={"reason": "别的网站的"}).status_code == 302
    units.reconcile(app)
    assert set(found(session).values()) == {m.DifferenceEnd.PERSON}, "what a person has ended stays ended"
