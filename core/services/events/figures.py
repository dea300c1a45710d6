"""What a site's checklist asks about events: how many were held within a year, and how many people came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.models import Event, EventRegistration, EventState, Site
from core.policy import add_months


@dataclass(frozen=True, slots=True)
class Held:
    """Of the last twelve months. `attendance`: people of tenants and guests, as far as it was marked."""

    events: int
    attendance: int


def held_at(session: Session, site: Site, today: date) -> Held | None:
    """None: no event of the site was ever recorded as held here, so nothing is known from this book."""
    ever = select(Event.id).where(Event.site_id == site.id, Event.state == EventState.HELD)
    if session.scalar(ever.limit(1)) is None:
        return None
    # The same day a year before is over: a year is the day after it up to and with today.
    first, after = (
        datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)
        for day in (add_months(today, -12), today)
    )
    year = (
        Event.site_id == site.id,
        Event.state == EventState.HELD,
        Event.starts_at >= first,
        Event.starts_at < after,
    )
    held = session.execute(
        select(func.count().label("events"), func.sum(Event.guests).label("guests")).where(*year)
    ).one()
    came = session.scalar(
        select(func.sum(EventRegistration.attended))
        .join(Event, Event.id == EventRegistration.event_id)
        .where(*year, EventRegistration.withdrawn_at.is_(None))
    )
    return Held(held.events, int(held.guests or 0) + int(came or 0))
