"""A founder pays a bill on Stripe's page: refused, left, the browser closed, come back, paid, and given back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.config import Environment, Settings
from core.data import models as m
from core.letters.devca import ensure_dev_ca
from tests.e2e.conftest import Town
from tests.factories import PASSWORD
from tests.support.databases import Databases
from tests.support.site import Clock, Site, running
from tests.support.stripe_pages import REFUSED
from tests.support.stripe_server import StripeServer, served
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

Visit = Callable[..., Visitor]


@pytest.fixture
def stripe_server() -> StripeServer:
    return StripeServer(secret="whsec_e2e")


@pytest.fixture
def site(databases: Databases, tmp_path: Path, clock: Clock, stripe_server: StripeServer) -> Iterator[Site]:
    """An instance with keys, and Stripe at another port."""
    with databases.sqlite(tmp_path) as url, served(stripe_server) as base:
        settings = Settings(
            environment=Environment.DEVELOPMENT,
            var=tmp_path / "var",
            database_url=url,
            secret_key=b"s" * 32,
            master_key=b"m" * 32,
            base_url="",
            trusted_hosts=(),
            stripe_secret_key="sk_test_e2e",
            stripe_webhook_secret="whsec_e2e",
            stripe_api_base=base,
        )
        ensure_dev_ca(settings.signing)
        with running(settings) as made:
            stripe_server.webhook = f"{made.url}/stripe/webhook"
            yield made


def bill(session: Session, tenant: m.Tenant, clock: Clock) -> m.Bill:
    scope = {"operator_id": tenant.operator_id, "tenant_id": tenant.id}
    made = m.Bill(
        number="ZD-E2E-1", kind=m.BillKind.EXTRA, first=clock.day, last=clock.day, issued_on=clock.day,
        due_on=clock.day, total_fen=60_000,
        lines=[m.BillLine(place=1, fee=m.Fee.SERVICE, amount_fen=60_000, **scope)], **scope,
    )  # fmt: skip
    session.add(made)
    session.commit()
    return made


def test_a_bill_is_paid_and_given_back(town: Town, visit: Visit, clock: Clock, stripe_server: StripeServer) -> None:
    made = bill(town.scene.session, town.tenant, clock)
    at = f"/bills/{made.id}"
    town.scene.session.commit()
    founder = visit(phone=True)
    founder.sign_in(town.founder.email, PASSWORD)
    founder.open(at)
    founder.look("ZD-E2E-1")
    founder.press("在线支付600.00元")
    expect(founder.page.locator("h1")).to_have_text("付款 ¥600.00")
    founder.page.get_by_label("卡号").fill(REFUSED)
    founder.press("支付")
    expect(founder.page.get_by_role("alert")).to_contain_text("被拒绝")
    founder.follow("返回商户")
    founder.look("ZD-E2E-1")
    expect(founder.page.locator("#online")).to_contain_text("付款页面还开着")

    first = founder.page.url
    founder.press("继续支付600.00元")
    address = founder.page.url
    founder.page.close()  # the browser is closed on Stripe's page, and opened again
    founder.__post_init__()
    founder.page.goto(first)
    founder.press("继续支付600.00元")
    assert founder.page.url == address, "it is one page, whoever comes back to it"
    founder.page.get_by_label("卡号").fill("4242 4242 4242 4242")
    founder.page.get_by_label("方式").select_option("alipay")
    founder.press("支付")
    expect(founder.page.locator("#returned")).to_contain_text("已入账")
    founder.look("在线支付")
    founder.follow("返回账单")
    expect(founder.page.locator("header.head")).to_contain_text("已付清")
    founder.look("ZD-E2E-1")
    assert len(stripe_server.all("checkout.session")) == 1

    staff = visit()
    staff.sign_in(town.scene.manager.email, PASSWORD)
    staff.open(at)
    staff.look("ZD-E2E-1")
    staff.page.locator("#online").get_by_role("button", name="退款").click()
    dialog = staff.page.get_by_role("dialog")
    dialog.get_by_label("原因").fill("重复付款")
    staff.press("退款", dialog)
    expect(staff.page.locator("main")).to_contain_text("已冲销：重复付款")
    staff.look("ZD-E2E-1")
    staff.open("/bills/differences")
    staff.look("在线支付核对")


def test_from_the_monthly_run_to_a_paid_bill(town: Town, visit: Visit, stripe_server: StripeServer) -> None:
    """Previewed, confirmed, made by the job; the startup pays it on Stripe's page, and the rent is a fact."""
    town.scene.session.commit()
    staff = visit()
    staff.sign_in(town.scene.manager.email, PASSWORD)
    staff.open("/bills/runs")
    staff.page.get_by_role("button", name="确认出账").click()
    expect(staff.page.locator("#runs")).to_contain_text("已完成", timeout=120_000)
    founder = visit()
    founder.sign_in(town.founder.email, PASSWORD)
    founder.open("/bills")
    founder.page.locator("a.row-link").first.click()
    expect(founder.page.locator("h1")).to_contain_text("ZD")
    number = founder.page.locator("h1").inner_text().split()[0]  # its badge says where it stands
    founder.page.get_by_role("button", name="在线支付").click()
    founder.page.get_by_label("卡号").fill("4242 4242 4242 4242")
    founder.press("支付")
    expect(founder.page.locator("#returned")).to_contain_text("已入账")
    session = town.scene.session
    session.expire_all()
    bill = session.scalars(select(m.Bill).where(m.Bill.number == number)).one()
    assert bill.rest_fen == 0
    paid = {line.month: line.amount_fen for line in bill.lines if line.fee is m.Fee.RENT}
    payments = session.scalars(select(m.RentPayment).where(m.RentPayment.payment_id.is_not(None)))
    assert {it.month: it.paid_fen for it in payments} == paid
    session.commit()
