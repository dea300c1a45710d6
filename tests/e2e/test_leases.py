"""An accountant's lease: drafted with its schedule in sight, sent, signed, and the unit is taken."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.data import models as m
from tests import factories
from tests.e2e.conftest import Town
from tests.factories import PASSWORD
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

Visit = Callable[..., Visitor]


def test_from_a_draft_to_a_signed_lease(town: Town, visit: Visit) -> None:
    session, operator = town.scene.session, town.scene.operator
    site = factories.site(session, operator, name="新楼")
    factories.space(session, site, code="N-1", area_cm2=600_000)
    one, other = (factories.tenant(session, operator, name=name) for name in ("甲科技公司", "乙科技公司"))
    session.commit()
    other_id = other.id

    staff = visit()
    page = staff.page
    staff.sign_in(town.scene.manager.email, PASSWORD)
    staff.open("/leases")
    page.get_by_role("link", name="起草协议").first.click()
    staff.look("起草协议")
    page.get_by_label("企业或团队").select_option(label=one.name)
    page.locator(".units summary", has_text="新楼").click()
    page.get_by_label("N-1").check()
    page.get_by_label("起租日").fill("2026-12-10")
    page.get_by_label("到期日").fill("2027-12-09")
    page.get_by_label("计租方式").select_option("sqm_day")
    page.locator("[name=rate]").fill("3")
    page.get_by_label("押几个月").fill("2")
    page.get_by_label("每次付几个月").fill("3")
    page.get_by_label("每次付几个月").blur()
    # 60 ㎡ at 3.00 a day: 22 days of December, 31 of January, 28 of February are 81 × 180.00
    expect(page.locator("#preview")).to_contain_text("14,580.00")
    page.get_by_role("button", name="保存草稿").click()
    staff.look("XY2026-0001")
    expect(page.locator("main")).to_contain_text("65,700.00")  # 365 days

    page.get_by_text("发给企业", exact=True).click()
    page.get_by_role("button", name="发出").click()
    expect(page.locator("main")).to_contain_text("待签")
    page.get_by_role("button", name="登记签署").click()
    expect(page.locator("main")).to_contain_text("已签，未起租")
    session.expire_all()
    lease = session.scalars(select(m.Lease).where(m.Lease.tenant_id == one.id)).one()
    assert (lease.status, lease.deposit_fen) == (m.LeaseStatus.RUNNING, 2 * 547_500)
    unit = lease.spaces[0].space_id
    session.commit()

    # Somebody else cannot sign for the same unit, and nothing typed is lost.
    staff.open(f"/leases/new?tenant={other_id}&space={unit}")
    page.get_by_label("起租日").fill("2027-12-01")
    page.get_by_label("到期日").fill("2028-11-30")
    page.locator("[name=rate]").fill("5000")
    page.get_by_role("button", name="保存草稿").click()
    page.locator("summary", has_text="登记签署").click()
    page.get_by_role("button", name="登记签署").click()
    expect(page.locator("main")).to_contain_text("已由“甲科技公司”承租")
    staff.complaints.clear()  # the browser's console has the 422 as an error


def test_a_monthly_run_makes_a_bill_by_itself(town: Town, visit: Visit) -> None:
    """Previewed, confirmed, made by the job, and read by the tenant: nobody reloads a page."""
    staff = visit()
    page = staff.page
    staff.sign_in(town.scene.manager.email, PASSWORD)
    staff.open("/bills/runs")
    staff.look("出账")
    expect(page.locator("#planned")).to_contain_text("将生成")
    page.get_by_role("button", name="确认出账").click()
    expect(page.locator("#runs")).to_contain_text("已完成", timeout=120_000)
    page.locator("#runs tbody a").first.click()
    staff.look("账单")
    page.locator("a.row-link").first.click()
    staff.look(page.locator("h1").inner_text())
    expect(page.locator("main")).to_contain_text("房租")
