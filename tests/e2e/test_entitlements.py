"""From what a startup is entitled to, to its letter, for the policies beside the one of test_journey.py.

The founder works in the browser; the desks, whose pages are the same for every policy, work unseen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.data import models as m
from tests import factories, scenes
from tests.e2e.conftest import Town
from tests.e2e.test_journey import anyone_checks, issued, saved, upload
from tests.factories import PASSWORD
from tests.support.site import Clock
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ROAD = (
    (scenes.ACCEPTED, "window", "accept"),
    (scenes.REVIEWED, "first", "first_pass"),
    (scenes.REVIEWED, "second", "second_pass"),
    (scenes.PUBLISHED, "second", "publish"),
    (scenes.APPROVED, "approver", "approve"),
)


@pytest.mark.parametrize(
    ("policy", "title", "named", "amount", "words"),
    [
        # Four persons for twelve months: 48 × 951.15.
        ("employment_subsidy", "带动就业补贴", "社会保险补贴", "45,655.20", "肆万伍仟陆佰伍拾伍元贰角"),
        ("startup_grant", "项目启动金", "项目启动金", "8,000.00", "捌仟元整"),
    ],
)
def test_from_the_entitlement_to_the_letter(
    town: Town,
    clock: Clock,
    visit: Callable[..., Visitor],
    policy: str,
    title: str,
    named: str,
    amount: str,
    words: str,
) -> None:
    prepare(town, policy)
    founder = visit()
    founder.sign_in(town.founder.email, PASSWORD)
    founder.look(town.tenant.name)
    offer = founder.sheet(title)
    expect(offer).to_contain_text("可以申请")
    expect(offer).to_contain_text(amount)
    founder.press("开始申请", offer)
    founder.look(title)
    fill_in_and_submit(founder)

    session = town.scene.session
    session.expire_all()
    case = session.scalars(select(m.Case)).one()
    session.commit()
    founder.open("/home/startup")
    founder.look(town.tenant.name)
    expect(founder.sheet(title)).to_contain_text("办理中")
    for day, name, code in ROAD:
        clock.day = day
        town.act(name, case, code, clock)
    letter = issued(town)

    founder.open(f"/letters/{letter.id}")
    founder.look(letter.number)
    expect(founder.page.locator("main")).to_contain_text(amount)
    expect(founder.page.locator("main")).to_contain_text(words)
    pdf = founder.download("下载PDF")
    anyone_checks(visit(phone=True), letter, pdf)
    assert named in town.scene.registry.get(policy).card.letter.title.zh
    case.state = m.CaseState.CLOSED
    session.commit()
    founder.open("/home/startup")
    founder.look(town.tenant.name)
    expect(founder.sheet(title)).to_contain_text(f"已由 {letter.number} 核定")
    expect(founder.sheet(title).get_by_role("button", name="开始申请")).to_have_count(0)


def prepare(town: Town, policy: str) -> None:
    """Money for the policy, and a founder to whom the grant may be given."""
    session = town.scene.session
    factories.pool(session, town.scene.district, policy)
    tenant = session.get_one(m.Tenant, town.tenant.id)
    tenant.registered_on = date(2025, 8, 20)
    founder = tenant.founders[0]
    founder.categories, founder.graduated_on, founder.first_company = "graduate", date(2024, 6, 30), True
    session.commit()


def fill_in_and_submit(founder: Visitor) -> None:
    page = founder.page
    page.get_by_label("开户行").fill("示例银行虹桥支行")
    page.get_by_label("联行号").fill("102290000018")
    page.get_by_label("账号").fill("6222 0000 1234 5678")
    for promise in page.get_by_label(re.compile("承诺|此前未在")).all():
        promise.check()
    saved(founder)
    wanted = page.locator(".docs-item:not(.is-done)", has_text="必交")
    while missing := wanted.count():
        upload(founder, missing)
    founder.press("提交申请")
    expect(page.locator("h1")).to_contain_text("已提交，等待受理")
