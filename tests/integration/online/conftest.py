"""A tenant with bills, and Stripe as a server in this process that the real library talks to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.config import Settings
from core.data import models as m
from core.data.asker import Asker
from core.jobs import online as units
from core.policy import Month
from core.services import billing, jobs, leases
from core.services.leases import Terms
from core.services.online.client import make_client
from tests import factories as f
from tests.support.stripe_server import InProcess, StripeServer

SECRET = "whsec_of_this_instance"
URLS = {"success_url": "http://localhost/back", "cancel_url": "http://localhost/left"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(
        settings, stripe_secret_key="sk_test_local", stripe_webhook_secret=SECRET, stripe_api_base="http://stripe.test"
    )


@pytest.fixture
def server(app: Flask, settings: Settings) -> Iterator[StripeServer]:
    made = StripeServer(secret=SECRET)
    app.extensions["stripe"] = make_client(settings, InProcess(made))
    before = jobs.bind(jobs.Recorder())
    yield made
    jobs.bind(before)


@pytest.fixture
def tenant(session: Session) -> m.Tenant:
    """With a deposit of 2,000.00, and a bill of 3,150.00 for three months."""
    today = core.today().date()
    operator = f.operator(session, f.district(session))
    made = f.tenant(session, operator, name="青禾（上海）公司")
    room = f.space(session, f.site(session, operator))
    month = Month.of(today)
    terms = Terms(
        [room], month.first, (month + 2).last, m.RateBasis.MONTH, 100_000, deposit_months=2, pay_months=3,
        fees={m.FeeKind.PROPERTY: 5_000},
    )  # fmt: skip
    leases.sign(session, leases.draft(session, made, terms), on=today, today=today)
    before = jobs.bind(jobs.Recorder())
    run = billing.ask(session, operator.id, month, today, begin=month)
    jobs.bind(before)
    after: int | None = 0
    while after is not None:
        after = billing.make_next(session, run, after, today)
    session.commit()
    return made


@pytest.fixture
def bill(session: Session, tenant: m.Tenant) -> m.Bill:
    """The one of three months' rent."""
    found = session.scalars(select(m.Bill).where(m.Bill.kind == m.BillKind.REGULAR)).one()
    session.commit()
    return found


@pytest.fixture
def post(app: Flask, session: Session) -> Callable[[bytes, dict[str, str]], int]:
    """What Stripe posts to: the webhook of the application."""
    client = app.test_client()

    def send(body: bytes, headers: dict[str, str]) -> int:
        return client.post("/stripe/webhook", data=body, headers=headers).status_code

    return send


def begin(app: Flask, session: Session, server: StripeServer, bill: m.Bill) -> str:
    """Press the button; returns Stripe's id of the page."""
    bill_id = bill.id
    session.commit()
    address = units.pay(app, Asker.system("tests"), bill_id, **URLS)
    assert address is not None
    session.expire_all()
    return address.rpartition("/")[2]
