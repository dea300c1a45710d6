"""Letters that wait to be mailed, whom they go to, and operators whose letters go by themselves."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Dunning, DunningHow, DunningRule, Membership, Role, Tenant, User
from core.data.queries.people import running
from core.data.types import utcnow
from core.services import audit

MAIL = "mail_dunnings"


def addresses(session: Session, tenant: Tenant, today: date) -> list[str]:
    """Where a letter to a tenant goes: its founders, and the contact of its file."""
    founders = session.scalars(
        select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.role == Role.FOUNDER, Membership.tenant_id == tenant.id, running(today))
    )
    known = {*founders, *([tenant.contact_email] if tenant.contact_email else [])}
    return sorted(address for address in known if "@" in address)


def waiting(session: Session) -> list[int]:
    """Ids of letters that are to be mailed and were not yet."""
    query = select(Dunning.id).where(Dunning.how == DunningHow.MAIL, Dunning.mailed_at.is_(None))
    return list(session.scalars(query.order_by(Dunning.id)))


def mark(session: Session, made: Dunning, to: list[str]) -> None:
    made.mailed_at, made.mailed_to = utcnow(), "、".join(to)[:500]
    audit.record(session, "dunning.mail", made, detail={"number": made.number, "addresses": len(to)})
    session.flush()


def to_dun(session: Session) -> list[int]:
    """Operators that want their letters sent by the daily job."""
    return list(session.scalars(select(DunningRule.operator_id).where(DunningRule.by_itself)))
