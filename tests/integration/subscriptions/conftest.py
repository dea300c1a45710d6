"""An instance that asks for subscriptions, an operator with its manager and one who keeps the plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.services import subscriptions
from core.services.subscriptions import Offer
from tests import factories as f


@pytest.fixture
def offer(app: Flask) -> Iterator[Offer]:
    found = subscriptions.read()
    subscriptions.bind(found)
    yield found
    subscriptions.bind(None)


@pytest.fixture
def operator(session: Session, offer: Offer) -> m.Operator:
    return f.operator(session, f.district(session), name="港湾孵化")


@pytest.fixture
def manager(session: Session, operator: m.Operator) -> m.User:
    return f.user(session, m.Role.OPERATOR_MANAGER, operator=operator, email="manager@example.org")


@pytest.fixture
def today() -> date:
    return core.today().date()


def subscribe(session: Session, operator: m.Operator, status: m.SubscriptionStatus, **more: Any) -> m.Subscription:
    row = m.Subscription(operator_id=operator.id, **({"plan": "starter", "status": status} | more))
    session.add(row)
    session.flush()
    return row


def over(session: Session, operator: m.Operator) -> m.Subscription:
    """Its trial ended yesterday."""
    yesterday = core.today().date() - timedelta(days=1)
    return subscribe(session, operator, m.SubscriptionStatus.TRIAL, trial_ends_on=yesterday)
