"""Asking for what is overdue: whom, what the letter says, by mail or paper, once for each level."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.errors import Conflict, Invalid
from core.jobs import dunning as mailing
from core.letters.contents import page_texts
from core.services import billing, dunning, jobs
from core.services.billing import Asked
from core.services.mail import FileMailer
from tests import factories as f

REMINDER, DEMAND, FINAL = dunning.LEVELS
PRINT, MAIL = m.DunningHow.PRINT, m.DunningHow.MAIL


@pytest.fixture
def tenant(session: Session) -> m.Tenant:
    operator = f.operator(session, f.district(session), name="示例园")
    session.add(m.BillingBook(operator_id=operator.id, from_month="2026-01"))
    made = f.tenant(session, operator, name="青禾公司", contact_email=None)
    session.commit()
    return made


def bill(session: Session, tenant: m.Tenant, due_on: date, fen: int = 10_000) -> m.Bill:
    return billing.ask_for(
        session, tenant, [Asked(m.Fee.OTHER, fen)], kind=m.BillKind.OPENING, due_on=due_on, today=due_on
    )


def due(session: Session, tenant: m.Tenant, today: date, **more: Any) -> list[tuple[m.DunningLevel, int, int]]:
    rule = dunning.rule_of(session, tenant.operator_id)
    return [(it.level, len(it.bills), it.total_fen) for it in dunning.due(session, rule, today, **more)]


def test_each_level_once_a_bill_until_begun_anew(session: Session, tenant: m.Tenant) -> None:
    first = date(2026, 3, 1)
    bill(session, tenant, first)
    days = [first + timedelta(days=n) for n in range(60)]
    sent = []
    for n, today in enumerate(days):
        if n == 20:
            bill(session, tenant, today, 500)
        for level, bills, fen in due(session, tenant, today):
            made = dunning.send(session, tenant, PRINT, today)
            sent.append((n, level, bills, fen))
            assert (made.level, made.total_fen) == (level, fen)
            with pytest.raises(Conflict, match="没有到级次"):
                dunning.send(session, tenant, PRINT, today)
    assert sent == [
        (3, REMINDER, 1, 10_000), (15, DEMAND, 1, 10_000), (23, REMINDER, 2, 10_500), (30, FINAL, 2, 10_500),
        (35, DEMAND, 2, 10_500), (50, FINAL, 2, 10_500),
    ]  # fmt: skip
    assert dunning.restart(session, tenant) == 2
    assert due(session, tenant, days[-1]) == [(REMINDER, 2, 10_500)]
    again = session.scalars(select(m.DunningBill).where(m.DunningBill.level == REMINDER)).first()
    assert again is not None
    twice = m.DunningBill(
        dunning_id=again.dunning_id + 1, bill_id=again.bill_id, level=REMINDER, rest_fen=1, days=1,
        operator_id=tenant.operator_id, tenant_id=tenant.id,
    )  # fmt: skip
    dunning.send(session, tenant, PRINT, days[-1])
    session.add(twice)
    with pytest.raises(IntegrityError):
        session.flush()


def test_on_hold_nobody_is_asked(session: Session, tenant: m.Tenant) -> None:
    today = date(2026, 4, 1)
    bill(session, tenant, date(2026, 3, 1))
    with pytest.raises(Invalid, match="一年内"):
        dunning.hold(session, tenant, until=today - timedelta(days=1), reason="分期", today=today)
    dunning.hold(session, tenant, until=today + timedelta(days=5), reason="分期", today=today)
    assert due(session, tenant, today + timedelta(days=5)) == []
    assert due(session, tenant, today, held=True) == due(session, tenant, today + timedelta(days=6))
    with pytest.raises(Conflict, match="已暂停"):
        dunning.send(session, tenant, PRINT, today)
    dunning.lift(session, tenant, today)
    assert due(session, tenant, today) == [(REMINDER, 1, 10_000)]
    with pytest.raises(Invalid, match="没有可用的邮箱"):
        dunning.send(session, tenant, MAIL, today)
    with pytest.raises(Invalid, match="依次增加"):
        dunning.set_rule(
            session, tenant.operator_id, reminder_days=9, demand_days=9, final_days=30, grace_days=7, pay_to="",
            by_itself=True,
        )  # fmt: skip


def test_the_daily_job_sends_only_where_that_is_wanted(
    app: Flask, session: Session, tenant: m.Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mail with the letter; what could not be sent is sent the next day, and nothing twice."""
    jobs.bind(jobs.Recorder())
    f.user(session, m.Role.FOUNDER, tenant=tenant, email="founder@example.org")
    bill(session, tenant, core.today().date() - timedelta(days=4))
    session.commit()
    monkeypatch.setitem(app.extensions, "mailer", FileMailer(tmp_path))
    assert (mailing.ask(app), mailing.send(app)) == (0, 0)
    days = {"reminder_days": 3, "demand_days": 15, "final_days": 30, "grace_days": 7}
    dunning.set_rule(session, tenant.operator_id, **days, pay_to="户名：示例园\n账号：123", by_itself=True)
    session.commit()

    class Down:
        def send(self, message: object) -> None:
            raise OSError("no route")

    monkeypatch.setitem(app.extensions, "mailer", Down())
    assert (mailing.ask(app), mailing.send(app)) == (1, 0)
    monkeypatch.setitem(app.extensions, "mailer", FileMailer(tmp_path))
    assert (mailing.ask(app), mailing.send(app), mailing.send(app)) == (0, 1, 0)
    [mail] = [path.read_text() for path in tmp_path.glob("*.eml")]
    assert "founder@example.org" in mail
    assert "application/pdf" in mail
    made = session.scalars(select(m.Dunning)).one()
    assert (made.how, made.mailed_to, made.sent_by_id) == (MAIL, "founder@example.org", None)


def test_the_pages(session: Session, tenant: m.Tenant, client_as: Callable[..., Any]) -> None:
    operator, today = session.get_one(m.Operator, tenant.operator_id), core.today().date()
    manager = client_as(f.user(session, m.Role.OPERATOR_MANAGER, operator=operator))
    founder = client_as(f.user(session, m.Role.FOUNDER, tenant=tenant, email="founder@example.org"))
    assert "没有欠款" in manager.get("/arrears").text
    made = bill(session, tenant, today - timedelta(days=40), 123_456)
    other = f.tenant(session, operator, name="白塔公司", contact_email=None, stage=m.Stage.EXITED)
    bill(session, other, today - timedelta(days=4), 500)
    shown = manager.get("/arrears").text
    assert "1,234.56" in shown
    assert "1,239.56" in shown, "the sum"
    assert "1,239.56" not in manager.get("/arrears?state=gone").text
    assert "白塔公司" not in manager.get("/arrears?age=d60").text
    assert "青禾公司" not in manager.get(f"/arrears?on={today - timedelta(days=41)}").text
    assert "青禾公司,没有协议" in manager.get("/arrears/export?format=csv").text
    assert "2家可催缴" in manager.get("/home/operator").text
    page = manager.get(f"/arrears/{tenant.id}").text
    assert made.number in page
    said = "".join("".join(page_texts(manager.get(f"/arrears/{tenant.id}/letter").data)).split())
    for words in ("付款提醒", "青禾公司", "1,234.56", "壹仟贰佰叁拾肆元伍角陆分", "预览", made.number):
        assert words in said, words

    refused = manager.post("/dunning/rules", data={"reminder_days": "9", "demand_days": "2", "final_days": "x"})
    assert (refused.status_code, 'value="9"' in refused.text) == (422, True)
    days = {"reminder_days": "5", "demand_days": "15", "final_days": "30", "grace_days": "7", "pay_to": "账号：123"}
    assert manager.post("/dunning/rules", data=days).status_code == 302
    shown = manager.get("/dunning").text
    assert "发出1份催缴函？" in shown
    assert "白塔公司" not in shown
    assert manager.post("/dunning/letters", data={"tenant": other.id}).status_code == 302
    assert session.scalars(select(m.Dunning)).all() == [], "who was not seen on the page, or is not due, is not asked"
    assert manager.post("/dunning/letters", data={"tenant": tenant.id}).status_code == 302
    letter = session.scalars(select(m.Dunning)).one()
    assert (letter.how, letter.tenant_id) == (MAIL, tenant.id)
    assert "没有要催缴的" in manager.get("/dunning").text
    assert letter.number in founder.get("/dunning/letters").text
    said = "".join("".join(page_texts(founder.get(f"/dunning/letters/{letter.id}").data)).split())
    assert letter.number in said
    assert "账号：123" in said
    assert founder.get("/dunning").status_code == 403
    assert manager.post(f"/arrears/{tenant.id}/dunning", data={"how": "print"}).status_code == 422
    held = {"hold-until": f"{today + timedelta(days=9)}", "hold-reason": ""}
    assert manager.post(f"/arrears/{tenant.id}/hold", data=held).status_code == 422
    assert manager.post(f"/arrears/{tenant.id}/hold", data=held | {"hold-reason": "分三期"}).status_code == 302
    assert "分三期" in manager.get(f"/arrears/{tenant.id}").text
    assert manager.post(f"/arrears/{tenant.id}/hold/lifting").status_code == 302
    assert manager.post(f"/arrears/{tenant.id}/restart").status_code == 302
    assert "发出1份催缴函？" in manager.get("/dunning").text
    assert "还有1张账单未付，共1,234.56元" in manager.get(f"/tenants/{tenant.id}/leaving").text


def test_receipt_and_account(session: Session, tenant: m.Tenant, client_as: Callable[..., Any]) -> None:
    operator, today = session.get_one(m.Operator, tenant.operator_id), core.today().date()
    manager = client_as(f.user(session, m.Role.OPERATOR_MANAGER, operator=operator))
    founder = client_as(f.user(session, m.Role.FOUNDER, tenant=tenant, email="founder@example.org"))
    asked: dict[str, Any] = {"kind": m.BillKind.EXTRA, "due_on": today, "today": today}
    made = billing.ask_for(session, tenant, [Asked(m.Fee.SERVICE, 30_000, what="装修管理")], **asked)
    deposit = billing.ask_for(session, tenant, [Asked(m.Fee.DEPOSIT, 50_000)], **asked)
    given: dict[str, Any] = {"received_on": today, "method": m.PaymentMethod.TRANSFER, "today": today}
    held = billing.record(session, tenant, amount_fen=50_000, bill=deposit, reference="流水1", **given)
    given |= {"payer_name": "某某集团", "reference": "流水2"}
    paid = billing.record(session, tenant, amount_fen=31_000, bill=made, **given)
    session.commit()

    def receipt(client: Any, payment: m.Payment) -> str:
        return "".join("".join(page_texts(client.get(f"/payments/{payment.id}/receipt").data)).split())

    assert f"/payments/{paid.id}/receipt" in founder.get(f"/bills/{made.id}").text
    said = receipt(founder, paid)
    for word in ("收据", "某某集团（代青禾公司付款）", "叁佰壹拾元整", "装修管理", made.number, "预收款", "10.00"):
        assert word in said, word
    assert "押金收据" in receipt(manager, held)
    billing.reverse(session, paid, "退回")
    assert "本收据已作废：退回" in receipt(founder, paid)

    page = founder.get(f"/tenants/{tenant.id}/account").text
    assert "收款冲销" in page
    assert "300.00" in page
    assert "备注" not in page, "parts of the file that are the operator's own"
    rows = manager.get(f"/tenants/{tenant.id}/account/export?format=csv").text.splitlines()
    assert len(rows) == 1 + 2 + 5
    assert rows[-1].endswith("300.00")
    said = "".join("".join(page_texts(founder.get(f"/tenants/{tenant.id}/account/paper").data)).split())
    for word in ("对账单", "青禾公司", "叁佰元整", "示例园"):
        assert word in said, word
    before = founder.get(f"/tenants/{tenant.id}/account?first=2020-01-01&last=2020-12-31").text
    assert "收款冲销" not in before
