"""A house of an operator, and the people who look at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from core.data import models as m
from tests import factories


@dataclass
class House:
    operator: m.Operator
    site: m.Site
    floor: m.Floor
    rooms: list[m.Space]
    manager: Any  # a signed-in browser
    window: Any
    founder: Any


def picture(kind: str = "PNG", size: tuple[int, int] = (400, 300), **more: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "white").save(out, kind, **more)
    return out.getvalue()


@pytest.fixture
def house(session: Session, client_as: Callable[..., Any]) -> House:
    district = factories.district(session)
    operator = factories.operator(session, district)
    site = factories.site(session, operator)
    floor = m.Floor(operator_id=operator.id, site_id=site.id, name="3F", level=3)
    session.add(floor)
    session.flush()
    rooms = [
        factories.space(session, site, code=f"A-30{n}", floor_id=floor.id, status=m.SpaceStatus.VACANT)
        for n in range(1, 4)
    ]
    tenant = factories.tenant(session, operator)
    factories.lease(session, tenant, rooms[:1], lawful=None, independent=None)
    return House(
        operator, site, floor, rooms,
        client_as(factories.user(session, m.Role.OPERATOR_MANAGER, operator=operator)),
        client_as(factories.user(session, m.Role.WINDOW, district=district)),
        client_as(factories.user(session, m.Role.FOUNDER, tenant=tenant)),
    )  # fmt: skip
