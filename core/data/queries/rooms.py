"""Reading meeting rooms and who has them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session, joinedload

from core.data.asker import Asker, Reach
from core.data.models import Booking, Site, Space, SpaceKind, Tenant
from core.data.queries.across import across
from core.data.queries.paging import Listing


@dataclass(frozen=True, slots=True)
class Taken:
    """A room from an instant to another. Who has it and for what is None for those who may not know."""

    space_id: int
    starts_at: datetime
    ends_at: datetime
    booking_id: int | None = None
    title: str | None = None
    who: str | None = None


def sites_with_rooms(session: Session) -> list[Site]:
    """The asker's sites that have a meeting room, by name."""
    having = select(Space.site_id).where(Space.kind == SpaceKind.MEETING_ROOM)
    return list(session.scalars(select(Site).where(Site.id.in_(having)).order_by(Site.name, Site.id)))


def rooms(session: Session, site_id: int | None = None) -> list[Space]:
    """Meeting rooms of a site, or of all the asker sees, by site and code."""
    query = select(Space).join(Site, Site.id == Space.site_id).where(Space.kind == SpaceKind.MEETING_ROOM)
    if site_id is not None:
        query = query.where(Space.site_id == site_id)
    return list(session.scalars(query.options(joinedload(Space.site)).order_by(Site.name, Space.code, Space.id)))


def room(session: Session, space_id: int) -> Space | None:
    found = session.scalars(select(Space).where(Space.id == space_id)).one_or_none()
    return found if found is not None and found.kind is SpaceKind.MEETING_ROOM else None


def taken(
    session: Session, asker: Asker, rooms_seen: Collection[Space], first: datetime, after: datetime
) -> list[Taken]:
    """What is booked of rooms that the asker sees, between two instants, in order. Of others' bookings a tenant's
    people are told the time alone; that is decided here, so that no page can tell them more."""
    query = (
        select(Booking)
        .where(
            Booking.space_id.in_([room.id for room in rooms_seen]),
            Booking.cancelled_at.is_(None),
            Booking.starts_at < after,
            Booking.ends_at > first,
        )
        .options(joinedload(Booking.tenant))
        .order_by(Booking.starts_at, Booking.id)
    )
    with across(session, "room.day") as wide:
        return [
            Taken(it.space_id, it.starts_at, it.ends_at, it.id, it.title, it.tenant.name if it.tenant else None)
            if asker.reach is not Reach.TENANT or it.tenant_id == asker.tenant_id
            else Taken(it.space_id, it.starts_at, it.ends_at)
            for it in wide.scalars(query)
        ]


def one(session: Session, booking_id: int) -> Booking | None:
    """The booking, if the asker may see it."""
    return session.scalars(
        select(Booking)
        .where(Booking.id == booking_id)
        .options(joinedload(Booking.space).joinedload(Space.site), joinedload(Booking.tenant))
    ).one_or_none()


def listing(now: datetime) -> Listing:
    """The asker's bookings."""
    state = case(
        (Booking.cancelled_at.is_not(None), literal("cancelled")),
        (Booking.ends_at <= now, literal("over")),
        else_=literal("coming"),
    )
    who = func.coalesce(Tenant.name, "")
    return Listing(
        statement=select(
            Booking.id,
            Booking.title,
            Space.code.label("room"),
            Site.name.label("site"),
            Booking.starts_at,
            Booking.ends_at,
            who.label("tenant"),
            state.label("state"),
        )
        .join(Space, Space.id == Booking.space_id)
        .join(Site, Site.id == Space.site_id)
        .outerjoin(Tenant, Tenant.id == Booking.tenant_id),
        key=Booking.id,
        sorts={"starts_at": Booking.starts_at, "title": Booking.title, "room": Space.code, "tenant": who},
        search=(Booking.title, Space.code, Tenant.name),
        filters={
            "state": lambda value: state == value,
            "site": lambda value: Space.site_id == int(value),
        },
        extras={"over_reason": func.coalesce(Booking.over_reason, "")},
    )


def since(session: Session, first: datetime) -> list[Booking]:
    """The asker's bookings that end after an instant and stand, in order: for a calendar."""
    return list(
        session.scalars(
            select(Booking)
            .where(Booking.ends_at > first, Booking.cancelled_at.is_(None))
            .options(joinedload(Booking.space).joinedload(Space.site), joinedload(Booking.tenant))
            .order_by(Booking.starts_at, Booking.id)
        )
    )
