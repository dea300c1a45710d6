"""Reading the trail. Audit events carry no scope mark (the system writes them too), so the scope is said here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import Session

from core.data.asker import AUDITING, Asker, Reach
from core.data.models import OFFICERS, AuditEvent, Membership, Role, User
from core.data.queries.paging import Listing
from core.data.types import utcnow

READ = "read."  # what the events begin with that say what an auditor looked at (`core.web.looking`)
_EVENTS = select(
    AuditEvent.id,
    AuditEvent.at,
    AuditEvent.actor,
    AuditEvent.actor_id,
    AuditEvent.action,
    AuditEvent.subject_type,
    AuditEvent.subject_id,
    AuditEvent.success,
    AuditEvent.detail,
    AuditEvent.remote,
    User.name.label("person"),
).outerjoin(User, User.id == AuditEvent.actor_id)
# The audit administrator reads what administrators and auditors did, who came in and who was given what, and what
# happened to the instance itself; not what desks and operators do with cases.
_ACCOUNTABLE = OFFICERS | {Role.AUDITOR, Role.DISTRICT_ADMIN}
_WATCHED = or_(
    AuditEvent.actor_id.in_(select(Membership.user_id).where(Membership.role.in_(_ACCOUNTABLE))),
    *(AuditEvent.action.like(f"{about}.%") for about in ("account", "invitation", "membership", "delegation")),
    and_(AuditEvent.district_id.is_(None), AuditEvent.operator_id.is_(None)),
)

UNSERVED = ("finding.written", "finding.edited", "finding.noted")  # between the auditors of a district


def _visible(asker: Asker) -> Select[Any]:
    statement = _EVENTS
    if asker.reach is Reach.SYSTEM:
        return statement
    if asker.may(Role.AUDIT_ADMIN):
        return statement.where(_WATCHED)
    # What auditors looked at is for themselves and the audit administrator: whoever is audited does not learn it here.
    others: ColumnElement[bool] = AuditEvent.action.not_like(f"{READ}%")
    if asker.may(Role.AUDITOR):
        others = or_(others, AuditEvent.actor_id == asker.user_id)
    if asker.reach is Reach.DISTRICT:
        own = statement.where(AuditEvent.district_id == asker.district_id, others)
        return own if asker.may(*AUDITING) else own.where(AuditEvent.action.not_in(UNSERVED))
    if asker.reach is Reach.OPERATOR:
        return statement.where(AuditEvent.operator_id == asker.operator_id, others)
    return statement.where(false())


def sign_ins() -> Listing:
    """What happened at the door and to second factors, for security and audit administrators: all of the instance."""
    return Listing(
        statement=_EVENTS.where(AuditEvent.action.like("account.%")),
        key=AuditEvent.id,
        sorts={"at": AuditEvent.id},
        search=(User.name, AuditEvent.remote, AuditEvent.action),
        filters={"outcome": lambda wanted: AuditEvent.success.is_(wanted == "done"), "since": _since},
    )


def reads(asker: Asker) -> Listing:
    """What auditors looked at: all of it for the audit administrator, one's own for an auditor."""
    statement = _EVENTS.where(AuditEvent.action.like(f"{READ}%"))
    if not asker.may(Role.AUDIT_ADMIN):
        statement = statement.where(AuditEvent.actor_id == asker.user_id)
    return Listing(
        statement=statement,
        key=AuditEvent.id,
        sorts={"at": AuditEvent.id},
        search=(User.name, AuditEvent.action, AuditEvent.subject_type),
        filters={
            "person": lambda user_id: AuditEvent.actor_id == int(user_id),
            "object": lambda what: AuditEvent.subject_type == ("" if what == "list" else what),
            "since": _since,
        },
    )


def readers(session: Session) -> list[tuple[int, str]]:
    """Who ever looked at something as an auditor, by name."""
    ids = select(AuditEvent.actor_id).where(AuditEvent.action.like(f"{READ}%"))
    return [
        (row.id, row.name)
        for row in session.execute(select(User.id, User.name).where(User.id.in_(ids)).order_by(User.name))
    ]


def read_objects(session: Session) -> list[str]:
    """The kinds of things that were looked at."""
    found = select(AuditEvent.subject_type).where(AuditEvent.action.like(f"{READ}%"), AuditEvent.subject_type != "")
    return sorted(session.scalars(found.distinct()))


def _since(days: str) -> ColumnElement[bool]:
    return AuditEvent.at >= utcnow() - timedelta(days=int(days))


def listing(asker: Asker) -> Listing:
    """The events the asker may read, newest last by default."""
    return Listing(
        statement=_visible(asker),
        key=AuditEvent.id,
        sorts={"at": AuditEvent.id, "action": AuditEvent.action},
        search=(AuditEvent.action, AuditEvent.subject_type, AuditEvent.actor),
    )


def of_subject(session: Session, asker: Asker, subject_type: str, subject_id: int) -> list[Any]:
    """The trail of one thing, oldest first."""
    statement = _visible(asker).where(AuditEvent.subject_type == subject_type, AuditEvent.subject_id == subject_id)
    return list(session.execute(statement.order_by(AuditEvent.id)))
