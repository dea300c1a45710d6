"""I13: no mentor has more tenants than places, or any after the appointment; none is paired with whom it is tied to."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, or_, select

from core.data.models import Mentor, MentorTie, Pairing

_mentors, _ties, _pairings = Mentor.__table__, MentorTie.__table__, Pairing.__table__


def check(connection: Connection) -> Iterator[tuple[str, str]]:
    """That a tenant has one mentor at a time is a unique index."""
    taken = func.count(_pairings.c.id)
    running = (
        select(_mentors.c.id, _mentors.c.capacity, _mentors.c.status, taken.label("taken"))
        .join(_pairings, (_pairings.c.mentor_id == _mentors.c.id) & _pairings.c.ends_on.is_(None))
        .group_by(_mentors.c.id, _mentors.c.capacity, _mentors.c.status)
        .order_by(_mentors.c.id)
    )
    for row in connection.execute(running):
        if row.taken > row.capacity:
            yield f"mentor {row.id}", f"has {row.taken} tenants and {row.capacity} places"
        if row.status == "ended":
            yield f"mentor {row.id}", f"has {row.taken} tenants, and the appointment has ended"
    tied = (
        select(_pairings.c.id, _pairings.c.mentor_id, _pairings.c.tenant_id)
        .join(_ties, (_ties.c.mentor_id == _pairings.c.mentor_id) & (_ties.c.tenant_id == _pairings.c.tenant_id))
        .where(_pairings.c.ends_on.is_(None), or_(_ties.c.to_on.is_(None), _ties.c.to_on >= _pairings.c.starts_on))
        .order_by(_pairings.c.id)
    )
    for row in connection.execute(tied):
        yield f"pairing {row.id}", f"mentor {row.mentor_id} has another tie with tenant {row.tenant_id}"
