"""决定后公示 on the pages: whoever looks reads where the case stands, and is offered what can be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.config import Settings
from core.data import models as m
from core.data.asker import asking
from core.data.queries import clocks as stays
from core.errors import Forbidden
from core.services import assignments
from tests import scenes
from tests.integration.publications.conftest import ANNOUNCED, ISSUED, LAST, OVER, After, set_workflow
from tests.scenes import Scene

pytestmark = pytest.mark.one_engine

S = m.CaseState


def test_the_case_and_its_lists_say_where_it_stands(after: After, client_as: Callable[..., Any]) -> None:
    session, case = after.session, after.issued()
    founder = client_as(session.get_one(m.User, case.created_by_id))
    second, payer = client_as(after.staff["second"]), client_as(after.staff["payer"])
    window, admin = client_as(after.staff["window"]), client_as(after.staff["admin"])
    session.commit()
    at = f"/cases/{case.id}"

    mine = founder.get(at).text
    assert "通知书已发出，即将公示" in mine
    assert "核定结果接下来公示5个工作日" in mine
    assert mine.index(">批准<") < mine.index(">发文<") < mine.index(">公示<") < mine.index(">拨付<")
    offered = second.get(at).text
    assert "已发文，待公示" in offered
    assert f'action="{at}/moves/announce"' in offered
    assert f"{at}/moves/object" not in offered
    assert "拟核定" not in offered
    home = second.get("/home/desk").text
    assert "已发文，待公示" in home
    assert case.number in home
    assert case.number not in payer.get("/home/desk").text
    assert "待公示" in payer.get("/payouts/payable").text
    assert case.number in payer.get("/payouts/payable?standing=to_announce").text
    refused = payer.post("/payouts", data={"ids": [str(case.id)]}, follow_redirects=True)
    assert "的核定结果还没有公示" in refused.text

    assert second.post(f"{at}/moves/announce", data={}).status_code == 302
    session.expire_all()
    assert case.published_on == after.today == ISSUED
    ends = case.publication_ends_on
    assert ends is not None
    mine = founder.get(at).text
    assert "通知书已发出，公示中" in mine
    assert "核定结果公示到2026年11月16日" in mine
    assert "开始公示核定结果" in mine  # the history
    assert "已发文，公示中" in second.get(at).text
    assert f"{at}/moves/announce" not in second.get(at).text
    assert f"{at}/moves/object" in window.get(at).text
    for client in (second, payer, window):
        assert case.number not in client.get("/home/desk").text
    assert "已发文，公示中" in admin.get("/cases").text
    assert case.number in admin.get("/cases?state=issued").text
    after.on(ANNOUNCED.replace(day=17))
    assert case.number in payer.get("/home/desk").text
    assert "资金会付到下面的收款账户" in founder.get(at).text
    assert case.number in payer.get("/payouts/payable?standing=ready").text


def test_the_page_offers_what_an_objection_leads_to(after: After, client_as: Callable[..., Any]) -> None:
    session, case = after.session, after.announced()
    after.step("window", case, "object", LAST, opinion="收到实名异议，予以核查")
    second, founder = client_as(after.staff["second"]), client_as(session.get_one(m.User, case.created_by_id))
    session.commit()
    at = f"/cases/{case.id}"
    page = second.get(at).text
    for code, there in (("dismiss_objection", True), ("propose_revocation", True), ("uphold_objection", False)):
        assert (f"{at}/moves/{code}" in page) is there
    said = {"opinion": "经查房租由关联方支付。", "reasons": ["false_statement"]}
    refused = second.post(f"{at}/moves/uphold_objection", data=said)
    assert (refused.status_code, "不能退回初审" in refused.text) == (409, True)
    assert "公示收到异议，核查中" in founder.get(at).text
    assert second.post(f"{at}/moves/propose_revocation", data=said).status_code == 302
    assert "拟撤销，请陈述申辩" in founder.get(at).text


def test_the_board_names_who_is_to_announce(after: After, client_as: Callable[..., Any]) -> None:
    session, case = after.session, after.issued()
    admin = client_as(after.staff["admin"])
    session.commit()
    after.on(ISSUED.replace(day=30))  # the limit of 15 working days ends in sight
    assert case.number in admin.get("/oversight?desk=second_reviewer").text
    assert case.number not in admin.get("/oversight?desk=payer").text
    assert "已发文，待公示" in admin.get("/oversight").text
    after.step("second", case, "announce", ANNOUNCED)
    after.on(OVER.replace(month=12, day=7))
    assert case.number in admin.get("/oversight?desk=payer").text
    assert case.number not in admin.get("/oversight?desk=second_reviewer").text


@pytest.fixture
def unnoticed(app: Flask, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A district whose policy gives no public notice."""
    registry = app.extensions["registry"]
    set_workflow(registry, monkeypatch, publication_days=0)
    real = core.today()
    monkeypatch.setattr(core, "today", lambda: real.replace(year=2026, month=11, day=10))
    with app.app_context():
        return Scene(session, registry, settings.files)


def test_without_a_notice_a_reviewed_case_waits_at_the_approver(
    unnoticed: Scene, client_as: Callable[..., Any]
) -> None:
    session, case = unnoticed.session, unnoticed.until(S.SECOND_REVIEW)
    second, approver, admin = (client_as(unnoticed.staff[who]) for who in ("second", "approver", "admin"))
    session.commit()
    clock = stays.running(session, case)
    assert clock is not None
    assert clock.desk is m.Role.APPROVER
    board = admin.get("/oversight").text
    assert case.number in board
    assert "复审通过，待批准" in board
    assert case.number in admin.get("/oversight?desk=approver").text
    assert case.number not in admin.get("/oversight?desk=second_reviewer").text
    assert case.number in approver.get("/home/desk").text
    assert case.number not in second.get("/publications/new").text
    assert (
        "审核已通过，正在报请批准"
        in client_as(session.get_one(m.User, case.created_by_id)).get(f"/cases/{case.id}").text
    )
    with asking(session, unnoticed.as_user(unnoticed.staff["second"])), pytest.raises(Forbidden):
        assignments.take(session, case)
    with asking(session, unnoticed.as_user(unnoticed.staff["approver"])):
        assignments.take(session, case)
    session.commit()
    assert session.scalars(select(m.CaseAssignment.role)).all()[-1] is m.Role.APPROVER
    unnoticed.act(unnoticed.staff["approver"], case, "approve", scenes.APPROVED, confirmed=True)
    assert (case.notice_days, case.state) == (None, S.APPROVED)
