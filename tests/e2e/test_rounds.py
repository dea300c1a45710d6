"""A matching round from the register to the letter: the operator registers mentors, the startup says what it needs and
applies, one manager admits, runs, sets a pair and compares, another adopts, and anyone can check the letter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.data import models as m
from tests import factories, scenes
from tests.e2e.conftest import Town
from tests.e2e.test_journey import anyone_checks, issued, saved
from tests.factories import PASSWORD
from tests.support.site import Clock
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_from_the_register_to_the_letter(town: Town, clock: Clock, visit: Callable[..., Visitor]) -> None:
    session, scene = town.scene.session, town.scene
    second = factories.user(session, m.Role.OPERATOR_MANAGER, operator=scene.operator, name="任远")
    factories.mentor(
        session, scene.operator, name="何静", skills="股权融资、估值与投资协议", appointed_on=date(2026, 1, 1)
    )
    session.commit()
    tenant, adopter = town.tenant.name, second.email  # a look at an expired row would lock the database

    manager = visit()
    manager.sign_in(scene.manager.email, PASSWORD)
    register_a_mentor(manager)

    founder = visit(phone=True)
    founder.sign_in(town.founder.email, PASSWORD)
    founder.open("/mentoring")
    founder.page.get_by_label("具体想请导师帮什么").fill("第一轮股权融资怎么谈估值")
    founder.press("提交需求")
    founder.open("/home/startup")
    offer = founder.sheet("创业导师匹配")
    expect(offer).to_contain_text("可以得到一个名额")
    founder.press("开始申请", offer)
    founder.look("创业导师匹配")
    expect(founder.page.get_by_label("账号")).to_have_count(0)
    founder.page.get_by_label("如实说明").check()
    saved(founder)
    founder.press("提交申请")
    founder.look("已提交，等待受理")

    session.expire_all()
    case = session.scalars(select(m.Case)).one()
    session.commit()
    clock.day = scenes.ACCEPTED
    manager.open(f"/cases/{case.id}")
    manager.look("创业导师匹配")
    manager.act("受理")
    manager.open("/mentors")
    manager.follow("匹配轮次")
    manager.look("匹配轮次")
    manager.press("开始")
    manager.look("2026年11月")
    manager.press("计算")
    result = manager.sheet("第1次的结果")
    until_computed(manager, 1)
    expect(result).to_contain_text("何静")
    expect(result).to_contain_text("擅长所需：股权融资、估值")
    manager.look("2026年11月")
    expect(manager.page.get_by_role("button", name="采用第1次结果")).to_have_count(0)

    manager.page.get_by_text("指定或排除一对").click()
    manager.page.locator("[name=case_id]").select_option(label=tenant)
    manager.page.locator("[name=offer_ref]").select_option(label="宋岩（余2）")
    manager.page.get_by_label("指定", exact=True).check()
    manager.page.locator("[name=reason]").fill("双方已经谈过")
    manager.press("记下")
    manager.look("2026年11月")
    manager.press("重新计算")
    until_computed(manager, 2)
    manager.follow("与第2次比较")
    manager.look("2026年11月")
    compared = manager.sheet("第1次与第2次比较")
    expect(compared).to_contain_text("何静")
    expect(compared).to_contain_text("宋岩")
    assert manager.download("XLSX")[:2] == b"PK"

    other = visit()
    other.sign_in(adopter, PASSWORD)
    other.open("/rounds")
    other.follow("2026年11月")
    other.page.get_by_role("button", name="采用第2次结果").click()
    other.press("采用", other.page.get_by_role("dialog"))
    other.look("2026年11月")
    expect(other.page.locator("header.head")).to_contain_text("已采用")

    letter = issued(town)
    founder.open(f"/letters/{letter.id}")
    founder.look(letter.number)
    pdf = founder.download("下载PDF")
    anyone_checks(visit(phone=True), letter, pdf)
    founder.open("/mentoring")
    expect(founder.page.locator("main")).to_contain_text("宋岩")


def register_a_mentor(manager: Visitor) -> None:
    page = manager.page
    manager.open("/mentors/new")
    manager.look("登记导师")
    page.get_by_label("姓名").fill("宋岩")
    page.get_by_label("企业家").check()
    page.get_by_label("孵化机构").check()
    page.get_by_label("聘任日期").fill("2026-01-05")
    page.get_by_label("能帮企业做什么").fill("财税合规与内部控制")
    page.get_by_label("其他领域").fill("专业服务业")
    page.get_by_label("最多同时结对").fill("2")
    manager.press("保存")
    manager.look("宋岩")


def until_computed(manager: Visitor, number: int) -> None:
    """The page says so by itself."""
    row = manager.page.locator("#runs tbody tr", has=manager.page.get_by_role("cell", name=str(number), exact=True))
    expect(row.first).to_contain_text("已完成")
