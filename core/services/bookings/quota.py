"""免费时长: how many hours a month a tenant may book free of charge: so many for each so many square metres it leases.

A month counts every unit that the tenant's leases give it on any day of that month, once: the figure is the same on
each day of the month, and a lease renewed within it changes nothing. Meeting rooms that a tenant leases for itself do
not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.models import (
    HOLDING,
    IN_FORCE,
    Booking,
    BookingQuota,
    Lease,
    LeaseSpace,
    Space,
    SpaceKind,
    Tenant,
)
from core.data.queries.locks import lock_operator
from core.errors import Invalid
from core.policy import Month
from core.services import audit

STEP = 30  # minutes: free time is whole half hours, rounded down
CM2 = 10_000  # in a square metre


@dataclass(frozen=True, slots=True)
class Allowance:
    """Minutes of one month. `free` None: the operator sets no limit."""

    month: Month
    free: int | None
    used: int

    @property
    def left(self) -> int | None:
        """What is left, never less than none: an operator may have gone over it."""
        return None if self.free is None else max(0, self.free - self.used)


def rule_of(session: Session, operator_id: int) -> BookingQuota | None:
    return session.scalars(select(BookingQuota).where(BookingQuota.operator_id == operator_id)).one_or_none()


def set_rule(session: Session, operator_id: int, hours: int | None, per_sqm: int | None) -> None:
    """`hours` a month for each `per_sqm` square metres; both None: no limit any more."""
    lock_operator(session, operator_id)
    rule = rule_of(session, operator_id)
    if hours is None and per_sqm is None:
        if rule is not None:
            audit.record(session, "quota.drop", rule)
            session.delete(rule)
        session.flush()
        return
    if hours is None or not 0 <= hours <= 744:
        raise Invalid("小时数请填0到744；不设上限请两项都留空", field="hours")
    if per_sqm is None or not 1 <= per_sqm <= 100_000:
        raise Invalid("面积请填1到100000平方米；不设上限请两项都留空", field="per_sqm")
    if rule is None:
        rule = BookingQuota(operator_id=operator_id)
        session.add(rule)
    rule.hours, rule.per_sqm = hours, per_sqm
    session.flush()
    audit.record(session, "quota.set", rule, detail={"hours": hours, "per_sqm": per_sqm})
    session.flush()


def allowance(session: Session, tenant: Tenant, month: Month, *, but: Booking | None = None) -> Allowance:
    """What a tenant has free in a month and has used of it, without the booking `but`."""
    return Allowance(month, _free(session, tenant, month), _used(session, tenant, month, but))


def _free(session: Session, tenant: Tenant, month: Month) -> int | None:
    rule = rule_of(session, tenant.operator_id)
    if rule is None:
        return None
    units = (
        select(LeaseSpace.space_id)
        .join(Lease, Lease.id == LeaseSpace.lease_id)
        .where(
            Lease.tenant_id == tenant.id,
            Lease.status.in_(HOLDING),
            Lease.starts_on < (month + 1).first,
            or_(Lease.ends_on >= month.first, (Lease.ends_on.is_(None)) & (Lease.status.in_(IN_FORCE))),
        )
    )
    leased = select(func.coalesce(func.sum(Space.area_cm2), 0)).where(
        Space.id.in_(units), Space.kind != SpaceKind.MEETING_ROOM
    )
    minutes = int(session.scalar(leased) or 0) * rule.hours * 60 // (rule.per_sqm * CM2)
    return minutes - minutes % STEP


def _used(session: Session, tenant: Tenant, month: Month, but: Booking | None) -> int:
    first, after = (datetime.combine(day, time(), SHANGHAI).astimezone(UTC) for day in (month.first, (month + 1).first))
    query = select(Booking.starts_at, Booking.ends_at).where(
        Booking.tenant_id == tenant.id,
        Booking.cancelled_at.is_(None),
        Booking.starts_at >= first,
        Booking.starts_at < after,
    )
    if but is not None and but.id is not None:
        query = query.where(Booking.id != but.id)
    return sum(int((ends - starts).total_seconds()) // 60 for starts, ends in session.execute(query))
