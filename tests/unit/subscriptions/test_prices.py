"""Prices of the plans at Stripe: made once, made anew when the plans say another sum, never unlike the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.config import Environment, Settings
from core.data.models import SubscriptionPeriod
from core.errors import Conflict
from core.services.online.client import make_client
from core.services.subscriptions import pages, read
from tests.support.stripe_server import InProcess, StripeServer

MONTH = SubscriptionPeriod.MONTH


def test_prices_follow_the_plans(tmp_path: Path) -> None:
    settings = Settings(
        Environment.TEST, tmp_path, "sqlite://", b"s" * 32, b"m" * 32, "http://localhost", ("localhost",),
        stripe_secret_key="sk_test_local", stripe_api_base="http://stripe.test",
    )  # fmt: skip
    client, offer = make_client(settings, InProcess(StripeServer())), read()
    assert client is not None
    growth = offer.plan("growth")
    with pytest.raises(Conflict, match="还没有这个方案的价格"):
        pages.price_of(client, growth, MONTH)
    assert len(pages.put_prices(client, offer)) == 6
    assert pages.put_prices(client, offer) == []
    first = pages.price_of(client, growth, MONTH)
    dearer = replace(growth, fen={MONTH: 300_000})
    assert pages.put_prices(client, replace(offer, plans={"growth": dearer})) == ["hongcai_growth_month"]
    assert pages.price_of(client, dearer, MONTH) != first
    with pytest.raises(Conflict, match="与这里的不同"):
        pages.price_of(client, growth, MONTH)
