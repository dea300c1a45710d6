"""What tenants of a district have in common that companies apart do not share. Set-based: of each kind of tie one
statement. What has a blind index, or is one text, is grouped there, and only what several enterprises have is handed
back; how telephone numbers and addresses are evened is not for SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Select, distinct, func, null, select, union_all
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import CTE

from core.data.models import Case, CaseState, Contact, Founder, Lead, LeadState, Operator, RentPayment, Site, Tenant


class TieKind(StrEnum):
    ACCOUNT = "account"  # paid to one account
    PAYER = "payer"  # their rent is paid by one other
    LEGAL_REPRESENTATIVE = "legal_representative"
    FOUNDER = "founder"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"  # registered at one address that is no site's


_AT_ONCE = 500


class Shared(NamedTuple):
    """One tenant's share in what is shared: `mark` says what, `row_id` is a row that holds it."""

    mark: str
    tenant_id: int
    row_id: int | None


def shared(session: Session, district_id: int, kind: TieKind) -> Sequence[Shared]:
    """By mark and tenant. Files that were merged, and two files of one enterprise, are one."""
    base = _BASES[kind](district_id).cte("held")
    return [Shared(*row) for row in session.execute(_several(base))]


class Held(NamedTuple):
    """What one tenant says of itself, as it was written."""

    said: str
    tenant_id: int
    enterprise: int


def addresses(session: Session, district_id: int) -> Sequence[Held]:
    """Every registered address, by tenant."""
    return _held_by(session, _held(district_id, Tenant.registered_address, null()))


def phones(session: Session, district_id: int) -> Sequence[Held]:
    """Every number at which a tenant, its founders and those whom it named can be called, by tenant."""
    founders = _held(district_id, Founder.phone, null()).join(Founder, Founder.tenant_id == Tenant.id)
    contacts = _held(district_id, Contact.phone, null()).join(Contact, Contact.tenant_id == Tenant.id)
    return _held_by(session, union_all(_held(district_id, Tenant.contact_phone, null()), founders, contacts))


def _held_by(session: Session, base: Select[Any] | CompoundSelect[Any]) -> Sequence[Held]:
    every = base.subquery()
    columns = (every.c.mark, every.c.tenant_id, every.c.enterprise)
    return [Held(*row) for row in session.execute(select(*columns).order_by(every.c.tenant_id, every.c.mark))]


def own_phones(session: Session, district_id: int) -> Sequence[str]:
    """The numbers of the district's operators: any tenant may be called there."""
    wanted = select(Operator.phone).where(Operator.district_id == district_id, Operator.phone.is_not(None))
    return [phone for phone in session.scalars(wanted) if phone]


def rows(session: Session, kind: TieKind, ids: Collection[int]) -> dict[int, Any]:
    """The rows that hold what is shared, by id."""
    model = HELD_IN[kind]
    found: dict[int, Any] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), _AT_ONCE):
        some = select(model).where(model.id.in_(wanted[start : start + _AT_ONCE]))
        found |= {row.id: row for row in session.scalars(some)}
    return found


def site_addresses(session: Session, district_id: int) -> Sequence[str]:
    """Where the district's sites are: all their tenants may be registered there."""
    return session.scalars(
        select(Site.address).join(Operator, Operator.id == Site.operator_id).where(Operator.district_id == district_id)
    ).all()


def tenants(session: Session, tenant_ids: set[int]) -> dict[int, tuple[str, int, str]]:
    """Name, operator and operator's name of tenants."""
    found: dict[int, tuple[str, int, str]] = {}
    wanted = sorted(tenant_ids)
    for start in range(0, len(wanted), _AT_ONCE):
        some = select(Tenant.id, Tenant.name, Tenant.operator_id, Operator.name).join(
            Operator, Operator.id == Tenant.operator_id
        )
        for row in session.execute(some.where(Tenant.id.in_(wanted[start : start + _AT_ONCE]))):
            found[row[0]] = (row[1], row[2], row[3])
    return found


def open_leads(session: Session, district_id: int) -> Sequence[Lead]:
    """The district's leads that nobody has judged, the oldest first."""
    waiting = select(Lead).where(Lead.district_id == district_id, Lead.state.in_((LeadState.OPEN, LeadState.LOOKING)))
    return session.scalars(waiting.order_by(Lead.id)).all()


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
    TieKind.EMAIL: _emails,
}
HELD_IN: dict[TieKind, Any] = {
    TieKind.ACCOUNT: Case,
    TieKind.PAYER: RentPayment,
    TieKind.LEGAL_REPRESENTATIVE: Founder,
    TieKind.FOUNDER: Founder,
}
