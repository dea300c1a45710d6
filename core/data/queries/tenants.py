"""Reading tenants: the operator's list and one dossier."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from sqlalchemy import String, case, func, select, type_coerce
from sqlalchemy.orm import Session

from core.data.models import Founder, Lease, Operator, RentPayment, Stage, Tenant, TenantKind
from core.data.queries.paging import Listing
from core.data.search import TextIndex

OPEN_END = date(9999, 12, 31)  # of a lease without an end


# A stage's place in a tenant's life; as text they would stand in the order of the alphabet.
STAGE_ORDER = case({stage: place for place, stage in enumerate(Stage)}, value=Tenant.stage)
SEARCH = TextIndex("tenants_search", Tenant.search_text, Tenant.id)


@lru_cache(maxsize=2)  # a statement takes as long to make as to ask, and depends on the day alone
def listing(today: date) -> Listing:
    """Every tenant the asker may see, with the end of its running lease and the last month paid."""
    lease_end = (
        select(func.max(func.coalesce(Lease.ends_on, OPEN_END)))
        .where(Lease.tenant_id == Tenant.id, Lease.starts_on <= today)
        .correlate(Tenant)
        .scalar_subquery()
    )
    paid_until = (
        select(func.max(RentPayment.month))
        .where(RentPayment.tenant_id == Tenant.id, RentPayment.paid_fen > 0)
        .correlate(Tenant)
        .scalar_subquery()
    )
    operator = select(Operator.name).where(Operator.id == Tenant.operator_id).correlate(Tenant).scalar_subquery()
    return Listing(
        statement=select(
            Tenant.id,
            Tenant.name,
            Tenant.uscc,
            Tenant.stage,
            Tenant.industry,
            Tenant.registered_on,
        ).where(Tenant.merged_into_id.is_(None)),
        key=Tenant.id,
        sorts={
            "name": Tenant.name,
            "stage": STAGE_ORDER,
            "industry": func.coalesce(Tenant.industry, ""),
            "registered_on": func.coalesce(Tenant.registered_on, date(1, 1, 1)),
            "lease_end": func.coalesce(lease_end, date(1, 1, 1)),
            "paid_until": type_coerce(func.coalesce(paid_until, ""), String),  # the empty one is no month
        },
        search=SEARCH,
        extras={
            "operator": operator,
            "lease_end": lease_end,
            "paid_until": paid_until,
            "kind": Tenant.kind,
            "contact_name": Tenant.contact_name,
            "contact_phone": Tenant.contact_phone,
            "registered_address": Tenant.registered_address,
        },
        filters={
            "stage": lambda value: Tenant.stage == Stage(value),
            "kind": lambda value: Tenant.kind == TenantKind(value),
        },
    )


def one(session: Session, tenant_id: int) -> Tenant | None:
    """The tenant, if the asker may see it."""
    return session.scalars(select(Tenant).where(Tenant.id == tenant_id)).one_or_none()


def founders(session: Session, tenant_id: int) -> list[Founder]:
    return list(session.scalars(select(Founder).where(Founder.tenant_id == tenant_id).order_by(Founder.id)))


def leases(session: Session, tenant_id: int) -> list[Lease]:
    return list(session.scalars(select(Lease).where(Lease.tenant_id == tenant_id).order_by(Lease.starts_on)))


def rent_by_month(session: Session, tenant_id: int) -> list[RentPayment]:
    """Rent received, by month and lease."""
    return list(
        session.scalars(
            select(RentPayment)
            .where(RentPayment.tenant_id == tenant_id)
            .order_by(RentPayment.month.desc(), RentPayment.lease_id, RentPayment.id)
        )
    )
