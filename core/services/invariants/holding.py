"""I16: no unit is let twice on a day, no room booked twice at a time. Triggers refuse it; here is what is there."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, or_, select

from core.data.models import HOLDING, Booking, Lease, LeaseSpace

_bookings, _leases, _units = Booking.__table__, Lease.__table__, LeaseSpace.__table__


def check(connection: Connection) -> Iterator[tuple[str, str]]:
    other = _bookings.alias()
    twice = (
        select(_bookings.c.id, other.c.id.label("other"), _bookings.c.space_id)
        .join(other, (other.c.space_id == _bookings.c.space_id) & (other.c.id > _bookings.c.id))
        .where(
            _bookings.c.cancelled_at.is_(None),
            other.c.cancelled_at.is_(None),
            _bookings.c.starts_at < other.c.ends_at,
            other.c.starts_at < _bookings.c.ends_at,
        )
        .order_by(_bookings.c.id, other.c.id)
    )
    for row in connection.execute(twice):
        yield f"booking {row.id}", f"has room {row.space_id} at the time of booking {row.other}"
    held = (
        select(_leases.c.id, _leases.c.starts_on, _leases.c.ends_on, _units.c.space_id)
        .join(_units, _units.c.lease_id == _leases.c.id)
        .where(_leases.c.status.in_(HOLDING))
        .subquery()
    )
    against = held.alias()
    let = (
        select(held.c.id, against.c.id.label("other"), held.c.space_id)
        .join(against, (against.c.space_id == held.c.space_id) & (against.c.id > held.c.id))
        .where(
            or_(held.c.ends_on.is_(None), held.c.ends_on >= against.c.starts_on),
            or_(against.c.ends_on.is_(None), against.c.ends_on >= held.c.starts_on),
        )
        .order_by(held.c.id, against.c.id)
    )
    for row in connection.execute(let):
        yield f"lease {row.id}", f"holds unit {row.space_id} on days of lease {row.other}"
