"""The pages of clocks: a case's card and its acts, the board, orders, the calendar, what each reader sees."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.config import Settings
from core.data import models as m
from tests import factories, scenes
from tests.scenes import Scene

pytestmark = pytest.mark.one_engine

UNPUBLISHED = "2027年节假日安排尚未公布，按周末推算"


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings) -> Scene:
    with app.app_context():
        return Scene(session, app.extensions["registry"], settings.files)


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    """Sets the day."""

    def set_day(day: date) -> None:
        now = core.datetime.combine(day, core.datetime.min.time(), core.SHANGHAI).replace(hour=10)
        monkeypatch.setattr(core, "today", lambda: now)

    return set_day


def test_the_card_of_a_case(scene: Scene, client_as: Callable[..., Any], on: Callable[[date], None]) -> None:
    case = scene.until(m.CaseState.ACCEPTED)
    mate = factories.user(scene.session, m.Role.FIRST_REVIEWER, district=scene.district, name="同岗员")
    founder = scene.founder_of(case.tenant)
    on(scenes.REVIEWED)
    first, second = client_as(scene.staff["first"]), client_as(mate)
    window, admin, applicant = (client_as(u) for u in (scene.staff["window"], scene.staff["admin"], founder))
    page = f"/cases/{case.id}"

    refused = first.post(f"{page}/pause", data={"reason": "", "note": "等区市场监管局回函"})
    assert refused.status_code == 422
    assert "等区市场监管局回函" in refused.text  # nothing typed is lost
    said = {"reason": "outside_check", "note": "等区市场监管局回函"}
    assert first.post(f"{page}/pause", data=said).status_code == 302
    assert "等待外部核查：等区市场监管局回函" in first.get(page).text
    told = applicant.get(page).text
    assert "正在请其他部门核实情况" in told
    assert "市场监管局" not in told
    assert "2026年11月5日起暂停计时" in window.get("/cases?due=paused").text
    assert case.number not in window.get("/cases?due=ahead&state=submitted").text
    first.post(f"{page}/resumption")

    # Had by one of a desk: the other is shown no move until it is taken over, from whom it shows.
    second.post(f"{page}/taking")
    shown = first.get(page).text
    assert "本件由同岗员经办" in shown
    assert "/moves/first_pass" not in shown
    over = re.search(r'name="over" value="(\d+)"', shown)
    assert over is not None
    assert case.number in second.get("/cases?had=mine").text
    assert case.number in second.get("/home/desk?had=mine").text
    assert first.post(f"{page}/taking", data={"over": "1000"}).status_code == 409
    first.post(f"{page}/taking", data={"over": over[1]})
    assert "/moves/first_pass" in first.get(page).text
    assert case.number not in second.get("/cases?had=mine").text
    assert "同岗员" in window.get(f"{page}/assignment").text
    assert window.post(f"{page}/assignment", data={"user_id": scene.staff["payer"].id}).status_code == 422
    window.post(f"{page}/assignment", data={"user_id": mate.id})
    first.post(f"{page}/assignment/end")  # not hers any more
    assert scene.session.scalars(select(m.CaseAssignment).where(m.CaseAssignment.ended_at.is_(None))).one()
    second.post(f"{page}/assignment/end")

    assert "8个工作日" in window.get(f"{page}/green-lane").text
    window.post(f"{page}/green-lane", data={"reason": "talent", "note": "区级人才项目"})
    assert "绿色通道" in applicant.get(page).text
    assert "区级人才项目" not in applicant.get(page).text
    assert case.number in admin.get("/cases?green=yes&sort=due_on").text
    assert window.post(f"{page}/green-lane/end", data={"reason": ""}).status_code == 422
    window.post(f"{page}/green-lane/end", data={"reason": "项目取消了"})
    assert case.number not in admin.get("/cases?green=yes").text
    assert first.get(f"{page}/green-lane").status_code == 403


def test_the_board_orders_and_the_calendar(
    scene: Scene, client_as: Callable[..., Any], on: Callable[[date], None]
) -> None:
    case, fresh = scene.until(m.CaseState.ACCEPTED), scene.until(m.CaseState.SUBMITTED)
    on(date(2026, 11, 26))
    admin, first, auditor = (client_as(scene.staff[name]) for name in ("admin", "first", "auditor"))
    board = admin.get("/oversight").text
    for words in ("逾期 2 个工作日", "区就业促进中心", "专窗初审", "逾期 13 个工作日", "待领取", "1个工作日"):
        assert words in board, words
    assert fresh.number not in admin.get("/oversight?desk=first_reviewer").text
    assert case.number in admin.get("/oversight?desk=first_reviewer&due=late").text
    assert case.number in admin.get("/oversight/export?format=csv").text
    assert auditor.get("/oversight").status_code == 200

    new = f"/cases/{case.id}/orders/new"
    refused = admin.post(new, data={"text": "请说明超期原因", "wanted_on": "2026-11-25"})
    assert refused.status_code == 422
    assert "请说明超期原因" in refused.text
    sent = admin.post(new, data={"text": "请说明超期原因", "wanted_on": "2026-11-27"})
    assert sent.status_code == 302
    assert "1 份督办单" in first.get("/home/desk").text
    assert "请说明超期原因" in first.get(f"/cases/{case.id}").text
    assert admin.post(f"{sent.location}/answer", data={"answer": "不该由我"}).status_code == 403
    assert first.post(f"{sent.location}/answer", data={"answer": "等"}).status_code == 422
    first.post(f"{sent.location}/answer", data={"answer": "企业材料刚到，今日办结"})
    assert "企业材料刚到" in admin.get(sent.location).text
    assert case.number in admin.get("/oversight/orders?state=answered").text
    assert case.number not in admin.get("/oversight/orders?state=waiting").text

    on(date(2026, 11, 20))
    assert "春节" in first.get("/holidays").text
    assert "2027年节假日安排尚未公布" in first.get("/holidays?year=2027").text
    assert first.get("/holidays/new").status_code == 403
    wanted = {"first": "2026-11-23", "last": "2026-11-24", "working": "no", "note": "台风停工"}
    assert admin.get("/holidays/new", query_string=wanted | {"last": "2026-11-22"}).status_code == 422
    shown = admin.get("/holidays/new", query_string=wanted).text
    assert "将调整1件申请件的时限" in shown
    seen = re.search(r'name="seen" value="([^"]+)"', shown)
    assert seen is not None
    stale = admin.post("/holidays/new", data=wanted | {"seen": "sha256:0"})
    assert stale.status_code == 422
    assert "核对新的清单" in stale.text
    admin.post("/holidays/new", data=wanted | {"seen": seen[1]})
    assert "2026年11月26日" in admin.get(f"/cases/{case.id}").text
    row = scene.session.scalars(select(m.CalendarDay).order_by(m.CalendarDay.day)).first()
    assert row is not None
    remove = f"/holidays/{row.id}/removal"
    seen = re.search(r'name="seen" value="([^"]+)"', admin.get(remove).text)
    assert seen is not None
    assert admin.post(remove, data={"reason": "", "seen": seen[1]}).status_code == 422
    admin.post(remove, data={"reason": "通知取消", "seen": seen[1]})
    assert "2026年11月25日" in admin.get(f"/cases/{case.id}").text

    # Over the end of the year, and said so wherever the day is shown.
    scene.act(scene.staff["first"], case, "first_pass", date(2026, 12, 18))
    assert case.due_on == date(2027, 1, 1)
    on(date(2026, 12, 31))
    for path in (f"/cases/{case.id}", "/cases", "/oversight", "/cases/export?format=csv&columns=number,clock_note"):
        assert UNPUBLISHED in admin.get(path).text, path
    assert UNPUBLISHED in client_as(scene.staff["second"]).get("/home/desk").text
