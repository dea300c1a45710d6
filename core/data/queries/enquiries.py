"""Reading enquiries: the operator's list, one with its steps, and the units that could be offered."""

from __future__ import annotations

from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from core.data.models import Enquiry, EnquiryState, EnquiryStep, Site, Space, SpaceKind, SpaceStatus
from core.data.queries.paging import Listing

OPEN = (EnquiryState.NEW, EnquiryState.VISITED, EnquiryState.OFFERED)
_NEVER = date(9999, 12, 31)


def listing(today: date) -> Listing:
    """The operator's enquiries. Sorted by `next_on`, those that are due come first and closed ones last."""
    is_open = Enquiry.state.in_(OPEN)
    due = case((is_open, func.coalesce(Enquiry.next_on, _NEVER)), else_=_NEVER)
    return Listing(
        statement=select(
            Enquiry.id,
            Enquiry.name,
            Enquiry.contact_name,
            Enquiry.contact_phone,
            Enquiry.wanted_area_cm2,
            Enquiry.state,
            Enquiry.next_step,
            Enquiry.next_on,
            Enquiry.source,
            Enquiry.created_at,
        ),
        key=Enquiry.id,
        sorts={"name": Enquiry.name, "next_on": due, "created_at": Enquiry.created_at},
        search=(Enquiry.name, Enquiry.contact_name, Enquiry.contact_phone, Enquiry.source, Enquiry.industry),
        filters={
            "state": lambda value: Enquiry.state == EnquiryState(value),
            "due": lambda value: is_open & (Enquiry.next_on <= today),
        },
    )


def one(session: Session, enquiry_id: int) -> Enquiry | None:
    """The enquiry with its steps, if it is the asker's."""
    return session.scalars(
        select(Enquiry)
        .where(Enquiry.id == enquiry_id)
        .options(
            selectinload(Enquiry.steps).joinedload(EnquiryStep.space).joinedload(Space.site),
            joinedload(Enquiry.tenant),
        )
    ).one_or_none()


def lettable(session: Session) -> list[Space]:
    """Units that can be offered at all, by site and code; whether one is free depends on the days."""
    return list(
        session.scalars(
            select(Space)
            .join(Site, Site.id == Space.site_id)
            .options(joinedload(Space.site), joinedload(Space.floor))
            .where(Space.kind != SpaceKind.MEETING_ROOM, Space.status != SpaceStatus.MAINTENANCE)
            .order_by(Site.name, Space.code)
        )
    )
