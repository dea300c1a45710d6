"""The application form under impatient hands and slow networks, against the real server."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect
from sqlalchemy import func, select

from core.data import models as m
from tests.e2e.conftest import Town
from tests.factories import PASSWORD
from tests.scenes import paper
from tests.support.visitor import Visitor

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
    expect(status).to_contain_text("请刷新页面后再改")
    expect(other.get_by_label("开户行")).to_have_value("另一家银行")
    town.scene.session.refresh(draft)
    assert draft.payee_bank == BANK
    town.scene.session.commit()


def test_a_paper_that_is_too_large_is_not_even_sent(founder: Visitor, draft: m.Case, tmp_path: Path) -> None:
    large = tmp_path / "扫描件.pdf"
    large.write_bytes(bytes(21 * 1024 * 1024))
    sent: list[str] = []
    founder.page.on("request", lambda request: sent.append(request.url) if "/documents/" in request.url else None)
    chosen = founder.page.locator(".upload-form input[type=file]").first
    chosen.set_input_files(large)
    expect(founder.page.locator("[data-drop-names] .is-bad").first).to_contain_text("扫描件.pdf 超过 20 MB")
    assert sent == []


def test_papers_dropped_where_they_belong(founder: Visitor, town: Town, draft: m.Case) -> None:
    founder.drop(".upload-form[action$='/lease']", "补充协议.pdf", paper())
    lease = founder.page.locator(".docs-item", has=founder.page.locator(".upload-form[action$='/lease']"))
    expect(lease).to_contain_text("补充协议.pdf")
