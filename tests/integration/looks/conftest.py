"""A district that is audited, its auditors, and what they left on the trail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.queries.audit import READ
from tests import factories as f
from tests.integration.conftest import Client


@dataclass
class House:
    """A tenant in a district that is audited, and another of another district."""

    district: m.District
    tenant: m.Tenant
    foreign: m.Tenant
    auditor: m.User
    second: m.User


@pytest.fixture
def house(session: Session) -> House:
    district = f.district(session)
    foreign = f.tenant(session, f.operator(session, f.district(session)))
    tenant = f.tenant(session, f.operator(session, district), name="被看的企业")
    auditor = f.user(session, m.Role.AUDITOR, district=district)
    second = f.user(session, m.Role.AUDITOR, district=district, name="另一位审计")
    return House(district, tenant, foreign, auditor, second)


@pytest.fixture
def auditor(house: House) -> m.User:
    return house.auditor


@pytest.fixture
def second(house: House) -> m.User:
    return house.second


@pytest.fixture
def browser(auditor: m.User, client_as: Callable[..., Client]) -> Client:
    return client_as(auditor)


def looks(session: Session, user: m.User) -> list[m.AuditEvent]:
    mine = (m.AuditEvent.action.startswith(READ), m.AuditEvent.actor_id == user.id)
    return list(session.scalars(select(m.AuditEvent).where(*mine).order_by(m.AuditEvent.id)))
