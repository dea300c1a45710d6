"""An operator's house with people of every reach, for the tests of lists."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from core.data import models as m
from tests import factories


@dataclass
class House:
    operator: m.Operator
    other: m.Operator  # in the same district
    manager: m.User
    window: m.User


@pytest.fixture
def house(session: Session) -> House:
    district = factories.district(session)
    operator = factories.operator(session, district, name="本机构")
    return House(
        operator,
        factories.operator(session, district, name="别家机构"),
        factories.user(session, m.Role.OPERATOR_MANAGER, operator=operator),
        factories.user(session, m.Role.WINDOW, district=district),
    )
