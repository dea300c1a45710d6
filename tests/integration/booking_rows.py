"""A booked room, an event with somebody who comes, and a calendar feed, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core.data import models as m
from core.data.types import utcnow
from core.services import feeds
from tests import factories

NAMES = ("booking", "event", "registration")


def rows(session: Session, tenant: m.Tenant, founder: m.User, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    operator = session.get_one(m.Operator, tenant.operator_id)
    site = factories.site(session, operator, name=f"{mark}会议楼")
    room = factories.space(session, site, code=f"{mark}M-1", kind=m.SpaceKind.MEETING_ROOM)
    day = utcnow().astimezone(UTC).replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(days=3)
    booking = m.Booking(
        operator_id=operator.id, tenant_id=tenant.id, space_id=room.id, starts_at=day,
        ends_at=day + timedelta(hours=1), title=f"{mark}周会",
    )  # fmt: skip
    event = factories.event(session, site, title=f"{mark}路演", description=f"{mark}介绍", starts_at=day)
    registration = m.EventRegistration(
        operator_id=operator.id, tenant_id=tenant.id, event_id=event.id, people=2, seated_at=day
    )
    session.add_all([booking, registration])
    session.flush()
    session.refresh(founder, ["memberships"])
    secret = feeds.renew(session, founder.memberships[0].id)
    # Whoever has the secret may read: of the foreign world one can only guess it.
    return {
        "room": room, "booking": booking, "event": event, "registration": registration,
        "secret": "guessed" if mark else secret,
    }  # fmt: skip


def _booking(world: Any) -> dict[str, Any]:
    later = datetime.now(UTC) + timedelta(days=5)
    return {
        "space_id": world.bookings["room"].id, "day": later.date().isoformat(), "at": "10:00", "until": "11:00",
        "title": "评审会",
    }  # fmt: skip


def _event(world: Any) -> dict[str, Any]:
    return {
        "title": "沙龙", "kind": "salon", "site_id": world.bookings["room"].site_id, "on": "2030-05-06",
        "starts": "14:00", "ends": "16:00", "capacity": "20",
    }  # fmt: skip


# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "bookings.create": _booking,
    "bookings.move": _booking,
    "room_rules.hours": lambda w: {
        f"room-{w.places['space'].id}-opens": "09:00", f"room-{w.places['space'].id}-closes": "18:00",
        f"room-{w.places['space'].id}-slot": "30", f"room-{w.places['space'].id}-days_ahead": "30",
    },
    "events.create": _event,
    "events.edit": _event,
    "events.call_off": lambda w: {"off-reason": "讲者生病"},
    "events.register": lambda w: {"register-tenant_id": w.tenant.id, "register-people": "1"},
    "events.attend": lambda w: {f"came-{w.bookings['registration'].id}": "1"},
}  # fmt: skip
