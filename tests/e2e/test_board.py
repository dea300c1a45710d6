"""A stage move on the board, by keyboard, with a mouse, and without scripts: its effects are seen before it is made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from core.data import models as m
from core.data.models import Stage
from tests import factories
from tests.e2e.conftest import Town
from tests.factories import PASSWORD
from tests.support.browser import DESKTOP
from tests.support.site import Clock, Site
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def staff(visit: Callable[..., Visitor], town: Town, clock: Clock) -> Visitor:
    """The operator's staff on the board, where the tenant could graduate today."""
    session = town.scene.session
    session.add(
        m.Milestone(
            operator_id=town.tenant.operator_id, tenant_id=town.tenant.id, kind=m.MilestoneKind.HIGH_TECH,
            title="高新技术企业证书", reached_on=clock.day - timedelta(days=30),
        )
    )  # fmt: skip
    user = factories.user(session, m.Role.OPERATOR_STAFF, operator=town.scene.operator)
    session.commit()
    made = visit()
    made.sign_in(user.email, PASSWORD)
    made.open("/stages/board")
    made.look("孵化阶段")
    return made


def lifted(visitor: Visitor, town: Town) -> None:
    visitor.page.get_by_role("button", name=f"移动{town.tenant.name}").focus()
    visitor.page.keyboard.press("Space")


def test_a_move_with_its_effects_by_keyboard(staff: Visitor, town: Town, clock: Clock) -> None:
    page, said = staff.page, staff.page.locator("[data-board-said]")
    card = page.locator("[data-card]", has_text=town.tenant.name)
    expect(card).to_contain_text("可转入毕业")

    lifted(staff, town)
    expect(said).to_contain_text("已提起")
    page.keyboard.press("ArrowLeft")
    expect(said).to_contain_text("不能从这里转入苗圃")
    page.keyboard.press("Escape")
    expect(said).to_contain_text("已放回")
    expect(page.get_by_role("button", name=f"移动{town.tenant.name}")).to_be_focused()

    lifted(staff, town)
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("移到加速器")
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("移到毕业")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    staff.look(town.tenant.name)

    expect(staff.sheet("转入毕业的影响")).to_contain_text("挂牌价的70%")
    expect(staff.sheet("转入毕业的影响")).to_contain_text("挂牌价的100%")
    expect(staff.sheet("转入毕业的条件")).to_contain_text("取得高新技术企业资格")
    page.locator("input[name=decider]").fill("王芳")
    page.locator("input[name=duty]").fill("孵化部经理")
    with staff.refused(422):
        staff.press("预览并核对")  # nothing to stand on
    expect(page.locator("main")).to_contain_text("没有依据材料")
    expect(page.locator("input[name=decider]")).to_have_value("王芳")
    page.locator("textarea[name=titles]").fill("毕业评审会纪要")
    staff.press("预览并核对")
    staff.look(town.tenant.name)
    expect(staff.sheet("请核对后确认")).to_contain_text("毕业评审会纪要")
    staff.press("确认转入毕业")
    staff.look(town.tenant.name)
    expect(page.locator("h1")).to_contain_text("毕业")
    expect(staff.sheet("决定记录")).to_contain_text("王芳（孵化部经理）")
    town.scene.session.expire_all()
    assert town.tenant.stage is Stage.GRADUATED
    assert town.tenant.stage_moves[-1].from_on == clock.day


def test_a_card_is_dragged_to_where_it_may_go_and_nowhere_else(staff: Visitor, town: Town) -> None:
    page = staff.page

    def drag(lane: str) -> None:
        box = page.locator("[data-card]", has_text=town.tenant.name).bounding_box()
        to = page.locator(f"[data-lane={lane}]").bounding_box()
        assert box is not None
        assert to is not None
        page.mouse.move(box["x"] + 30, box["y"] + box["height"] - 12)
        page.mouse.down()
        page.mouse.move(to["x"] + to["width"] / 2, to["y"] + 60, steps=6)
        page.mouse.up()

    drag("nursery")
    expect(page.locator("[data-board-said]")).to_contain_text("不能从这里转入苗圃")
    assert page.url.endswith("/stages/board")
    with page.expect_navigation():
        drag("accelerator")
    assert page.url.endswith(f"/tenants/{town.tenant.id}/move?to=accelerator")


def test_the_menu_does_without_scripts(chromium: Browser, staff: Visitor, site: Site, town: Town) -> None:
    state = staff.context.storage_state()
    context = chromium.new_context(
        base_url=site.url, java_script_enabled=False, storage_state=state, viewport=DESKTOP, locale="zh-CN"
    )
    page = context.new_page()
    page.goto("/stages/board")
    card = page.locator("[data-card]", has_text=town.tenant.name)
    assert not card.locator("[data-grip]").is_visible()
    card.locator("summary").click()
    card.get_by_role("link", name="毕业").click()
    assert page.url.endswith(f"/tenants/{town.tenant.id}/move?to=graduated")
    context.close()


def test_every_page_of_stages_on_a_phone(visit: Callable[..., Visitor], town: Town) -> None:
    user = factories.user(town.scene.session, m.Role.OPERATOR_STAFF, operator=town.scene.operator)
    town.scene.session.commit()
    phone = visit(phone=True)
    phone.sign_in(user.email, PASSWORD)
    for path in ("board", "readiness", "forecast", "criteria"):
        phone.open(f"/stages/{path}")
        phone.look("孵化阶段")
    for path in ("stages", "move", "stages/correct"):
        phone.open(f"/tenants/{town.tenant.id}/{path}")
        phone.look(town.tenant.name)
