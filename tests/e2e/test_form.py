"""The application form under impatient hands and slow networks, against the real server."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select, update

from core.data import models as m
from core.data.types import utcnow
from tests.e2e.conftest import Town
from tests.factories import PASSWORD
from tests.support.visitor import Visitor
from tests.support.wellformed import pdf

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
BANK = "示例银行外滩支行"


@pytest.fixture
def draft(town: Town) -> m.Case:
    """A draft with its papers, ready to be submitted."""
    made = town.scene.draft(town.tenant, town.founder)
    town.scene.session.commit()
    return made


@pytest.fixture
def founder(visit: Callable[..., Visitor], town: Town, draft: m.Case) -> Visitor:
    """The founder, with the draft open."""
    made = visit()
    made.sign_in(town.founder.email, PASSWORD)
    made.open(f"/cases/{draft.id}")
    return made


def warned(page: Page) -> bool:
    """Whether the browser asks before the page is left."""
    left: bool = page.evaluate("window.dispatchEvent(new Event('beforeunload', { cancelable: true }))")
    return not left


def submissions(town: Town) -> int:
    count = town.scene.session.scalar(select(func.count()).select_from(m.CaseEvent).where(m.CaseEvent.move == "submit"))
    town.scene.session.commit()
    return count or 0


def test_submitting_while_a_save_is_under_way(founder: Visitor, town: Town, draft: m.Case) -> None:
    """The save raises the draft's version, so what is submitted waits for it and carries the new one."""
    reached = []

    def slowly(route: Route) -> None:
        answer = route.fetch()
        reached.append(answer.status)
        time.sleep(1.5)
        route.fulfill(response=answer)

    founder.page.route("**/draft", slowly)
    with founder.page.expect_request("**/draft"):
        founder.page.get_by_label("开户行").fill(BANK)
    founder.press("提交申请")
    expect(founder.page.locator("h1")).to_contain_text("已提交，等待受理")
    assert reached == [200]
    assert submissions(town) == 1
    town.scene.session.refresh(draft)
    assert draft.payee_bank == BANK
    town.scene.session.commit()


def test_a_second_window_does_not_overwrite_the_first(founder: Visitor, town: Town, draft: m.Case) -> None:
    other = founder.context.new_page()
    other.goto(founder.page.url)
    founder.page.get_by_label("开户行").fill(BANK)
    expect(founder.page.locator("[data-autosave-status]")).to_have_attribute("data-state", "saved")
    other.get_by_label("开户行").fill("另一家银行")
    status = other.locator("[data-autosave-status]")
    expect(status).to_have_attribute("data-state", "conflict")
    expect(status).to_contain_text("请先复制您填的内容，再刷新页面")
    expect(other.get_by_label("开户行")).to_have_value("另一家银行")
    assert warned(other)
    town.scene.session.refresh(draft)
    assert draft.payee_bank == BANK
    town.scene.session.commit()


def test_what_is_wrong_keeps_nothing_else_from_being_saved_and_is_not_lost(
    founder: Visitor, town: Town, draft: m.Case
) -> None:
    """A number that is not whole yet, one that is none, and a period that another application has."""
    town.scene.draft(town.tenant, town.founder, ("2024-01", "2024-12"))
    town.scene.session.commit()
    page, status = founder.page, founder.page.locator("[data-autosave-status]")
    account = page.locator("[name=payee_account]")
    page.get_by_label("联行号").fill("1022900000")
    expect(page.locator(".field-bad")).to_contain_text("联行号是12位数字")
    expect(status).to_have_attribute("data-state", "saved")
    account.fill("稍后再查")
    expect(status).to_have_attribute("data-state", "partial")
    page.get_by_label("开户行").fill(BANK)
    page.get_by_label("起始月份").fill("2024-12")
    page.get_by_label("截止月份").fill("2025-02")
    expect(page.locator(".field-bad", has_text="已包含这些月份")).to_be_visible()
    expect(page.get_by_label("起始月份")).to_have_value("2024-12")
    town.scene.session.refresh(draft)
    assert (draft.payee_bank_code, draft.payee_bank) == ("1022900000", BANK)
    assert draft.period_from != "2024-12"
    town.scene.session.commit()
    assert warned(page)

    page.locator(".upload-form[action$='/lease'] [type=file]").set_input_files(
        {"name": "补充协议.pdf", "mimeType": "application/pdf", "buffer": pdf(2)}
    )
    expect(page.locator("#documents")).to_contain_text("补充协议.pdf")
    expect(account).to_have_value("稍后再查")
    page.get_by_role("button", name="移除 补充协议.pdf").click()
    expect(page.locator("#documents")).not_to_contain_text("补充协议.pdf")
    account.fill("6222020000001111")
    page.get_by_label("起始月份").fill(draft.period_from)
    page.get_by_label("截止月份").fill(draft.period_to)
    expect(status).to_have_attribute("data-state", "saved")
    assert not warned(page)


def test_a_session_that_ended_loses_nothing(founder: Visitor, town: Town, draft: m.Case) -> None:
    page, status = founder.page, founder.page.locator("[data-autosave-status]")
    town.scene.session.execute(update(m.UserSession).values(ended_at=utcnow()))
    town.scene.session.commit()
    page.get_by_label("开户行").fill(BANK)
    expect(status).to_have_attribute("data-state", "expired")
    assert warned(page)
    with page.expect_response("**/account/login**"):
        page.get_by_role("button", name="提交申请").click()  # it stays here, with what was typed
    expect(page.get_by_label("开户行")).to_have_value(BANK)
    founder.complaints.clear()  # the saves that were refused
    with founder.context.expect_page() as opened:
        page.get_by_role("link", name="在新标签页登录").click()
    founder.page = opened.value
    founder.sign_in(town.founder.email, PASSWORD)
    founder.page = page
    page.evaluate("window.dispatchEvent(new Event('focus'))")  # she comes back to this tab
    expect(status).to_have_attribute("data-state", "saved")
    founder.complaints.clear()
    founder.press("提交申请")
    expect(page.locator("h1")).to_contain_text("已提交，等待受理")
    town.scene.session.refresh(draft)
    assert draft.payee_bank == BANK
    town.scene.session.commit()


def test_the_page_says_when_it_was_saved(founder: Visitor, draft: m.Case) -> None:
    status = founder.page.locator("[data-autosave-status] span")
    founder.page.get_by_label("开户行").fill(BANK)
    expect(status).to_have_text(re.compile(r"^已自动保存 \d\d:\d\d$"))
    founder.open(f"/cases/{draft.id}")
    expect(status).to_have_text(re.compile(r"^上次保存 .*\d\d:\d\d$"))


def test_a_paper_that_is_too_large_is_not_even_sent(founder: Visitor, draft: m.Case, tmp_path: Path) -> None:
    large = tmp_path / "扫描件.pdf"
    large.write_bytes(bytes(21 * 1024 * 1024))
    sent: list[str] = []
    founder.page.on("request", lambda request: sent.append(request.url) if "/documents/" in request.url else None)
    chosen = founder.page.locator(".upload-form input[type=file]").first
    chosen.set_input_files(large)
    expect(founder.page.locator("[data-drop-names] .is-bad").first).to_contain_text("扫描件.pdf 超过 20 MB")
    three = [{"name": f"{n}.pdf", "mimeType": "application/pdf", "buffer": bytes(8 << 20)} for n in "一二三"]
    chosen.set_input_files(three)
    expect(founder.page.locator("[data-drop-names] .is-bad").first).to_contain_text("合计 24.0 MB")
    assert sent == []


def test_papers_dropped_where_they_belong(founder: Visitor, town: Town, draft: m.Case) -> None:
    founder.drop(".upload-form[action$='/lease']", "补充协议.pdf", pdf(2))
    lease = founder.page.locator(".docs-item", has=founder.page.locator(".upload-form[action$='/lease']"))
    expect(lease).to_contain_text("补充协议.pdf")
