"""One operator with a mentor and two tenants, and a day to act on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data import models as m
from core.data.asker import Asker
from tests import factories

TODAY = date(2026, 11, 25)


def at(day: int, hour: int, month: int = 11) -> datetime:
    """An hour in Shanghai, of 2026."""
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


@dataclass
class Register:
    session: Session
    operator: m.Operator
    manager: m.User
    mentor: m.Mentor
    tenant: m.Tenant
    other: m.Tenant

    def founder(self, tenant: m.Tenant) -> m.User:
        return factories.user(self.session, m.Role.FOUNDER, tenant=tenant)

    def as_user(self, user: m.User) -> Asker:
        self.session.refresh(user, ["memberships"])
        return Asker.member(user.memberships[0])


@pytest.fixture
def register(session: Session) -> Register:
    operator = factories.operator(session, factories.district(session))
    manager = factories.user(session, m.Role.OPERATOR_MANAGER, operator=operator)
    mentor = factories.mentor(session, operator, name="顾远")
    tenants = [factories.tenant(session, operator) for _ in range(2)]
    return Register(session, operator, manager, mentor, *tenants)
