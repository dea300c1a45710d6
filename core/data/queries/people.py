"""Who works where. Accounts and memberships carry no scope mark (one person may belong to several operators), so each
read here says whose people it is about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Date,
    Select,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, joinedload

from core.data.asker import Asker, Reach
from core.data.models import (
    Delegation,
    Department,
    District,
    Invitation,
    Membership,
    Operator,
    Role,
    Tenant,
    User,
    UserSession,
)
from core.data.queries.across import across

Scoped = type[Membership] | type[Invitation]


def running(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """Memberships that give rights on `day`: `Membership.running_on` in SQL."""
    return and_(
        Membership.ended_at.is_(None),
        Membership.starts_on <= day,
        or_(Membership.ends_on.is_(None), Membership.ends_on >= day),
    )


def lending(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """Delegations in force on `day`."""
    return and_(Delegation.starts_on <= day, Delegation.ends_on >= day, Delegation.revoked_at.is_(None))


def _work() -> Select[Any]:
    user, day = bindparam("user", type_=BigInteger), bindparam("day", type_=Date)
    tenants, operators, departments, districts = (model.__table__ for model in (Tenant, Operator, Department, District))
    lent = (
        select(Delegation.membership_id)
        .join(Membership, Membership.id == Delegation.membership_id)
        .join(User, User.id == Membership.user_id)
        .where(Delegation.to_user_id == user, lending(day), User.active)
    )
    is_lent = Membership.user_id != user
    return (
        select(
            Membership,
            is_lent,
            func.coalesce(tenants.c.name, operators.c.name, departments.c.name, districts.c.name),
            districts.c.demonstration,
        )
        .outerjoin(tenants, tenants.c.id == Membership.tenant_id)
        .outerjoin(operators, operators.c.id == Membership.operator_id)
        .outerjoin(departments, departments.c.id == Membership.department_id)
        .outerjoin(districts, districts.c.id == Membership.district_id)
        .where(or_(Membership.user_id == user, Membership.id.in_(lent)), running(day))
        .order_by(is_lent, Membership.id)
    )


class Work(NamedTuple):
    """A membership someone can act in: lent to them or their own, what the organisation is called, and whether all that
    is seen there is invented."""

    membership: Membership
    lent: bool
    place: str
    demonstration: bool


def work_of(session: Session, user_id: int, day: date) -> list[Work]:
    """What a user can work as on a day: their own memberships, then those lent to them.

    Each request asks this before anybody is the asker, so it is one statement, and reads the names of places past the
    marks: a person may read the names of all places they belong to.
    """
    found = session.execute(_WORK, {"user": user_id, "day": day})
    return [Work(m, bool(lent), place or "", bool(invented)) for m, lent, place, invented in found]


_WORK = _work()  # made once: each request asks it


def of_asker(model: Scoped, asker: Asker) -> ColumnElement[bool]:
    """Which memberships or invitations belong to the organisation the asker works in."""
    match asker.reach:
        case Reach.TENANT:
            return model.tenant_id == asker.tenant_id
        case Reach.OPERATOR:
            return model.operator_id == asker.operator_id
        case Reach.DISTRICT:
            return and_(model.district_id == asker.district_id, model.operator_id.is_(None))
        case Reach.PLATFORM | Reach.SYSTEM:
            return true()
        case _:
            return false()


def members(session: Session, asker: Asker, day: date, *, roles: Iterable[Role]) -> list[Membership]:
    """The people in `roles` of the asker's organisation today, with their accounts."""
    return list(
        session.scalars(
            select(Membership)
            .join(Membership.user)
            .options(joinedload(Membership.user))
            .where(of_asker(Membership, asker), Membership.role.in_(set(roles)), running(day))
            .order_by(Membership.role, User.name, Membership.id)
        )
    )


def open_invitations(session: Session, asker: Asker, *, roles: Iterable[Role]) -> list[Invitation]:
    """Invitations of the asker's organisation that were neither taken up nor withdrawn; expired ones too."""
    return list(
        session.scalars(
            select(Invitation)
            .where(
                of_asker(Invitation, asker),
                Invitation.role.in_(set(roles)),
                Invitation.accepted_at.is_(None),
                Invitation.revoked_at.is_(None),
            )
            .order_by(Invitation.created_at.desc(), Invitation.id.desc())
        )
    )


def sessions_of(session: Session, user_id: int, since: datetime) -> list[Any]:
    """A user's signed-in browsers seen after `since`, the latest first. Never their data."""
    columns = (UserSession.id, UserSession.token_hash, UserSession.created_at, UserSession.seen_at)
    return list(
        session.execute(
            select(*columns, UserSession.remote, UserSession.agent)
            .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None), UserSession.seen_at > since)
            .order_by(UserSession.seen_at.desc(), UserSession.id.desc())
        )
    )


def delegations_of(session: Session, user_id: int, day: date) -> list[Delegation]:
    """What a user lends, now or later, newest first."""
    return list(
        session.scalars(
            select(Delegation)
            .options(joinedload(Delegation.membership))
            .where(Delegation.from_user_id == user_id, Delegation.ends_on >= day, Delegation.revoked_at.is_(None))
            .order_by(Delegation.id.desc())
        )
    )


def delegations_in(session: Session, district_id: int, day: date) -> list[Delegation]:
    """What is lent in a district, now or later, the earliest first."""
    return list(
        session.scalars(
            select(Delegation)
            .join(Delegation.membership)
            .options(joinedload(Delegation.membership))
            .where(Membership.district_id == district_id, Delegation.ends_on >= day, Delegation.revoked_at.is_(None))
            .order_by(Delegation.starts_on, Delegation.id)
        )
    )


def names(session: Session, user_ids: Iterable[int]) -> dict[int, str]:
    """What people are called, by id."""
    rows = session.execute(select(User.id, User.name).where(User.id.in_(set(user_ids))))
    return {row.id: row.name for row in rows}


def colleagues(session: Session, membership: Membership, day: date) -> list[User]:
    """Who may stand in for a member of the district: the other people with a role in it today."""
    return list(
        session.scalars(
            select(User)
            .where(
                User.id != membership.user_id,
                User.active,
                User.id.in_(
                    select(Membership.user_id).where(
                        Membership.district_id == membership.district_id, Membership.operator_id.is_(None), running(day)
                    )
                ),
            )
            .order_by(User.name, User.id)
        )
    )


def places_of(session: Session, rows: Iterable[Membership | Invitation]) -> dict[int, str]:
    """What the organisation of each row is called, by the row's id. A person may read the names of all places they
    belong to, also while working in another one."""
    rows = list(rows)
    found: dict[tuple[type[Any], int], str] = {}
    kinds: tuple[tuple[type[Any], str], ...] = (
        (Tenant, "tenant_id"),
        (Operator, "operator_id"),
        (Department, "department_id"),
        (District, "district_id"),
    )
    with across(session, "accounts:places") as wide:
        for kind, column in kinds:
            ids = {getattr(row, column) for row in rows} - {None}
            if ids:
                found |= {
                    (kind, i): name for i, name in wide.execute(select(kind.id, kind.name).where(kind.id.in_(ids)))
                }
    return {
        row.id: next((found[kind, key] for kind, column in kinds if (key := getattr(row, column)) is not None), "")
        for row in rows
    }
