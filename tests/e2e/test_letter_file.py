"""The auditor's desk in a browser: from a figure of a letter to its evidence line, and on to the paper."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.data import models as m
from core.services import files
from tests import scenes
from tests.e2e.conftest import Town
from tests.e2e.test_journey import issued
from tests.support.site import Clock
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

HIGHLIGHT = "rgb(253, 241, 215)"  # --amber-soft


def test_from_a_figure_to_the_paper(town: Town, clock: Clock, enter: Callable[..., Visitor]) -> None:
    letter = letter_with_a_voucher(town, clock)
    auditor = enter(town.staff["auditor"])
    auditor.open("/")
    auditor.look("通知书")
    expect(auditor.page.locator(".list-sum")).to_contain_text("合计1份，12,000.00元")
    auditor.page.locator(".list-more > summary").click()
    with auditor.page.expect_response(lambda answer: "amount_to=1" in answer.url):
        auditor.page.get_by_label("金额（元）：到").fill("11999.99")
        auditor.page.get_by_label("金额（元）：到").press("Tab")
    expect(auditor.page.locator("main")).to_contain_text("没有符合条件的记录")
    auditor.follow("清除全部条件")
    auditor.follow(letter.number)
    auditor.look(letter.number)
    page = auditor.page

    # the letter stands beside its basis
    picture = page.locator(".beside-letter img").first
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") == 900
    basis = page.locator(".beside-basis").bounding_box()
    beside = page.locator(".beside-letter").bounding_box()
    assert basis
    assert beside
    assert beside["x"] + beside["width"] <= basis["x"]

    page.locator("#line-1 .amount a").click()
    row = page.locator("#e-R-L1-2025-11")
    expect(row).to_be_in_viewport()
    expect(row.locator("td").first).to_have_css("background-color", HIGHLIGHT)
    expect(row).to_contain_text("一致")
    auditor.look(letter.number)  # as accessible with something lit up

    with page.expect_navigation():
        row.get_by_role("link", name="租金支付凭证.pdf").click()
    auditor.look()
    expect(page.locator(".leaf img").first).to_have_js_property("complete", True)
    assert page.locator(".leaf").count() == 2


def test_on_a_phone(town: Town, clock: Clock, enter: Callable[..., Visitor]) -> None:
    """One after the other, with a way between the parts."""
    letter = letter_with_a_voucher(town, clock)
    auditor = enter(town.staff["auditor"], phone=True)
    auditor.open(f"/letters/{letter.id}")
    auditor.look(letter.number)
    auditor.page.get_by_role("navigation", name="本页内容").get_by_role("link", name="凭据").click()
    expect(auditor.page.locator("#evidence h2")).to_be_in_viewport()
    auditor.look(letter.number)


def letter_with_a_voucher(town: Town, clock: Clock) -> m.Letter:
    session, scene = town.scene.session, town.scene
    kept = files.accept(session, scene.files, town.tenant, files.check("租金支付凭证.pdf", scenes.paper(2)))
    for payment in session.scalars(select(m.RentPayment).where(m.RentPayment.tenant_id == town.tenant.id)):
        payment.paper_sha256 = kept.sha256
    clock.day = scenes.APPROVED
    scene.until(m.CaseState.APPROVED, town.tenant)
    session.commit()
    return issued(town)
