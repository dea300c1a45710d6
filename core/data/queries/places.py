"""Reading sites, floors and units. Who sits where is what the leases say; a unit stores only what no lease can say."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, type_coerce
from sqlalchemy.orm import Session, joinedload, selectinload

from core.data.models import (
    HOLDING,
    IN_FORCE,
    Floor,
    Lease,
    LeaseSpace,
    Operator,
    Site,
    Space,
    SpaceKind,
    SpaceStatus,
    Tenant,
)
from core.data.queries.paging import Listing

# Meeting rooms are there for everybody: unless a lease names one, they are neither let nor vacant.
SHARED = SpaceKind.MEETING_ROOM


@dataclass(frozen=True, slots=True)
class Seat:
    """Who has a unit, and by which lease."""

    tenant: Tenant
    lease: Lease


def operators(session: Session) -> list[tuple[int, str]]:
    """The operators that the asker may see: (id, name) of each, by name."""
    rows = session.execute(select(Operator.id, Operator.name).order_by(Operator.name, Operator.id))
    return [(row.id, row.name) for row in rows]


def held_on(day: date) -> ColumnElement[bool]:
    """Whether a lease gives its units to its tenant on `day`. An ended lease did so until its last day."""
    return and_(Lease.starts_on <= day, held_from(day))


def held_from(day: date) -> ColumnElement[bool]:
    """Whether a lease gives its units to its tenant on `day` or later."""
    return and_(
        Lease.status.in_(HOLDING),
        or_(Lease.ends_on >= day, and_(Lease.ends_on.is_(None), Lease.status.in_(IN_FORCE))),
    )


def state_on(day: date) -> ColumnElement[SpaceStatus]:
    """The state of a `Space` on `day`, for a SELECT of spaces: occupied where a lease covers the day, else held back or
    under repair where that is stored, else vacant."""
    taken = (
        select(LeaseSpace.id)
        .join(Lease, Lease.id == LeaseSpace.lease_id)
        .where(LeaseSpace.space_id == Space.id, held_on(day))
        .correlate(Space)
        .exists()
    )
    stored = Space.status.in_((SpaceStatus.RESERVED, SpaceStatus.MAINTENANCE))
    state = case(
        (taken, literal(SpaceStatus.OCCUPIED.value)),
        (stored, type_coerce(Space.status, literal("").type)),
        else_=literal(SpaceStatus.VACANT.value),
    )
    return type_coerce(state, Space.status.type)


def who_sits(session: Session, day: date, spaces: Collection[int] | None = None) -> dict[int, Seat]:
    """Who has each unit on `day`, by the unit's id; of `spaces` alone if given. Where two leases name one unit, the one
    that began last."""
    rows = (
        select(LeaseSpace.space_id, Lease)
        .join(Lease, Lease.id == LeaseSpace.lease_id)
        .where(held_on(day))
        .options(joinedload(Lease.tenant))
        .order_by(Lease.starts_on, Lease.id)
    )
    if spaces is not None:
        rows = rows.where(LeaseSpace.space_id.in_(spaces))
    return {space: Seat(lease.tenant, lease) for space, lease in session.execute(rows)}


def states(session: Session, day: date, spaces: Iterable[Space]) -> dict[int, SpaceStatus]:
    """The state of each of `spaces` on `day`, by id."""
    ids = [space.id for space in spaces]
    return dict(session.execute(select(Space.id, state_on(day)).where(Space.id.in_(ids))).all())


def spaces(today: date) -> Listing:
    """Every unit of the asker's operator, with its site and who sits there today."""
    seated = (
        select(func.max(Tenant.name))
        .join(Lease, Lease.tenant_id == Tenant.id)
        .join(LeaseSpace, LeaseSpace.lease_id == Lease.id)
        .where(LeaseSpace.space_id == Space.id, held_on(today))
        .correlate(Space)
        .scalar_subquery()
    )
    state = state_on(today)
    return Listing(
        statement=select(
            Space.id,
            Space.code,
            Site.name.label("site"),
            Floor.building.label("building"),
            Floor.name.label("floor"),
            Space.kind,
            Space.area_cm2,
            Space.capacity,
            Space.list_price_fen,
            Space.price_unit,
            state.label("state"),
            seated.label("tenant"),
        )
        .join(Site, Site.id == Space.site_id)
        .outerjoin(Floor, Floor.id == Space.floor_id),
        key=Space.id,
        sorts={
            "code": Space.code,
            "site": Site.name,
            "area_cm2": Space.area_cm2,
            "list_price_fen": func.coalesce(Space.list_price_fen, -1),
            "state": state,
        },
        search=(Space.code, Site.name, Floor.name, seated),
        filters={
            "status": lambda value: state_on(today) == SpaceStatus(value),
            "kind": lambda value: Space.kind == SpaceKind(value),
            "site": lambda value: Space.site_id == int(value),
            "floor": lambda value: Space.floor_id == int(value),
        },
    )


def sites(session: Session) -> list[Site]:
    """The sites the asker may see, with their papers."""
    query = select(Site).options(selectinload(Site.papers), joinedload(Site.operator))
    return list(session.scalars(query.order_by(Site.operator_id, Site.name)))


def site(session: Session, site_id: int) -> Site | None:
    return session.scalars(select(Site).where(Site.id == site_id)).one_or_none()


def floor(session: Session, floor_id: int) -> Floor | None:
    return session.scalars(select(Floor).where(Floor.id == floor_id)).one_or_none()


def space(session: Session, space_id: int) -> Space | None:
    return session.scalars(select(Space).where(Space.id == space_id)).one_or_none()


def leases_of_site(session: Session, site_id: int, day: date) -> list[Lease]:
    """Leases that hold units of the site on `day`, by tenant, with their units, sites and papers."""
    of_site = select(LeaseSpace.lease_id).join(Space, Space.id == LeaseSpace.space_id).where(Space.site_id == site_id)
    return list(
        session.scalars(
            select(Lease)
            .join(Tenant, Tenant.id == Lease.tenant_id)
            .where(held_on(day), Lease.id.in_(of_site))
            .options(
                joinedload(Lease.tenant),
                selectinload(Lease.spaces)
                .joinedload(LeaseSpace.space)
                .joinedload(Space.site)
                .selectinload(Site.papers),
            )
            .order_by(Tenant.name, Lease.starts_on, Lease.id)
        )
    )


def leases_of_space(session: Session, space_id: int) -> list[Lease]:
    """Every lease that ever named the unit, drafts apart, newest first."""
    return list(
        session.scalars(
            select(Lease)
            .join(LeaseSpace, LeaseSpace.lease_id == Lease.id)
            .where(LeaseSpace.space_id == space_id, Lease.status.in_(HOLDING))
            .options(joinedload(Lease.tenant))
            .order_by(Lease.starts_on.desc(), Lease.id.desc())
        )
    )


def floors_with_counts(session: Session, site_id: int, day: date) -> list[tuple[Floor, dict[SpaceStatus, int]]]:
    """The site's floors, highest first in each building, with how many of their units are in each state on `day`."""
    units = select(Space.floor_id, state_on(day).label("state")).where(Space.site_id == site_id).subquery()
    counts: dict[int, dict[SpaceStatus, int]] = {}
    for floor_id, state, n in session.execute(
        select(units.c.floor_id, units.c.state, func.count()).group_by(units.c.floor_id, units.c.state)
    ):
        counts.setdefault(floor_id, {})[state] = n
    floors = session.scalars(
        select(Floor).where(Floor.site_id == site_id).order_by(Floor.building, Floor.level.desc(), Floor.name)
    )
    return [(floor, counts.get(floor.id, {})) for floor in floors]


def units_without_floor(session: Session, site_id: int) -> int:
    return session.scalar(select(func.count()).where(Space.site_id == site_id, Space.floor_id.is_(None))) or 0
