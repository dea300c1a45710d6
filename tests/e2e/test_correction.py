"""Returned for correction: the window lists everything that is missing at once, the founder reads it in her words,
mends it and hands in again, and is not made late by it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.data import models as m
from tests import scenes
from tests.e2e.conftest import Town
from tests.e2e.test_journey import saved
from tests.scenes import paper
from tests.support.site import Clock
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ASKED = "一、租赁协议缺第三页；\n二、申请表未加盖公章。"
BANK = "示例银行虹桥路支行"


def test_what_is_missing_is_listed_once_and_mended(town: Town, clock: Clock, enter: Callable[..., Visitor]) -> None:
    case = town.scene.draft(town.tenant, town.founder)
    town.act("founder", case, "submit", clock)
    at, number = f"/cases/{case.id}", case.number  # a look at an expired row would lock the database
    town.scene.session.commit()

    clock.day = scenes.ACCEPTED
    window = enter(town.staff["window"])
    window.open(at)
    returning = window.dialog("退回补正")
    returning.get_by_label("申请材料不齐全").check()
    returning.get_by_label("材料不清晰或不符合形式要求").check()
    returning.get_by_label("意见").fill(ASKED)
    window.press("退回补正", returning)
    window.look("待补正")

    clock.day = scenes.REVIEWED
    founder = enter(town.founder, phone=True)
    founder.open("/cases")
    founder.follow(number)
    founder.look("请补正材料")
    told = founder.page.locator(".notice-warning")
    expect(told.locator("li")).to_have_text(["申请材料不齐全", "材料不清晰或不符合形式要求"])
    for line in ASKED.split("\n"):
        expect(told).to_contain_text(line)
    expect(told).to_contain_text("申请日期仍是2026年11月2日")
    expect(founder.page.locator("[aria-current=step]")).to_contain_text("请补正材料")
    expect(founder.page.locator("main")).not_to_contain_text("window员")

    founder.page.get_by_label("开户行").fill(BANK)
    saved(founder)
    chosen = {"name": "租赁协议（完整）.pdf", "mimeType": "application/pdf", "buffer": paper(2)}
    founder.page.locator(".upload-form[action$='/lease'] input[type=file]").set_input_files(chosen)  # type: ignore[arg-type]
    # She does not wait for it: what is on its way goes along.
    founder.press("重新提交")
    founder.look("已提交，等待受理")
    expect(founder.page.locator("header.head")).to_contain_text("2026年11月2日 提交")
    expect(founder.page.locator(".timeline")).to_contain_text("请按清单补正")

    session = town.scene.session
    session.expire_all()
    again = session.scalars(select(m.Case)).one()
    assert (again.applied_on, again.payee_bank) == (scenes.APPLIED, BANK)
    names = [document.file.name for document in again.documents]
    assert "租赁协议（完整）.pdf" in names, names
    session.commit()

    window.open(at)
    refused = window.dialog("退回补正")
    refused.get_by_label("申请材料不齐全").check()
    refused.get_by_label("意见").fill("还差一份")
    with window.refused(409):
        window.press("退回补正", refused)
    expect(window.page.get_by_role("alert")).to_contain_text("补正只能告知一次")
    window.act("受理")
    expect(window.page.locator("h1")).to_contain_text("已受理，待初审")
