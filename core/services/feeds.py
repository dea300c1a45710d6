"""日历订阅: a secret address for each member, at which calendar programs read what the organisation has booked.

Calendar programs cannot sign in, so the address is the right to read: 256 random bits, of which only the hash is kept.
It reads as its member does and not longer; a new one ends the old.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core.data.asker import Asker, Reach
from core.data.models import Booking, CalendarFeed, Event, EventState, Membership
from core.data.queries import events, rooms
from core.errors import NotFound
from core.services import audit
from core.services.icalendar import Entry

PAST = timedelta(days=90)  # what is longer over is not told any more


def renew(session: Session, membership_id: int) -> str:
    """A new secret for a membership; the old one no longer works. It is told here and never again."""
    secret = secrets.token_urlsafe(32)
    feed = of(session, membership_id)
    if feed is None:
        feed = CalendarFeed(membership_id=membership_id)
        session.add(feed)
    feed.token_hash = _hash(secret)
    audit.record(session, "feed.renew", feed)
    session.flush()
    return secret


def drop(session: Session, membership_id: int) -> None:
    """The address no longer works, and there is no new one."""
    feed = of(session, membership_id)
    if feed is not None:
        audit.record(session, "feed.drop", feed)
        session.delete(feed)
        session.flush()


def of(session: Session, membership_id: int) -> CalendarFeed | None:
    return session.scalars(select(CalendarFeed).where(CalendarFeed.membership_id == membership_id)).one_or_none()


def reader(session: Session, secret: str, today: date) -> Asker:
    """Who reads at this address. Raises `NotFound` for an unknown one, and for one whose member may no longer read."""
    feed = session.scalars(
        select(CalendarFeed)
        .where(CalendarFeed.token_hash == _hash(secret))
        .options(joinedload(CalendarFeed.membership).joinedload(Membership.user))
    ).one_or_none()
    if feed is None or not feed.membership.running_on(today) or not feed.membership.user.active:
        raise NotFound("没有这个日历，或地址已经作废；请在“会议室”里重新生成订阅地址")
    return Asker.member(feed.membership)


def entries(session: Session, now: datetime, host: str) -> list[Entry]:
    """The asker's bookings and events. `host` makes their UIDs those of this instance."""
    asker = audit.asker_of(session)
    first = now - PAST
    found = [_booking(it, host, asker) for it in rooms.since(session, first)]
    return found + [_event(it, host) for it in events.since(session, asker, first)]


def _booking(booking: Booking, host: str, asker: Asker) -> Entry:
    who = booking.tenant.name if booking.tenant and asker.reach is not Reach.TENANT else None
    return Entry(
        f"booking-{booking.id}@{host}",
        booking.starts_at,
        booking.ends_at,
        booking.changed_at,
        f"{booking.title}（{who}）" if who else booking.title,
        f"{booking.space.site.name} {booking.space.code}",
    )


def _event(event: Event, host: str) -> Entry:
    return Entry(
        f"event-{event.id}@{host}",
        event.starts_at,
        event.ends_at,
        event.changed_at,
        event.title,
        " ".join(filter(None, (event.site.name, event.place))),
        event.description or "",
        event.state is EventState.CANCELLED,
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
