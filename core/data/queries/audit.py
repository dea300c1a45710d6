"""Reading the trail. Audit events carry no scope mark (the system writes them too), so the scope is said here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, false, select
from sqlalchemy.orm import Session

from core.data.asker import AUDITING, Asker, Reach
from core.data.models import AuditEvent, User
from core.data.queries.paging import Listing

UNSERVED = ("finding.written", "finding.edited", "finding.noted")  # between the auditors of a district


def _visible(asker: Asker) -> Select[Any]:
    statement = select(
        AuditEvent.id,
        AuditEvent.at,
        AuditEvent.actor,
        AuditEvent.action,
        AuditEvent.subject_type,
        AuditEvent.subject_id,
        AuditEvent.success,
        AuditEvent.detail,
        User.name.label("person"),
    ).outerjoin(User, User.id == AuditEvent.actor_id)
    if asker.reach is Reach.SYSTEM:
        return statement
    if asker.reach is Reach.DISTRICT:
        own = statement.where(AuditEvent.district_id == asker.district_id)
        return own if asker.may(*AUDITING) else own.where(AuditEvent.action.not_in(UNSERVED))
    if asker.reach is Reach.OPERATOR:
        return statement.where(AuditEvent.operator_id == asker.operator_id)
    return statement.where(false())


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
