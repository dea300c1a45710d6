"""An operator whose trial is over subscribes on Stripe's page, and what it had typed goes through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.config import Environment, Settings
from core.data import models as m
from core.jobs import paying
from core.letters.devca import ensure_dev_ca
from core.services import subscriptions
from tests.e2e.conftest import Town
from tests.factories import PASSWORD
from tests.support.databases import Databases
from tests.support.site import Clock, Site, running
from tests.support.stripe_server import StripeServer, served
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def site(databases: Databases, tmp_path: Path, clock: Clock) -> Iterator[Site]:
    """An instance that asks for subscriptions, and Stripe beside it."""
    server = StripeServer(secret="whsec_e2e")
    with databases.sqlite(tmp_path) as url, served(server) as stripe:
        settings = Settings(
            Environment.DEVELOPMENT, tmp_path / "var", url, b"s" * 32, b"m" * 32, "", (),
            subscriptions=True, stripe_secret_key="sk_test_e2e", stripe_webhook_secret=server.secret,
            stripe_api_base=stripe,
        )  # fmt: skip
        ensure_dev_ca(settings.signing)
        with running(settings) as made:
            server.webhook = f"{made.url}/stripe/webhook"
            paying.put_prices(made.app)
            yield made
    subscriptions.bind(None)


def test_from_read_only_to_subscribed(town: Town, visit: Callable[..., Visitor], clock: Clock) -> None:
    session, operator = town.scene.session, town.scene.operator
    row = m.Subscription(
        operator_id=operator.id, plan="growth", status=m.SubscriptionStatus.TRIAL,
        trial_ends_on=clock.day - timedelta(days=1),
    )  # fmt: skip
    session.add(row)
    session.commit()
    staff, page = _signed_in(town, visit)
    staff.open(f"/tenants/{town.tenant.id}/notes")
    expect(page.locator("main")).to_contain_text("订阅已到期")
    page.locator("textarea").first.fill("下周三来签约，带上营业执照")
    with staff.refused(402):
        page.get_by_role("button", name="保存备注").click()
        expect(page.locator("main")).to_contain_text("现在只能查看")
    expect(page.locator("main")).to_contain_text("下周三来签约，带上营业执照")

    manager, paying_page = _signed_in(town, visit)
    manager.open("/subscription")
    manager.look("订阅")
    paying_page.locator("tr", has_text="成长").get_by_role("button", name="按年订阅").click()
    expect(paying_page.locator("h1")).to_contain_text("26,800.00")
    paying_page.get_by_label("卡号").fill("4242 4242 4242 4242")
    paying_page.get_by_role("button", name="支付").click()
    expect(paying_page.locator("main")).to_contain_text("下次扣款")
    manager.look("订阅")

    page.get_by_role("button", name="重新提交").click()
    expect(page.locator("main")).to_contain_text("下周三来签约，带上营业执照")
    session.expire_all()
    assert (row.status, row.plan, row.source) == (
        m.SubscriptionStatus.ACTIVE, "growth", m.SubscriptionSource.STRIPE
    )  # fmt: skip


def _signed_in(town: Town, visit: Callable[..., Visitor]) -> tuple[Visitor, Page]:
    made = visit()
    made.sign_in(town.scene.manager.email, PASSWORD)
    return made, made.page
