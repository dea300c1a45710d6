"""Telling people: whom a notice is for, and writing it down for all of them at once.

Three statements whatever there is to tell and however many are told: who they are, the notices, their mails; a few
more, as many for one as for all, where staff are told of an applicant (whether they are tied to it); and one job in
the queue for a transaction. What a transaction that rolls back told, nobody was told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, and_, literal, null, select, union_all
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

import core
from core.data.models import (
    DISTRICT_ROLES,
    TENANT_ROLES,
    Channel,
    Delegation,
    DeliveryState,
    MailMode,
    Membership,
    Notice,
    NoticeDelivery,
    NoticePreference,
    Role,
    Tenant,
    User,
)
from core.data.queries.people import lending, running
from core.data.types import utcnow
from core.services import audit, jobs, ties
from core.services.notices.kinds import GROUPS, KINDS
from core.services.ties import TieCause

MAIL = "mail_notices"
SEARCHED = ("case", "recovery", "finding", "tenant", "letter", "round", "mentor", "event", "bill")
_TENANTS = Tenant.__table__
_PLACES = ("district_id", "operator_id", "tenant_id", "department_id")
BATCH = 500  # rows a statement: engines limit its values
_ASKED = "notices_asked"  # of a connection: the transaction that has its job


@dataclass(frozen=True, slots=True)
class To:
    """People in one of some roles, in one place; the platform's where none is given. `only`: of them this one, `but`:
    all but this one."""

    roles: frozenset[Role]
    district_id: int | None = None
    operator_id: int | None = None
    tenant_id: int | None = None
    department_id: int | None = None  # of the district, which is given too
    only: int | None = None
    but: int | None = None

    def where(self, reader: Any) -> ColumnElement[bool]:
        """Of memberships; `reader` is the column of who reads, who may stand in for the member."""
        places = {name: getattr(self, name) for name in _PLACES}
        said = [getattr(Membership, name) == value for name, value in places.items() if value is not None]
        said.append(Membership.role.in_(self.roles))
        if self.only is not None:
            said.append(reader == self.only)
        if self.but is not None:
            said.append(reader != self.but)
        return and_(*said)


def tenant_of(row: Any) -> To:
    """The people of the tenant that a row is about."""
    return To(TENANT_ROLES, tenant_id=row.tenant_id)


@dataclass(frozen=True, slots=True)
class Telling:
    """Something to tell: the kind (a code of `KINDS`), to whom, about which row, and the plain values of its sentence.
    `key` names what it is about: nobody is told the same key twice."""

    kind: str
    to: To
    subject_id: int | None
    key: str
    params: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""
    tenant_id: int | None = None  # whose name the sentence has, as `tenant`
    case_id: int | None = None  # the case it is of; not needed where that is the subject

    @property
    def of_case(self) -> int | None:
        return self.subject_id if KINDS[self.kind].subject == "case" else self.case_id


def tell(session: Session, *tellings: Telling) -> int:
    """Write notices for everybody they are for, but never for who acts, nor for staff with a tie to the applicant they
    name: its pages are closed to them. Returns how many. The mails go once the transaction has committed."""
    if not tellings:
        return 0
    actor = audit.asker_of(session).user_id
    session.flush()
    readers = [(tellings[row.nth], row) for row in session.execute(_readers(tellings)) if row.user_id != actor]
    found: dict[tuple[int, str], tuple[Telling, Row[Any]]] = {}
    for telling, row in _untied(session, readers):
        # Of several posts of one person the first is named, their own before one lent to them.
        found.setdefault((row.user_id, telling.key), (telling, row))
    if not found:
        return 0
    made = _write(session, Notice, [_notice(*it) for it in found.values()])
    mails = [it for row in made if (it := _mail(row.id, *found[row.user_id, row.key])) is not None]
    if mails:
        _write(session, NoticeDelivery, mails)
    if any(not mail["daily"] for mail in mails):
        _send_after(session, mails[0]["notice_id"])
    return len(made)


def _readers(tellings: Sequence[Telling]) -> Select[Any]:
    """User, membership, the place of the telling among `tellings`, what the user chose, the name of the tenant."""
    parts = []
    for nth, it in enumerate(tellings):
        parts.append(_reading(it, nth, lent=False))
        if it.to.roles & DISTRICT_ROLES:
            parts.append(_reading(it, nth, lent=True))
    found = union_all(*parts).subquery()
    return select(found).order_by(found.c.lent, found.c.membership_id)


def _reading(it: Telling, nth: int, *, lent: bool) -> Select[Any]:
    """Who reads one telling: those whose post it is, or (`lent`) those who stand in for them."""
    day, owner = core.today().date(), aliased(User)
    reader = Delegation.to_user_id if lent else Membership.user_id
    name = select(_TENANTS.c.name).where(_TENANTS.c.id == it.tenant_id).scalar_subquery() if it.tenant_id else null()
    query = select(
        User.id.label("user_id"),
        Membership.id.label("membership_id"),
        literal(nth, Integer).label("nth"),
        literal(int(lent), Integer).label("lent"),
        NoticePreference.mail.label("chosen"),
        name.label("tenant"),
    ).select_from(Membership)
    if lent:
        query = query.join(Delegation, and_(Delegation.membership_id == Membership.id, lending(day)))
        query = query.join(owner, and_(owner.id == Membership.user_id, owner.active))
    query = query.join(User, and_(User.id == reader, User.active))
    chosen = and_(NoticePreference.user_id == User.id, NoticePreference.group == KINDS[it.kind].group)
    return query.outerjoin(NoticePreference, chosen).where(it.to.where(reader), running(day))


def _untied(session: Session, readers: list[tuple[Telling, Row[Any]]]) -> list[tuple[Telling, Row[Any]]]:
    """Without those who may not read what they would be told of: staff of the district, and an operator's people where
    it is about a case. An operator's own tenant is no tie of theirs (`core.services.ties.refuse`)."""
    asked: dict[tuple[int, int | None], set[int]] = {}
    for it, row in readers:
        if it.tenant_id is not None and (it.to.district_id is not None or it.of_case is not None):
            asked.setdefault((it.tenant_id, it.of_case), set()).add(row.user_id)
    tied = {of: ties.among(session, users, tenant_id=of[0], case_id=of[1]) for of, users in asked.items()}

    def untied(it: Telling, row: Row[Any]) -> bool:
        found = tied.get((it.tenant_id, it.of_case), {}) if it.tenant_id is not None else {}
        own = {TieCause.LANDLORD} if it.to.operator_id is not None else set()
        return not found.get(row.user_id, set()) - own

    return [pair for pair in readers if untied(*pair)]


def _notice(it: Telling, row: Row[Any]) -> dict[str, Any]:
    kind = KINDS[it.kind]
    params = dict(it.params) | ({"tenant": row.tenant} if it.tenant_id else {})
    about = it.about or " ".join(str(params[name]) for name in SEARCHED if name in params)
    return {
        "user_id": row.user_id,
        "membership_id": row.membership_id,
        "kind": kind.code,
        "group": kind.group,
        "subject_type": kind.subject,
        "subject_id": it.subject_id,
        "about": about[:200],
        "params": params,
        "key": it.key,
        "created_at": utcnow(),
    }


def _mail(notice_id: int, it: Telling, row: Row[Any]) -> dict[str, Any] | None:
    kind = KINDS[it.kind]
    mode = row.chosen or GROUPS[kind.group].mail
    if not kind.mail or mode is MailMode.NONE:
        return None
    return {
        "notice_id": notice_id,
        "user_id": row.user_id,
        "channel": Channel.MAIL,
        "daily": mode is MailMode.DAILY,
        "state": DeliveryState.WAITING,
        "since": utcnow(),
        "tries": 0,
    }


def _write(session: Session, model: type[Notice] | type[NoticeDelivery], rows: list[dict[str, Any]]) -> list[Row[Any]]:
    """Write rows, but none that is there; the new ones come back."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    there = (Notice.id, Notice.user_id, Notice.key) if model is Notice else (NoticeDelivery.id,)
    made: list[Row[Any]] = []
    for start in range(0, len(rows), BATCH):
        some = insert(model).values(rows[start : start + BATCH])
        made += session.execute(some.on_conflict_do_nothing().returning(*there))
    return made


def _send_after(session: Session, notice_id: int) -> None:
    """One job for a transaction: it mails all that waits."""
    connection = session.connection()
    transaction = connection.get_transaction()
    if connection.in_nested_transaction():  # what is asked in it may be taken back with it
        jobs.enqueue(session, MAIL, key=f"{MAIL}:{notice_id}")
    elif connection.info.get(_ASKED) is not transaction:
        jobs.enqueue(session, MAIL, key=f"{MAIL}:{notice_id}")
        connection.info[_ASKED] = transaction
