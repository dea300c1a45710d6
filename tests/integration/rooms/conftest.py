"""One operator with two meeting rooms and three tenants, and a moment to act at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data import models as m
from core.data.asker import Asker
from core.services import bookings
from core.services.bookings import Slot
from tests import factories as f

TODAY = date(2026, 11, 25)
TOMORROW = date(2026, 11, 26)
NOW = datetime(2026, 11, 25, 9, 10, tzinfo=SHANGHAI)


@dataclass
class House:
    session: Session
    operator: m.Operator
    site: m.Site
    rooms: list[m.Space]
    tenants: list[m.Tenant]
    manager: m.User

    def founder(self, tenant: m.Tenant) -> m.User:
        return f.user(self.session, m.Role.FOUNDER, tenant=tenant)

    def as_user(self, user: m.User) -> Asker:
        self.session.refresh(user, ["memberships"])
        return Asker.member(user.memberships[0])

    def slot(self, starts: int = 10 * 60, ends: int = 11 * 60, *, room: int = 0, day: date = TOMORROW) -> Slot:
        return Slot(self.rooms[room], day, starts, ends)

    def book(self, starts: int = 10 * 60, ends: int = 11 * 60, **more: Any) -> m.Booking:
        where = {key: more.pop(key) for key in ("room", "day") if key in more}
        given: dict[str, Any] = {"tenant": self.tenants[0], "title": "周会", "now": NOW}
        return bookings.book(self.session, self.slot(starts, ends, **where), **given | more)


def build(session: Session) -> House:
    operator = f.operator(session, f.district(session))
    site = f.site(session, operator)
    rooms = [f.space(session, site, code=code, kind=m.SpaceKind.MEETING_ROOM, capacity=12) for code in ("M1", "M2")]
    tenants = [f.tenant(session, operator, name=name) for name in ("青禾公司", "云帆公司", "澄江公司")]
    return House(session, operator, site, rooms, tenants, f.user(session, m.Role.OPERATOR_MANAGER, operator=operator))


@pytest.fixture
def house(session: Session) -> House:
    return build(session)
