"""An operator's work with tenants in a real browser: from an enquiry to a tenant in its unit, and a merge undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

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

Visit = Callable[..., Visitor]
NAME = "云岚传感团队"


@pytest.fixture
def free(town: Town) -> m.Space:
    """A unit that nobody has."""
    session = town.scene.session
    site = session.scalars(select(m.Site).where(m.Site.operator_id == town.scene.operator.id)).one()
    space = factories.space(session, site, code="N-301", list_price_fen=520_000)
    session.commit()
    return space


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_from_an_enquiry_to_a_tenant_in_its_unit(
    town: Town, free: m.Space, clock: Clock, visit: Visit, phone: bool
) -> None:
    operator = visit(phone=phone)
    operator.sign_in(town.scene.manager.email, PASSWORD)
    page = operator.page
    operator.open("/enquiries")
    operator.look("招商线索")
    operator.follow("登记线索")
    operator.look("登记线索")
    with operator.refused(422):
        operator.press("保存")
    expect(page.get_by_role("alert")).to_contain_text("处需要修改")
    page.get_by_label("团队或企业名称").fill(NAME)
    page.get_by_label("联系人").fill("顾云岚")
    page.get_by_label("电话").fill("13800001234")
    operator.press("保存")
    operator.look(NAME)

    page.locator("summary", has_text="看房").click()
    page.get_by_role("group").filter(has=page.locator("summary", has_text="看房")).get_by_label("谈了什么").fill(
        "喜欢朝南的"
    )
    operator.press("记下看房")
    operator.look(NAME)
    expect(page.locator("h1")).to_contain_text("已看房")

    page.locator("summary", has_text="报价").click()
    unit = page.get_by_label("场地单元")
    unit.select_option(label=unit.locator("option", has_text="N-301").inner_text())
    page.get_by_label("月租").fill("5200")
    page.get_by_label("起租").fill(clock.day.isoformat())
    page.get_by_label("报价有效期至").fill((clock.day + timedelta(days=14)).isoformat())
    operator.press("记下报价")
    operator.look(NAME)
    expect(operator.sheet("报价")).to_contain_text("5,200.00")

    operator.follow("接受报价")
    operator.look("接受报价")
    page.get_by_label("苗圃", exact=True).check()
    page.get_by_label("入孵依据").fill("入驻评审会纪要")
    page.get_by_label("决定人").first.fill("王芳")
    page.get_by_label("职务").first.fill("孵化部经理")
    operator.press("接受并入驻")
    operator.look(NAME)
    expect(page.locator("header.head")).to_contain_text("N-301")
    expect(page.locator("h1")).to_contain_text("苗圃")

    for part in ("场地与协议", "参保与租金", "指标", "融资与里程碑", "材料", "备注", "时间线", "退出"):
        operator.follow(part, page.get_by_role("navigation", name="档案"))
        operator.look(NAME)
    session = town.scene.session
    session.expire_all()
    held = session.scalars(select(m.LeaseSpace).where(m.LeaseSpace.space_id == free.id)).one()
    assert held.lease.tenant.name == NAME
    assert held.lease.monthly_rent_fen == 520_000
    # The unit's own page, and whoever looks at it, now says who sits there.
    operator.open(f"/spaces/{free.id}")
    operator.look("N-301")
    expect(page.locator("main")).to_contain_text(NAME)


def test_a_merge_and_its_undoing(town: Town, visit: Visit) -> None:
    session, tenant = town.scene.session, town.tenant
    team = factories.tenant(session, town.scene.operator, name="青禾团队", kind=m.TenantKind.TEAM, industry="农业")
    team.uscc, team.enterprise_id, team.legal_form = None, None, None
    founder = session.scalars(select(m.Founder).where(m.Founder.tenant_id == tenant.id)).one()
    factories.founder(session, team, number=founder.id_number)
    tenant.industry = "软件"
    session.add(m.Indicator(operator_id=team.operator_id, tenant_id=team.id, quarter="2026Q1", staff=3))
    team.stage_moves[0].from_on = date(2023, 1, 1)
    session.commit()

    operator = visit()
    operator.sign_in(town.scene.manager.email, PASSWORD)
    page = operator.page
    operator.open("/tenants/duplicates")
    operator.look("疑似重复的档案")
    expect(page.locator(".pair")).to_contain_text("同一位创始人")
    operator.follow("对比并合并")
    operator.look("合并两份档案")
    page.get_by_label("行业：农业").check()
    operator.press("合并")
    operator.look(tenant.name)
    expect(page.locator("main")).to_contain_text("农业")
    operator.open(f"/tenants/{team.id}")
    operator.look(tenant.name)  # its address leads to the kept one

    session.expire_all()
    assert (team.merged_into_id, tenant.industry) == (tenant.id, "农业")
    session.commit()
    operator.open(f"/tenants/{tenant.id}/indicators")
    expect(page.locator("tbody")).to_contain_text("2026Q1")


def test_the_notice_undoes_the_merge(town: Town, visit: Visit) -> None:
    session, tenant = town.scene.session, town.tenant
    team = factories.tenant(session, town.scene.operator, name="青禾团队", industry="农业")
    team.uscc, team.enterprise_id = None, None
    session.commit()
    operator = visit()
    operator.sign_in(town.scene.manager.email, PASSWORD)
    operator.open(f"/tenants/{tenant.id}/merge?with={team.id}")
    operator.press("合并")
    operator.look(tenant.name)
    operator.press("撤销")
    operator.look(tenant.name)
    expect(operator.page.get_by_role("status").first).to_contain_text("已撤销")
    operator.open(f"/tenants/{team.id}")
    operator.look("青禾团队")
    session.expire_all()
    assert team.merged_into_id is None
