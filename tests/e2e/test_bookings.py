"""Two people want one room at one time: the second is told who was first, and keeps what was typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.data import models as m
from tests import factories
from tests.e2e.conftest import Town
from tests.factories import PASSWORD
from tests.support.site import Clock
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_the_second_is_told_and_books_another_hour(town: Town, visit: Callable[..., Visitor], clock: Clock) -> None:
    session, operator = town.scene.session, town.scene.operator
    hall = factories.site(session, operator, name="新楼")
    factories.space(session, hall, code="会-1", kind=m.SpaceKind.MEETING_ROOM)
    session.commit()
    day = (clock.day + timedelta(days=2)).isoformat()
    one, two = visit(), visit()
    for visitor, email, title in (
        (one, town.founder.email, "路演彩排"), (two, town.scene.manager.email, "运营周会"),
    ):  # fmt: skip
        visitor.sign_in(email, PASSWORD)
        visitor.open(f"/bookings/new?day={day}")
        page = visitor.page
        page.locator("[name=space_id]").select_option(label="新楼 · 会-1")
        page.get_by_label("开始").fill("10:00")
        page.get_by_label("结束").fill("11:00")
        page.get_by_label("用途").fill(title)
    for visitor in (one, two):  # both forms are open: each thinks that the hour is free
        visitor.page.locator("main button[type=submit]").last.click()
    expect(one.page.locator("main")).to_contain_text("路演彩排")
    expect(two.page.locator("main")).to_contain_text("已由“青禾智能科技有限公司”")
    expect(two.page.get_by_label("用途")).to_have_value("运营周会")
    two.complaints.clear()  # the browser's console has the 422 as an error
    two.page.get_by_label("开始").fill("11:00")
    two.page.get_by_label("结束").fill("12:00")
    two.page.locator("main button[type=submit]").last.click()
    two.look("运营周会")
    session.expire_all()
    booked = session.scalars(select(m.Booking).order_by(m.Booking.starts_at)).all()
    assert [it.title for it in booked] == ["路演彩排", "运营周会"]
