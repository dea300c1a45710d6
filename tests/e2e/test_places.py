"""Units find their place on a floor's plan: by mouse and by keyboard, saved at once, looked at and taken back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import select

from core.data import models as m
from tests import factories
from tests.e2e.conftest import Town
from tests.factories import PASSWORD
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

Visit = Callable[..., Visitor]


@pytest.fixture
def floor(town: Town) -> m.Floor:
    """The startup's room and an empty one, on a floor without a picture."""
    session, operator = town.scene.session, town.scene.operator
    site = session.scalars(select(m.Site).where(m.Site.operator_id == operator.id)).one()
    made = m.Floor(operator_id=operator.id, site_id=site.id, name="3F", level=3)
    session.add(made)
    session.flush()
    room = session.scalars(select(m.Space).where(m.Space.site_id == site.id)).one()
    room.floor_id, room.code = made.id, "A-301"
    factories.space(session, site, code="A-302", floor_id=made.id, area_cm2=600_000, status=m.SpaceStatus.VACANT)
    session.commit()
    return made


def shown(unit: Locator) -> list[float]:
    box = unit.locator(".unit-ground").bounding_box()
    assert box is not None
    return [box["x"], box["y"], box["width"], box["height"]]


def value(visitor: Visitor, code: str, part: str) -> float:
    return float(visitor.page.get_by_label(f"{code} {part}（%）").input_value())


def test_units_are_placed_by_mouse_and_by_keyboard(town: Town, floor: m.Floor, visit: Visit) -> None:
    one = visit()
    page = one.page
    one.sign_in(town.scene.manager.email, PASSWORD)
    one.open(f"/floors/{floor.id}/edit")
    one.look("编辑平面图")

    # from the tray to the plan, then by mouse: moved by a part of the drawing, and made wider by its corner
    page.get_by_role("button", name="把A-301放到图上").click()
    unit = page.locator("[data-unit]", has_text="A-301")
    expect(unit).to_be_visible()
    page.locator(".plan-tray").scroll_into_view_if_needed()
    before, at = value(one, "A-301", "左"), shown(unit)
    drawing = page.locator("[data-plan-edit]").bounding_box()
    assert drawing is not None
    page.mouse.move(at[0] + 20, at[1] + at[3] / 2)
    page.mouse.down()
    page.mouse.move(at[0] + 20 + drawing["width"] / 2, at[1] + at[3] / 2, steps=5)
    page.mouse.up()
    assert value(one, "A-301", "左") == pytest.approx(before + 50, abs=0.6)
    at, width = shown(unit), value(one, "A-301", "宽")
    page.mouse.move(at[0] + at[2] - 3, at[1] + at[3] - 3)
    page.mouse.down()
    page.mouse.move(at[0] + at[2] - 3 + drawing["width"] / 10, at[1] + at[3] - 3, steps=5)
    page.mouse.up()
    assert value(one, "A-301", "宽") == pytest.approx(width + 10, abs=0.6)

    # the other one by keyboard alone
    page.get_by_role("button", name="把A-302放到图上").focus()
    page.keyboard.press("Enter")
    x, y, w = (value(one, "A-302", part) for part in ("左", "上", "宽"))
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowRight"):
        page.keyboard.press(key)
    moved = tuple(value(one, "A-302", part) for part in ("左", "上", "宽"))
    assert moved == (x + 1, y + 0.5, w + 0.5)
    expect(page.locator("[data-plan-said]")).to_contain_text("A-302")

    # laid over the other it is marked, and the server keeps nothing
    kept = value(one, "A-302", "左")
    page.get_by_label("A-302 左（%）").fill(str(value(one, "A-301", "左")))
    page.get_by_label("A-302 上（%）").fill(str(value(one, "A-301", "上")))
    expect(page.locator("[data-unit].is-bad")).to_have_count(2)
    with one.refused(422):
        one.press("保存平面图")
    expect(page.get_by_role("alert")).to_contain_text("重叠")
    page.get_by_label("A-302 左（%）").fill(str(kept))
    one.press("保存平面图")
    one.look("3F平面图")
    expect(page.locator(".plan a.plan-unit")).to_have_count(2)
    expect(page.locator(".plan")).to_contain_text("A-302")

    # what is under the pointer, or has the focus, is told about
    page.locator(".plan a", has_text="A-301").hover()
    expect(page.locator(".plan-tip")).to_contain_text(town.tenant.name)
    with page.expect_navigation():
        page.locator(".plan a", has_text="A-301").click()
    one.look("A-301")
    expect(one.sheet("谁在这里")).to_contain_text(town.tenant.name)


def test_a_plan_on_a_phone(town: Town, floor: m.Floor, visit: Visit) -> None:
    one = visit(phone=True)
    one.sign_in(town.scene.manager.email, PASSWORD)
    site = floor.site_id
    for path, heading in (
        ("/sites", "载体"), (f"/sites/{site}", ""), (f"/floors/{floor.id}", "平面图"),
        (f"/floors/{floor.id}/edit", "编辑平面图"), (f"/sites/{site}/timeline", "租控表"),
    ):  # fmt: skip
        one.open(path)
        one.look(heading)
    # with a finger: pointer events of a touch
    one.open(f"/floors/{floor.id}/edit")
    one.page.get_by_role("button", name="把A-302放到图上").tap()
    assert value(one, "A-302", "宽") > 0
    one.press("保存平面图")
    expect(one.page.get_by_role("status").first).to_contain_text("平面图已保存")
