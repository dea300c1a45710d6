"""What tenants of a district have in common that companies apart do not share. Set-based: of each kind of tie one
statement, which groups by a blind index or an evened value and hands back only what several enterprises have."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, distinct, func, null, select, union_all
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import CTE

from core.data.models import Case, CaseState, Founder, Lead, LeadState, Operator, RentPayment, Site, Tenant


class TieKind(StrEnum):
    ACCOUNT = "account"  # paid to one account
    PAYER = "payer"  # their rent is paid by one other
    LEGAL_REPRESENTATIVE = "legal_representative"
    FOUNDER = "founder"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"  # registered at one address that is no site's


SHARED = "shared_"  # how rules over what several have in common begin, with the kind of tie after it


class Shared(NamedTuple):
    """One tenant's share in what is shared: `mark` says what, `row_id` is a row that holds it."""

    mark: str
    tenant_id: int
    row_id: int | None


def shared(session: Session, district_id: int, kind: TieKind) -> Sequence[Shared]:
    """By mark and tenant. Files that were merged, and two files of one enterprise, are one."""
    base = _BASES[kind](district_id).cte("held")
    return [Shared(*row) for row in session.execute(_several(base))]


def registered(session: Session, district_id: int) -> Sequence[Any]:
    """Every registered address, as (tenant, enterprise, address): how they are evened is not for SQL."""
    return session.execute(
        _tenants(district_id, Tenant.id, _enterprise(), Tenant.registered_address)
        .where(Tenant.registered_address.is_not(None), Tenant.registered_address != "")
        .order_by(Tenant.id)
    ).all()


def site_addresses(session: Session, district_id: int) -> Sequence[str]:
    """Where the district's sites are: all their tenants may be registered there."""
    return session.scalars(
        select(Site.address).join(Operator, Operator.id == Site.operator_id).where(Operator.district_id == district_id)
    ).all()


def tenants(session: Session, tenant_ids: set[int]) -> dict[int, tuple[str, int, str]]:
    """Name, operator and operator's name of tenants."""
    rows = session.execute(
        select(Tenant.id, Tenant.name, Tenant.operator_id, Operator.name)
        .join(Operator, Operator.id == Tenant.operator_id)
        .where(Tenant.id.in_(tenant_ids))
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def open_leads(session: Session, tenant_ids: set[int]) -> Sequence[Lead]:
    """Leads about one of these tenants, or (`tenant_ids` among their facts) several, that nobody has judged."""
    waiting = select(Lead).where(Lead.state.in_((LeadState.OPEN, LeadState.LOOKING))).order_by(Lead.id)
    of_one = session.scalars(waiting.where(Lead.tenant_id.in_(tenant_ids))).all()
    of_several = session.scalars(waiting.where(Lead.tenant_id.is_(None), Lead.rule.startswith(SHARED))).all()
    return [*of_one, *(it for it in of_several if tenant_ids & set(it.facts.get("tenant_ids", ())))]


def _several(base: CTE) -> Select[Any]:
    marks = select(base.c.mark).group_by(base.c.mark).having(func.count(distinct(base.c.enterprise)) > 1)
    return (
        select(base.c.mark, base.c.tenant_id, func.max(base.c.row_id))
        .where(base.c.mark.in_(marks))
        .group_by(base.c.mark, base.c.tenant_id)
        .order_by(base.c.mark, base.c.tenant_id)
    )


def _enterprise() -> ColumnElement[int]:
    return func.coalesce(Tenant.enterprise_id, -Tenant.id)


def _tenants(district_id: int, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Tenant)
        .join(Operator, Operator.id == Tenant.operator_id)
        .where(Operator.district_id == district_id, Tenant.merged_into_id.is_(None))
    )


def _held(district_id: int, mark: Any, row_id: Any) -> Select[Any]:
    columns = (
        mark.label("mark"),
        Tenant.id.label("tenant_id"),
        _enterprise().label("enterprise"),
        row_id.label("row_id"),
    )
    return _tenants(district_id, *columns).where(mark.is_not(None), mark != "")


def _accounts(district_id: int) -> Select[Any]:
    return (
        _held(district_id, Case.payee_account_once, Case.id)
        .join(Case, Case.tenant_id == Tenant.id)
        .where(Case.state != CaseState.DRAFT)
    )


def _founders(district_id: int) -> Select[Any]:
    return _held(district_id, Founder.id_number_once, Founder.id).join(Founder, Founder.tenant_id == Tenant.id)


def _legal(district_id: int) -> Select[Any]:
    return _founders(district_id).where(Founder.legal_representative.is_(True))


def _plain(column: Any, *dropped: str) -> Any:
    found: Any = func.lower(func.trim(column))
    for text in dropped:
        found = func.replace(found, text, "")
    return found


def _phones(district_id: int) -> Select[Any]:
    contact = _held(district_id, _phone(Tenant.contact_phone), null())
    founders = _held(district_id, _phone(Founder.phone), null()).join(Founder, Founder.tenant_id == Tenant.id)
    both = union_all(contact, founders).subquery()
    return select(both)


def _phone(column: Any) -> Any:
    even = _plain(column, " ", "-", "(", ")")
    return case((even.like("+86%"), func.substr(even, 4)), else_=even)


def _emails(district_id: int) -> Select[Any]:
    return _held(district_id, _plain(Tenant.contact_email), null())


def _payers(district_id: int) -> Select[Any]:
    dropped = (" ", "　", "（", "）", "(", ")")
    payer = _plain(RentPayment.payer_name, *dropped)
    return (
        _held(district_id, payer, RentPayment.id)
        .join(RentPayment, RentPayment.tenant_id == Tenant.id)
        .where(payer != _plain(Tenant.name, *dropped))
    )


_BASES = {
    TieKind.ACCOUNT: _accounts,
    TieKind.PAYER: _payers,
    TieKind.LEGAL_REPRESENTATIVE: _legal,
    TieKind.FOUNDER: _founders,
    TieKind.PHONE: _phones,
    TieKind.EMAIL: _emails,
}
