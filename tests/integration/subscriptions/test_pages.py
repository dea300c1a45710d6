"""The operator's own page, the platform's list, setting by hand, and the mails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.errors import Conflict, Invalid
from core.jobs import subscribing
from core.services import subscriptions
from core.services.mail import FileMailer
from core.services.subscriptions import Offer, reminders
from tests import factories as f
from tests.integration.conftest import Client
from tests.integration.subscriptions.conftest import over, subscribe

pytestmark = pytest.mark.one_engine

S = m.SubscriptionStatus


@pytest.fixture
def platform(session: Session, client_as: Callable[..., Client]) -> Client:
    return client_as(f.user(session, m.Role.PLATFORM_ADMIN))


def test_an_operator_sees_what_it_uses(
    session: Session, operator: m.Operator, manager: m.User, client_as: Callable[..., Client], today: date
) -> None:
    f.site(session, operator)
    f.tenant(session, operator)
    staff = client_as(f.user(session, m.Role.OPERATOR_STAFF, operator=operator))
    client = client_as(manager)
    assert "试用会在一天内开始" in client.get("/subscription").text
    row = subscribe(session, operator, S.TRIAL, plan="growth", trial_ends_on=today + timedelta(days=20))
    for reader in (client, staff):
        page = reader.get("/subscription").text
        assert "试用还有20天" in page
        assert "1 / 3" in page
        assert "1 / 150" in page
        assert "演示价格" in page
    assert "试用还有" not in client.get("/tenants").text, "only the last seven days are said on every page"
    row.trial_ends_on = today + timedelta(days=7)
    assert "试用还有7天" in client.get("/tenants").text


def test_the_platform_sets_a_plan_by_hand_with_a_payment(
    session: Session, operator: m.Operator, platform: Client, today: date
) -> None:
    row = over(session, operator)
    page = platform.get("/admin/subscriptions?state=read_only").text
    assert operator.name in page
    assert operator.name not in platform.get("/admin/subscriptions?state=active").text
    assert operator.name in platform.get("/admin/subscriptions/export?format=csv").get_data(as_text=True)
    until = today + timedelta(days=365)
    form = {
        "plan": "growth", "status": "active", "until": until.isoformat(), "amount_fen": "26800",
        "received_on": today.isoformat(), "reference": "流水77", "reason": "合同2026-12",
    }  # fmt: skip
    path = f"/admin/subscriptions/{operator.id}"
    refused = platform.post(path, data=form | {"reason": "", "until": "2020-01-01"})
    assert refused.status_code == 422
    assert "26800" in refused.text
    assert platform.post(path, data=form).status_code == 302
    session.refresh(row)
    assert (row.plan, row.status, row.paid_until) == ("growth", S.ACTIVE, until)
    shown = platform.get(path).text
    assert "流水77" in shown
    assert "合同2026-12" in shown
    event = session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "subscription.assign")).one()
    assert event.actor_id is not None
    assert event.operator_id == operator.id
    again = platform.post(path, data=form)
    assert again.status_code == 422
    assert "已经登记过" in again.text
    assert platform.post("/admin/subscriptions/999999", data=form).status_code == 404


def test_what_cannot_be_set(session: Session, operator: m.Operator, offer: Offer, today: date) -> None:
    for number in range(2):
        f.site(session, operator, name=f"{number}号楼")
    row = subscribe(session, operator, S.FREE, plan="growth")
    good: dict[str, Any] = {"plan": "growth", "status": S.ACTIVE, "until": today, "reason": "合同"}
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"plan": "starter"}, "“入门”最多1处载体、30家在孵企业，现有2处、0家，不能改用"),
        ({"until": None}, "到哪一天为止"),
        ({"until": today - timedelta(days=1)}, "不能早于今天"),
        ({"until": today + timedelta(days=4000)}, "5年以内"),
        ({"status": S.CANCELED}, "手工只能设为"),
        ({"reason": " "}, "请写明原因"),
        ({"amount_fen": 0, "received_on": today, "reference": "1"}, "大于0"),
        ({"amount_fen": 5, "received_on": today + timedelta(days=1), "reference": "1"}, "收款日期"),
        ({"amount_fen": 5, "received_on": today, "reference": " "}, "流水号"),
        ({"amount_fen": 5, "received_on": today, "reference": "1", "status": S.TRIAL}, "已付费"),
    ]
    for wrong, said in wrongs:
        with pytest.raises(Invalid, match=said), session.begin_nested():
            subscriptions.assign(session, operator.id, today=today, **(good | wrong))
    row.source, row.status, row.paid_until = m.SubscriptionSource.STRIPE, S.ACTIVE, today
    session.flush()
    with pytest.raises(Conflict, match="Stripe"):
        subscriptions.assign(session, operator.id, today=today, **good)


def test_trials_begin_once_and_mails_go_once(
    app: Flask, session: Session, operator: m.Operator, manager: m.User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.commit()
    now: list[Any] = [date(2026, 12, 1)]
    monkeypatch.setattr(core, "today", lambda: core.datetime.combine(now[0], core.datetime.min.time(), core.SHANGHAI))
    monkeypatch.setitem(app.extensions, "mailer", FileMailer(tmp_path))
    assert (subscribing.begin_trials(app), subscribing.begin_trials(app)) == (1, 0)
    row = session.scalars(select(m.Subscription)).one()
    assert (row.plan, row.trial_ends_on) == ("growth", date(2026, 12, 30))
    session.rollback()
    sent = {}
    for _ in range(40):
        if told := subscribing.remind(app) + subscribing.remind(app):
            sent[now[0]] = told
        now[0] += timedelta(days=1)
    assert sent == dict.fromkeys((date(2026, 12, 23), date(2026, 12, 27), date(2026, 12, 29), date(2026, 12, 31)), 1)
    mails = [path.read_text() for path in tmp_path.glob("*.eml")]
    assert all("manager@example.org" in it for it in mails)
    with_new_end = session.scalars(select(m.Subscription)).one()
    with_new_end.trial_ends_on = date(2027, 2, 1)
    session.flush()
    assert [it.days for it in reminders.due(session, date(2027, 1, 30))] == [3]
    session.rollback()
