"""A district's value in the browser: drafted and checked by one person, published by another, had by a startup."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from core.web.accounts import new_totp_secret
from tests import scenes
from tests.e2e.conftest import Town
from tests.e2e.test_journey import sign_in_with_code
from tests.factories import PASSWORD
from tests.support.site import Clock, Site
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TITLE = "创业场地房租补贴"
PAGE = "/policies/rent_subsidy/parameters"


def test_from_a_draft_to_what_a_startup_may_have(
    site: Site, town: Town, clock: Clock, visit: Callable[..., Visitor]
) -> None:
    author = visit()
    author.sign_in(town.staff["first"].email, PASSWORD)
    author.open(PAGE)
    author.look("参数")
    author.press("起草新值", author.page.locator("header.head"))
    author.look("参数草案")
    write(author)
    check_golden_cases(author)
    author.press("提交给另一个人公布")
    expect(author.page.locator("h1")).to_contain_text("待公布")

    approver = town.staff["approver"]
    approver.tf_primary_method, approver.tf_totp_secret = "authenticator", new_totp_secret(site.app)
    town.scene.session.commit()
    second = visit()
    sign_in_with_code(second, approver, site.app)
    second.look("待办")
    second.follow("区办公会决定提高上限")
    second.look("参数草案")
    second.follow("核对并公布")
    second.look("核对并公布")
    expect(second.sheet("改变的数值")).to_contain_text("3,200.00 元")
    expect(second.sheet("受影响的在办申请件")).to_contain_text("没有在办的申请件会因此改变")
    second.page.get_by_label("我已核对").check()
    second.press("公布")
    second.look("参数")
    expect(second.sheet("公布记录")).to_contain_text("first员起草，approver员公布")

    founder = visit(phone=True)
    founder.sign_in(town.founder.email, PASSWORD)
    expect(founder.sheet(TITLE)).to_contain_text("12,000.00")
    clock.day = scenes.ACCEPTED
    founder.open("/home/startup")
    expect(founder.sheet(TITLE)).to_contain_text("12,800.00")
    founder.open("/policies/rent_subsidy")
    founder.look(TITLE)
    expect(founder.sheet("参数")).to_contain_text("本区公布")


def write(author: Visitor) -> None:
    """A row, half of it first: it is kept, and what is missing is told."""
    page = author.page
    page.locator("#add").select_option("cap_per_head_year_fen")
    author.press("添加一行")
    page.get_by_label("数值").fill("3,200")
    expect(page.locator("[data-autosave-status]")).to_have_attribute("data-state", "saved")
    expect(page.locator("#check")).to_contain_text("请写明出处")
    page.get_by_label("自何日起").fill(str(scenes.ACCEPTED))
    page.get_by_label("出处").fill("区办公会2026年第12次会议")
    page.get_by_label("可信程度").select_option("verified")
    page.locator("#note").fill("区办公会决定提高上限")
    expect(page.locator("#check")).to_contain_text("尚未认可")
    page.reload()
    author.look("参数草案")
    expect(page.get_by_label("数值")).to_have_value("3,200")


def check_golden_cases(author: Visitor) -> None:
    page = author.page
    first = page.locator(".table-golden tbody tr").first
    first.locator("input").fill("1.00")
    author.press("核对所填金额")
    expect(page.locator("#check")).to_contain_text("与核算结果不一致")
    fill_in(page)
    author.press("核对所填金额")
    author.look("参数草案")
    expect(page.locator("#check")).to_contain_text("全部通过")


def fill_in(page: Page) -> None:
    """As if each had been worked out by hand."""
    for row in page.locator(".table-golden tbody tr").all():
        row.locator("input").fill(row.locator("td").nth(3).locator("b").inner_text().removesuffix(" 元"))
