"""Cases near their limit or past it, as a daily job: each level is noted once, and whoever is concerned is told."""

from __future__ import annotations

from contextlib import suppress

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.data.models import District, Role
from core.data.queries.locks import lock_name
from core.jobs.issuing import registry_of, unit
from core.policy import Registry, UnknownPolicy
from core.services import audit, escalations, holidays, notices
from core.services.escalations import Found
from core.services.notices import Limit

NAME = "job:escalate_cases"
LATE = 2  # the level of what is late; the next one is of what is late by more than five working days


def escalate(app: Flask) -> int:
    """Count anew where the calendar has changed, and note what reached a level since yesterday; returns how many cases
    did. All or nothing: it may run again."""
    with unit(app, name=NAME) as session:
        lock_name(session, NAME)  # two runs at once would find the same
        for district_id in session.scalars(select(District.id).order_by(District.id)).all():
            holidays.recount(session, district_id)
        found = escalations.due(session, core.today().date())
        for it in found:
            escalations.note(session, it)
            _tell(session, registry_of(app), it)
    return len(found)


def _tell(session: Session, registry: Registry, it: Found) -> None:
    """Whoever is concerned; of what is long late, those who watch over it too."""
    limit = Limit.NEAR if it.level == 1 else Limit.LATE
    watching = frozenset({Role.DISTRICT_ADMIN}) if it.level > LATE else frozenset()
    with suppress(UnknownPolicy):  # whose turn it is, nobody can say of a policy that is gone
        notices.of_deadline(session, registry, it.case, limit, also=watching)
    detail = {"level": it.level, "state": it.clock.state, "due": str(it.case.due_on)}
    audit.record(session, "case.escalate", it.case, detail=detail)
