"""Reading sites and spaces."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import Floor, LeaseSpace, Site, Space, SpaceKind, SpaceStatus
from core.data.queries.paging import Listing


def spaces() -> Listing:
    """Every space of the asker's operator, with its site."""
    return Listing(
        statement=select(
            Space.id,
            Space.code,
            Floor.name.label("floor"),
            Space.kind,
            Space.area_cm2,
            Space.capacity,
            Space.list_price_fen,
            Space.status,
            Site.name.label("site"),
        )
        .join(Site, Site.id == Space.site_id)
        .outerjoin(Floor, Floor.id == Space.floor_id),
        key=Space.id,
        sorts={
            "code": Space.code,
            "site": Site.name,
            "area_cm2": Space.area_cm2,
            "list_price_fen": func.coalesce(Space.list_price_fen, -1),
        },
        search=(Space.code, Site.name, Floor.name),
        filters={
            "status": lambda value: Space.status == SpaceStatus(value),
            "kind": lambda value: Space.kind == SpaceKind(value),
        },
    )


def sites(session: Session) -> list[Site]:
    return list(session.scalars(select(Site).order_by(Site.name)))


def occupied_area(session: Session) -> dict[int, int]:
    """Square centimetres on lease, by site."""
    rows = session.execute(
        select(Space.site_id, func.sum(Space.area_cm2))
        .where(Space.id.in_(select(LeaseSpace.space_id)))
        .group_by(Space.site_id)
    )
    return {site: int(area) for site, area in rows}
