"""Reading the trail. Audit events carry no scope mark (the system writes them too), so the scope is said here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import Session

from core.data.asker import AUDITING, Asker, Reach
from core.data.models import (
    OFFICERS,
    AuditEvent,
    Delegation,
    Finding,
    FindingActKind,
    FindingProposal,
    Membership,
    Role,
    User,
)
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
# What auditors work at: whoever is audited does not learn what is looked into, nor by which seed it was drawn.
AMONG_AUDITORS = ("sample", "lead", "outside", "engagement", "replay", "working_paper", "pack")
BY_PERSON = "letters.by_person"  # its detail has the keyed hash of an identity number
TAKEN = ("list.export", "package.download", "log.download")  # away as files; by an auditor it is a look like others
_AUDITORS = select(Membership.user_id).where(Membership.role == Role.AUDITOR)


def told(asker: Asker) -> list[ColumnElement[bool]]:
    """What must hold of an event within the asker's reach so that it is for their eyes; nothing for the system."""
    if asker.reach is Reach.SYSTEM:
        return []
    # What auditors looked at, and whom they asked for, is for themselves and the audit administrator.
    own: ColumnElement[bool] = AuditEvent.actor_id == asker.user_id if asker.user_id is not None else false()
    seen = or_(AuditEvent.action.not_like(f"{READ}%"), own if asker.may(Role.AUDITOR) else false())
    asked = or_(AuditEvent.action != BY_PERSON, own)
    taken = or_(
        AuditEvent.action.not_in(TAKEN), own, AuditEvent.actor_id.is_(None), AuditEvent.actor_id.not_in(_AUDITORS)
    )
    if asker.reach is Reach.DISTRICT and asker.may(*AUDITING):
        return [seen, asked, taken]
    theirs = select(Finding.id)  # as the session limits them to who asks in it
    proposed = select(FindingProposal.id).where(FindingProposal.finding_id.in_(theirs))
    return [
        seen,
        asked,
        taken,
        *(AuditEvent.action.not_like(f"{about}.%") for about in AMONG_AUDITORS),
        AuditEvent.action.not_in(UNSERVED),
        or_(AuditEvent.subject_type != "finding", AuditEvent.subject_id.in_(theirs)),
        or_(AuditEvent.subject_type != "findingproposal", AuditEvent.subject_id.in_(proposed)),
        # papers of a note that the auditors keep among themselves
        or_(AuditEvent.action != "finding.papers", AuditEvent.detail["act"].as_string() != FindingActKind.NOTED.value),
    ]


def _visible(asker: Asker) -> Select[Any]:
    if asker.reach is Reach.SYSTEM:
        return _EVENTS
    if asker.may(Role.AUDIT_ADMIN):
        return _EVENTS.where(_WATCHED)
    if asker.reach is Reach.DISTRICT:
        return _EVENTS.where(AuditEvent.district_id == asker.district_id, *told(asker))
    if asker.reach is Reach.OPERATOR:
        return _EVENTS.where(AuditEvent.operator_id == asker.operator_id, *told(asker))
    return _EVENTS.where(false())


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
    """Who audits or once did, by name: the posts are few, the events are not."""
    lent = select(Delegation.to_user_id).join(Membership, Membership.id == Delegation.membership_id)
    lent = lent.where(Membership.role == Role.AUDITOR)
    people = (
        select(User.id, User.name).where(or_(User.id.in_(_AUDITORS), User.id.in_(lent))).order_by(User.name, User.id)
    )
    return [(row.id, row.name) for row in session.execute(people)]


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
    """What was done to one thing, oldest first; not who looked at it, one's own looks neither."""
    about = (AuditEvent.subject_type == subject_type, AuditEvent.subject_id == subject_id)
    statement = _visible(asker).where(*about, AuditEvent.action.not_like(f"{READ}%"))
    return list(session.execute(statement.order_by(AuditEvent.id)))
