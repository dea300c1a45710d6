"""Somebody objects to what is under public notice: a receipt, an answer, and no approval before it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from core.data import models as m
from tests import scenes
from tests.e2e.conftest import Town
from tests.support.site import Clock
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

STATEMENT = "公示的办公地点长期无人办公，邻近租户可以作证，请核实。"
ANSWER = "经现场查看和核对考勤记录，该单位在公示地点实际办公。"


def test_an_objection_is_answered_before_the_approval(
    town: Town, clock: Clock, visit: Callable[..., Visitor], enter: Callable[..., Visitor]
) -> None:
    case = town.scene.until(m.CaseState.PUBLISHED, town.tenant)
    at, name = f"/cases/{case.id}", town.tenant.name
    town.scene.session.commit()

    clock.day = scenes.PUBLISHED
    neighbour = visit(phone=True)
    neighbour.open("/announcements")
    neighbour.page.locator("tbody a").first.click()
    neighbour.look("拟核定名单的公示")
    neighbour.page.get_by_label("对哪一家有异议").select_option(label=name)
    neighbour.page.get_by_label("异议内容").fill("有问题")
    neighbour.page.get_by_label("您的姓名或单位名称").fill("李守正")
    neighbour.page.get_by_label("手机号或邮箱").fill("13800000001")
    with neighbour.refused(422):
        neighbour.press("提交异议")
    expect(neighbour.page.get_by_label("您的姓名或单位名称")).to_have_value("李守正")
    neighbour.page.get_by_label("异议内容").fill(STATEMENT)
    neighbour.press("提交异议")
    receipt = neighbour.sheet("异议已收到").locator(".figure-value").inner_text()
    answered(neighbour, receipt, "正在处理")
    neighbour.look("公示")

    clock.day = scenes.APPROVED  # the notice is over, the objection is not
    approver = enter(town.staff["approver"])
    approver.open(at)
    with approver.refused(409):
        approver.act("批准", "同意")
    expect(approver.page.get_by_role("alert")).to_contain_text("1份异议尚未处理")

    second = enter(town.staff["second"])
    second.open(at)
    expect(second.sheet("异议")).to_contain_text(STATEMENT)
    expect(second.page.locator("main")).not_to_contain_text("李守正")
    second.act("登记异议", "转现场核查")
    expect(second.page.locator("h1")).to_contain_text("有异议，待核查")

    founder = enter(town.scene.founder_of(town.tenant), phone=True)
    founder.open(at)
    founder.look("公示收到异议，核查中")
    expect(founder.page.locator("main")).not_to_contain_text("无人办公")
    expect(founder.page.locator("main")).not_to_contain_text("李守正")

    second.act("异议不成立", ANSWER)
    expect(second.page.locator("h1")).to_contain_text("公示中")
    answered(neighbour, receipt, ANSWER)
    approver.open(at)
    approver.act("批准", "同意")
    expect(approver.page.locator("h1")).to_contain_text("已批准")


def answered(visitor: Visitor, receipt: str, with_: str) -> None:
    """What the receipt code brings up."""
    visitor.open("/announcements")
    visitor.page.get_by_label("回执码").fill(receipt.lower().replace("-", " "))
    visitor.press("查询")
    expect(visitor.sheet("查询异议的答复")).to_contain_text(with_)
