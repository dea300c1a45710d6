"""Telling people that a lease ends: 90, 60 and 30 days ahead, once each.

A lease that is renewed ends nothing. One that first appears 40 days before its end is told of once, at 60.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core.data.models import Lease, LeaseReminder, Membership, Role, User
from core.data.queries import leases as queries
from core.data.queries.people import running

AHEAD = (30, 60, 90)
TENANT_FROM = 60  # the tenant is told from so many days ahead; the operator from the first


@dataclass(frozen=True, slots=True)
class Due:
    """A lease that ends, and how many days ahead it is time to say so."""

    lease: Lease
    days: int

    @property
    def left(self) -> date:
        assert self.lease.ends_on is not None
        return self.lease.ends_on


def due(session: Session, today: date) -> list[Due]:
    """What has not been told yet, the nearest end first."""
    ending = (
        select(Lease)
        .where(queries.ending(today, max(AHEAD)))
        .options(joinedload(Lease.tenant))
        .order_by(Lease.ends_on, Lease.id)
    )
    found = []
    for lease in session.scalars(ending):
        assert lease.ends_on is not None
        days = next(n for n in AHEAD if (lease.ends_on - today).days <= n)
        told = select(LeaseReminder.id).where(
            LeaseReminder.lease_id == lease.id, LeaseReminder.ends_on == lease.ends_on, LeaseReminder.days <= days
        )
        if session.scalar(told.limit(1)) is None:
            found.append(Due(lease, days))
    return found


def by_reader(session: Session, found: Iterable[Due], today: date) -> dict[str, list[Due]]:
    """Whom to tell of what, by address: the operator's managers of all, founders of their own from 60 days ahead."""
    told: dict[str, list[Due]] = defaultdict(list)
    for it in found:
        managers = select(User.email).join(Membership, Membership.user_id == User.id)
        readers = set(
            session.scalars(
                managers.where(
                    Membership.role == Role.OPERATOR_MANAGER,
                    Membership.operator_id == it.lease.operator_id,
                    running(today),
                )
            )
        )
        if it.days <= TENANT_FROM:
            founders = managers.where(
                Membership.role == Role.FOUNDER, Membership.tenant_id == it.lease.tenant_id, running(today)
            )
            readers |= set(session.scalars(founders))
        for address in sorted(readers):
            told[address].append(it)
    return dict(told)


def mark(session: Session, found: Iterable[Due]) -> None:
    """They were told."""
    for it in found:
        session.add(
            LeaseReminder(operator_id=it.lease.operator_id, lease_id=it.lease.id, days=it.days, ends_on=it.left)
        )
    session.flush()
