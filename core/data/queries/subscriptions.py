"""Reading subscriptions, and counting what a plan limits. The platform's administrators read them as the system."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import distinct, func, or_, select
from sqlalchemy.orm import Session, joinedload

from core.data.models import (
    AuditEvent,
    District,
    Membership,
    Occupancy,
    OccupancyKind,
    Operator,
    Role,
    Site,
    Subscription,
    SubscriptionPayment,
    Tenant,
    User,
)
from core.data.queries.people import running


def of(session: Session, operator_id: int) -> Subscription | None:
    query = select(Subscription).where(Subscription.operator_id == operator_id)
    return session.scalars(query.options(joinedload(Subscription.operator))).one_or_none()


def of_customer(session: Session, customer: str) -> Subscription | None:
    """By Stripe's id of the operator."""
    return session.scalars(select(Subscription).where(Subscription.customer == customer)).one_or_none()


def with_customer(session: Session) -> Sequence[int]:
    """Ids of the operators that Stripe knows."""
    query = select(Subscription.operator_id).where(Subscription.customer.is_not(None))
    return session.scalars(query.order_by(Subscription.operator_id)).all()


def all_of(session: Session) -> Sequence[tuple[Operator, str, Subscription | None]]:
    """Every operator with its district's name and its subscription, if it has one."""
    query = (
        select(Operator, District.name, Subscription)
        .join(District, District.id == Operator.district_id)
        .outerjoin(Subscription, Subscription.operator_id == Operator.id)
        .order_by(Operator.id)
    )
    return [(operator, district, found) for operator, district, found in session.execute(query)]


def without(session: Session) -> Sequence[Operator]:
    """Operators that have none yet."""
    known = select(Subscription.operator_id)
    return session.scalars(select(Operator).where(Operator.id.not_in(known)).order_by(Operator.id)).all()


def sites(session: Session, operator_id: int) -> int:
    return session.scalar(select(func.count()).select_from(Site).where(Site.operator_id == operator_id)) or 0


def residents(session: Session, operator_id: int, today: date) -> int:
    """Tenants that are in residence, or will be by what is on record."""
    query = _residents(today).where(Occupancy.operator_id == operator_id)
    return session.scalar(query) or 0


def uses(session: Session, today: date) -> dict[int, tuple[int, int]]:
    """Of every operator that has any: how many sites, and how many tenants in residence."""
    of_sites = dict(session.execute(select(Site.operator_id, func.count()).group_by(Site.operator_id)).all())
    there = _residents(today).add_columns(Occupancy.operator_id).group_by(Occupancy.operator_id)
    tenants = {operator: count for count, operator in session.execute(there)}
    return {it: (of_sites.get(it, 0), tenants.get(it, 0)) for it in {*of_sites, *tenants}}


def _residents(today: date) -> Any:
    return (
        select(func.count(distinct(Occupancy.tenant_id)))
        .join(Tenant, Tenant.id == Occupancy.tenant_id)
        .where(
            Occupancy.kind == OccupancyKind.PHYSICAL,
            or_(Occupancy.to_on.is_(None), Occupancy.to_on >= today),
            Tenant.merged_into_id.is_(None),
        )
    )


def payments(session: Session, operator_id: int) -> Sequence[SubscriptionPayment]:
    query = select(SubscriptionPayment).where(SubscriptionPayment.operator_id == operator_id)
    return session.scalars(query.order_by(SubscriptionPayment.received_on.desc(), SubscriptionPayment.id.desc())).all()


def acts(session: Session, subscription: Subscription, limit: int = 30) -> Sequence[AuditEvent]:
    """What was done to a subscription, the newest first."""
    query = select(AuditEvent).where(
        AuditEvent.subject_type == "subscription", AuditEvent.subject_id == subscription.id
    )
    return session.scalars(query.order_by(AuditEvent.id.desc()).limit(limit)).all()


def managers(session: Session, operator_id: int, today: date) -> Sequence[str]:
    """The addresses of the operator's managers."""
    query = (
        select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.role == Role.OPERATOR_MANAGER, Membership.operator_id == operator_id, running(today))
    )
    return sorted(set(session.scalars(query)))
