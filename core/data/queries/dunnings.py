"""Reading dunning letters."""

from __future__ import annotations

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from core.data.models import Dunning, DunningBill, DunningHow, DunningLevel, Tenant
from core.data.queries.paging import Listing

WAITING = and_(Dunning.how == DunningHow.MAIL, Dunning.mailed_at.is_(None))


def listing() -> Listing:
    """The asker's letters."""
    return Listing(
        statement=select(
            Dunning.id,
            Dunning.number,
            Tenant.name.label("tenant"),
            Dunning.level,
            Dunning.sent_on,
            Dunning.total_fen,
            Dunning.pay_by,
            Dunning.how,
            Dunning.mailed_at,
            WAITING.label("waiting"),
        ).join(Tenant, Tenant.id == Dunning.tenant_id),
        key=Dunning.id,
        sorts={
            "number": Dunning.number,
            "tenant": Tenant.name,
            "sent_on": Dunning.sent_on,
            "total_fen": Dunning.total_fen,
        },
        search=(Dunning.number, Tenant.name),
        filters={
            "level": lambda value: Dunning.level == DunningLevel(value),
            "how": lambda value: WAITING if value == "waiting" else Dunning.how == DunningHow(value),
        },
    )


def one(session: Session, dunning_id: int) -> Dunning | None:
    query = select(Dunning).where(Dunning.id == dunning_id)
    return session.scalars(
        query.options(joinedload(Dunning.tenant), selectinload(Dunning.bills).joinedload(DunningBill.bill))
    ).first()


def of_tenant(session: Session, tenant_id: int) -> list[Dunning]:
    """Letters to a tenant, the newest first."""
    query = select(Dunning).where(Dunning.tenant_id == tenant_id).order_by(Dunning.id.desc())
    return list(session.scalars(query.options(selectinload(Dunning.bills))))
