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
    String,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased, joinedload

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


class Work(NamedTuple):
    """A membership someone can act in: lent to them or their own, what the organisation is called, and whether all that
    is seen there is invented."""

    membership: Membership
    lent: bool
    place: str
    demonstration: bool


_TENANTS, _OPERATORS, _DEPARTMENTS, _DISTRICTS = (model.__table__ for model in (Tenant, Operator, Department, District))
_DAY = bindparam("day", type_=Date)
_LENT_TODAY = and_(Delegation.to_user_id == User.id, lending(_DAY))


def _with_places(statement: Select[Any]) -> Select[Any]:
    place = func.coalesce(_TENANTS.c.name, _OPERATORS.c.name, _DEPARTMENTS.c.name, _DISTRICTS.c.name)
    return (
        statement.add_columns(place, _DISTRICTS.c.demonstration)
        .outerjoin(_TENANTS, _TENANTS.c.id == Membership.tenant_id)
        .outerjoin(_OPERATORS, _OPERATORS.c.id == Membership.operator_id)
        .outerjoin(_DEPARTMENTS, _DEPARTMENTS.c.id == Membership.department_id)
        .outerjoin(_DISTRICTS, _DISTRICTS.c.id == Membership.district_id)
        .order_by(Membership.id)
    )


# Made once: each request asks it. Few people stand in for somebody, so what is lent is asked only of them.
_WHO = _with_places(
    select(User, select(Delegation.id).where(_LENT_TODAY).correlate(User).exists(), Membership)
    .select_from(User)
    .outerjoin(Membership, and_(Membership.user_id == User.id, running(_DAY)))
    .where(User.fs_uniquifier == bindparam("uniquifier", type_=String))
)
_OWNER = aliased(User)
_LENT = _with_places(
    select(Membership)
    .join(Delegation, Delegation.membership_id == Membership.id)
    .join(_OWNER, _OWNER.id == Membership.user_id)
    .where(Delegation.to_user_id == bindparam("user", type_=BigInteger), lending(_DAY), _OWNER.active, running(_DAY))
)


def who(session: Session, uniquifier: str, day: date) -> tuple[User | None, list[Work]]:
    """The user of a session, and what they can work as on a day: their own memberships, then those lent to them.

    It is asked before anybody is the asker, and reads the names of places past the marks: a person may read the names
    of all places they belong to.
    """
    found = session.execute(_WHO, {"uniquifier": uniquifier, "day": day}).all()
    if not found:
        return None, []
    user, stands_in = found[0][:2]
    work = [Work(m, False, place or "", bool(invented)) for _, _, m, place, invented in found if m is not None]
    if stands_in:
        lent = session.execute(_LENT, {"user": user.id, "day": day})
        work += [Work(m, True, place or "", bool(invented)) for m, place, invented in lent]
    return user, work


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
