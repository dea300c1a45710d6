"""Reading events: the list, one with who registered, and what goes into a calendar."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from core.data.asker import Asker, Reach
from core.data.models import Event, EventKind, EventRegistration, EventState, Site, Tenant
from core.data.queries.paging import Listing


def listing() -> Listing:
    """The asker's events, with the people whose registration the asker sees: a tenant its own, an operator all."""
    registered = (
        select(func.coalesce(func.sum(EventRegistration.people), 0))
        .where(EventRegistration.event_id == Event.id, EventRegistration.withdrawn_at.is_(None))
        .correlate(Event)
        .scalar_subquery()
    )
    came = (
        select(func.coalesce(func.sum(EventRegistration.attended), 0))
        .where(EventRegistration.event_id == Event.id, EventRegistration.withdrawn_at.is_(None))
        .correlate(Event)
        .scalar_subquery()
    )
    return Listing(
        statement=select(
            Event.id,
            Event.title,
            Event.kind,
            Site.name.label("site"),
            Event.starts_at,
            Event.capacity,
            Event.state,
        ).join(Site, Site.id == Event.site_id),
        key=Event.id,
        sorts={"starts_at": Event.starts_at, "title": Event.title, "capacity": Event.capacity},
        search=(Event.title, Event.place, Event.description),
        filters={
            "state": lambda value: Event.state == EventState(value),
            "kind": lambda value: Event.kind == EventKind(value),
            "site": lambda value: Event.site_id == int(value),
        },
        extras={"registered": registered, "came": came + func.coalesce(Event.guests, 0)},
    )


def one(session: Session, event_id: int) -> Event | None:
    """The event, if the asker may see it."""
    return session.scalars(select(Event).where(Event.id == event_id).options(joinedload(Event.site))).one_or_none()


def registrations(session: Session, event_id: int) -> list[EventRegistration]:
    """Who comes and who waits, as far as the asker sees them: in order."""
    return list(
        session.scalars(
            select(EventRegistration)
            .where(EventRegistration.event_id == event_id, EventRegistration.withdrawn_at.is_(None))
            .options(joinedload(EventRegistration.tenant))
            .order_by(EventRegistration.id)
        )
    )


def attendance(event_id: int) -> Listing:
    """The same as a list, for its file."""
    return Listing(
        statement=select(
            EventRegistration.id,
            Tenant.name.label("tenant"),
            EventRegistration.people,
            EventRegistration.registered_at,
            EventRegistration.seated_at,
            EventRegistration.attended,
        )
        .join(Tenant, Tenant.id == EventRegistration.tenant_id)
        .where(EventRegistration.event_id == event_id, EventRegistration.withdrawn_at.is_(None)),
        key=EventRegistration.id,
        sorts={},
    )


def since(session: Session, asker: Asker, first: datetime) -> list[Event]:
    """What goes into the asker's calendar: an operator's published and held events; those that a tenant registered
    for, the called-off ones too, so that they are struck out there."""
    query = select(Event).where(Event.ends_at > first, Event.state != EventState.DRAFT)
    if asker.reach is Reach.TENANT:
        own = select(EventRegistration.event_id).where(
            EventRegistration.tenant_id == asker.tenant_id, EventRegistration.withdrawn_at.is_(None)
        )
        query = query.where(Event.id.in_(own))
    return list(session.scalars(query.options(joinedload(Event.site)).order_by(Event.starts_at, Event.id)))
