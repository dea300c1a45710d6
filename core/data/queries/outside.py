"""Reads of the lists from outside, and where they meet what was granted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, func, null, or_, select
from sqlalchemy.orm import Session

from core.data.models import (
    Award,
    Case,
    Employment,
    Founder,
    InsuredPerson,
    Lead,
    LeadState,
    OutsideKind,
    OutsideList,
    OutsideRow,
    OutsideSubject,
    Tenant,
    User,
)

LASTING = frozenset({OutsideKind.RETIRED, OutsideKind.DECEASED, OutsideKind.DEREGISTERED})
_AT_ONCE = 500


class Hit(NamedTuple):
    """A row that meets an award. Of `founder_id` and `person_id` one is there where it is about a person; `month` is
    that of an insured person, `month_from` and `month_to` are the row's."""

    list_id: int
    row_id: int
    award_id: int
    case_id: int
    tenant_id: int
    operator_id: int
    founder_id: int | None
    person_id: int | None
    month: str | None
    month_from: str
    month_to: str | None
    amount_fen: int | None
    award_fen: int
    begins: str  # the period of the award
    ends: str


def unconfirmed(session: Session, *, by: int | None) -> Sequence[OutsideList]:
    """Lists that somebody read in and did not confirm."""
    wanted = select(OutsideList).where(OutsideList.confirmed_at.is_(None), OutsideList.imported_by_id == by)
    return session.scalars(wanted.order_by(OutsideList.id)).all()


def with_file(session: Session, file_mark: str) -> OutsideList | None:
    """The list that a file became, while its rows are there."""
    wanted = select(OutsideList).where(OutsideList.file_mark == file_mark, OutsideList.deleted_at.is_(None))
    return session.scalars(wanted.order_by(OutsideList.id).limit(1)).one_or_none()


def lists(session: Session) -> Sequence[Any]:
    """Every confirmed list with who brought it in, the newest first: (list, name)."""
    wanted = select(OutsideList, User.name).join(User, User.id == OutsideList.imported_by_id)
    return session.execute(wanted.where(OutsideList.confirmed_at.is_not(None)).order_by(OutsideList.id.desc())).all()


def by_month(session: Session, list_id: int) -> Sequence[Any]:
    """How many rows of a list begin in each month, with their money: (month, rows, fen)."""
    return session.execute(
        select(OutsideRow.month_from, func.count(), func.sum(OutsideRow.amount_fen))
        .where(OutsideRow.list_id == list_id)
        .group_by(OutsideRow.month_from)
        .order_by(OutsideRow.month_from.desc())
    ).all()


def leads(session: Session, district_id: int, rule: str) -> Sequence[Lead]:
    """The leads of a rule in a district that still hold, the newest first."""
    wanted = select(Lead).where(Lead.district_id == district_id, Lead.rule == rule, Lead.state != LeadState.GONE)
    return session.scalars(wanted.order_by(Lead.id.desc())).all()


def standing(session: Session, award_ids: Collection[int]) -> set[int]:
    """Those of these awards that were not revoked."""
    found: set[int] = set()
    wanted = sorted(award_ids)
    for at in range(0, len(wanted), _AT_ONCE):
        some = select(Award.id).where(Award.id.in_(wanted[at : at + _AT_ONCE]), Award.revoked_at.is_(None))
        found |= set(session.scalars(some))
    return found


def live(session: Session, district_id: int, kind: OutsideKind) -> Sequence[int]:
    """Confirmed lists of a district whose rows are there, by id."""
    wanted = select(OutsideList.id).where(
        OutsideList.district_id == district_id,
        OutsideList.kind == kind,
        OutsideList.confirmed_at.is_not(None),
        OutsideList.deleted_at.is_(None),
    )
    return session.scalars(wanted.order_by(OutsideList.id)).all()


def hits(session: Session, district_id: int, kind: OutsideKind) -> Iterator[Hit]:
    """Where lists of a kind meet awards of the district that stand: persons by the blind index that founders and
    insured persons have anyway, companies by one that is made of their code here."""
    if kind is not OutsideKind.DEREGISTERED:
        yield from map(_hit, session.execute(_insured(district_id, kind)))
        yield from map(_hit, session.execute(_founders(district_id, kind)))


def companies(session: Session, district_id: int) -> Sequence[Any]:
    """Tenants of the district with an award that stands and a code, as (uscc, award, case, tenant, operator, fen,
    first month, last month)."""
    return session.execute(
        select(
            Tenant.uscc, Award.id, Case.id, Tenant.id, Tenant.operator_id, Award.amount_fen, Case.period_from,
            Case.period_to,
        )
        .join(Award, Award.tenant_id == Tenant.id)
        .join(Case, Case.id == Award.case_id)
        .where(Case.district_id == district_id, Award.revoked_at.is_(None), Tenant.uscc.is_not(None))
        .order_by(Award.id)
    ).all()  # fmt: skip


def rows_of(
    session: Session, district_id: int, kind: OutsideKind, marks: Collection[str]
) -> Iterator[tuple[int, int, str, str, str | None, int | None]]:
    """The rows of companies that carry one of these blind indexes."""
    columns: tuple[Any, ...] = (
        OutsideRow.list_id, OutsideRow.id, OutsideRow.mark, OutsideRow.month_from, OutsideRow.month_to,
        OutsideRow.amount_fen,
    )  # fmt: skip
    statement = _rows(select(*columns), district_id, kind, OutsideSubject.COMPANY)
    wanted = sorted(marks)
    for at in range(0, len(wanted), _AT_ONCE):
        for row in session.execute(statement.where(OutsideRow.mark.in_(wanted[at : at + _AT_ONCE]))):
            yield row[0], row[1], row[2], row[3], row[4], row[5]


def _hit(row: Any) -> Hit:
    return Hit(*row)


def _rows(statement: Select[Any], district_id: int, kind: OutsideKind, subject: OutsideSubject) -> Select[Any]:
    return (
        statement.join(OutsideList, OutsideList.id == OutsideRow.list_id)
        .where(
            OutsideRow.district_id == district_id,
            OutsideRow.subject == subject,
            OutsideList.kind == kind,
            OutsideList.confirmed_at.is_not(None),
            OutsideList.deleted_at.is_(None),
        )
        .order_by(OutsideRow.id)
    )


def _columns(founder: Any, person: Any, month: Any) -> tuple[Any, ...]:
    return (
        OutsideRow.list_id, OutsideRow.id, Award.id, Case.id, Award.tenant_id, Award.operator_id,
        founder, person, month,
        OutsideRow.month_from, OutsideRow.month_to, OutsideRow.amount_fen,
        Award.amount_fen, Case.period_from, Case.period_to,
    )  # fmt: skip


def _insured(district_id: int, kind: OutsideKind) -> Select[Any]:
    """Months in which a person was insured by a tenant, within the period of an award of that tenant."""
    # What happened in a month may have happened on its last day: only the months after it are strange.
    listed = (
        Employment.month > OutsideRow.month_from
        if kind in LASTING
        else Employment.month.between(OutsideRow.month_from, func.coalesce(OutsideRow.month_to, OutsideRow.month_from))
    )
    statement = (
        select(*_columns(null(), InsuredPerson.id, Employment.month))
        .join(InsuredPerson, InsuredPerson.id_number_once == OutsideRow.mark)
        .join(Employment, and_(Employment.person_id == InsuredPerson.id, listed))
        .join(Award, Award.tenant_id == InsuredPerson.tenant_id)
        .join(
            Case,
            and_(Case.id == Award.case_id, Employment.month.between(Case.period_from, Case.period_to)),
        )
        .where(Case.district_id == district_id, Award.revoked_at.is_(None))
    )
    return _rows(statement, district_id, kind, OutsideSubject.PERSON)


def _founders(district_id: int, kind: OutsideKind) -> Select[Any]:
    """Founders of a tenant with an award: for months of its period, or (of what lasts) from before its end."""
    listed = (
        OutsideRow.month_from < Case.period_to
        if kind in LASTING
        else and_(
            OutsideRow.month_from <= Case.period_to,
            or_(OutsideRow.month_to.is_(None), OutsideRow.month_to >= Case.period_from),
        )
    )
    statement = (
        select(*_columns(Founder.id, null(), null()))
        .join(Founder, Founder.id_number_once == OutsideRow.mark)
        .join(Award, Award.tenant_id == Founder.tenant_id)
        .join(Case, and_(Case.id == Award.case_id, listed))
        .where(Case.district_id == district_id, Award.revoked_at.is_(None))
    )
    return _rows(statement, district_id, kind, OutsideSubject.PERSON)
