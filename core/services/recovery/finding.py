"""Awards that were paid and do not hold any more as they were made: each gives a lead for the first reviewer, and
nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.models import Case, Recovery, RecoveryCause
from core.data.queries import recoveries as reads
from core.data.queries.across import across
from core.data.types import utcnow
from core.errors import DomainError
from core.policy import Registry, digest
from core.services import assessments, cases
from core.services.notices import recoveries as notices
from core.services.recovery import opening, rerun
from core.services.recovery.amounts import stayed
from core.services.recovery.rerun import Found

LOOK_BACK = timedelta(days=3 * 366)  # awards that were made longer ago are not looked at every day: our choice


def to_look_at(session: Session) -> list[int]:
    """Ids of the cases whose award is looked at today."""
    return [case.id for case in reads.candidates(session, utcnow() - LOOK_BACK)]


def look(session: Session, registry: Registry, case: Case) -> Recovery | None:
    """Open a lead if the award does not hold as it was made. The same fact opens none twice, so what somebody dropped
    stays dropped until something else changes."""
    cases.lock(session, case)
    if case.state not in reads.PAID or reads.open_of(session, case.id) is not None:
        return None
    award = rerun.award_of(session, case)
    known = set(session.scalars(select(Recovery.fact).where(Recovery.award_id == award.id)))
    for found, cause, fact in _found(session, registry, case):
        if found.owed_fen > 0 and fact not in known:
            lead = opening.open_file(session, case, found, cause, fact)
            notices.found(session, lead)
            return lead
    return None


def _found(session: Session, registry: Registry, case: Case) -> Iterator[tuple[Found, RecoveryCause, str]]:
    """What takes from the award, with the record that says so: evidence first, then leaving early."""
    found = rerun.find(session, registry, case, RecoveryCause.OTHER)
    if found.owed_fen:
        yield found, *_why(session, case, found)
    if left := _left_early(session, registry, case):
        departure = reads.departure_of(session, case.tenant_id)
        yield (
            rerun.find(session, registry, case, RecoveryCause.MOVED_OUT),
            RecoveryCause.MOVED_OUT,
            (f"departures:{departure}" if departure else f"left:{left}"),
        )


def _why(session: Session, case: Case, found: Found) -> tuple[RecoveryCause, str]:
    """The newest record about the months that fell; insured months have none of their own, so their names do."""
    award = rerun.award_of(session, case)
    changed = {*found.gone, *(found.less or {})}
    rent = {line for line in changed if line.startswith("R-")}
    months = {line[-7:] for line in rent}
    used = set(session.scalars(select(Recovery.fact).where(Recovery.award_id == award.id)))
    if rent:
        with across(session, "recovery") as wide:
            for fact in reads.facts(wide, case.tenant_id, months, award.approved_at):
                if fact.name not in used:
                    return fact.cause, fact.name
    name = digest(sorted([line, (found.less or {}).get(line)] for line in changed))
    return (RecoveryCause.OTHER if rent else RecoveryCause.HEADS), f"evidence:{name[7:31]}"


def _left_early(session: Session, registry: Registry, case: Case) -> date | None:
    award = rerun.award_of(session, case)
    months = rerun.stay_of(session, assessments.policy_of(registry, case.policy_key), case, award)
    left = reads.left_on(session, case.tenant_id)
    if not months or left is None:
        return None
    return left if stayed(award.approved_at.astimezone(SHANGHAI).date(), left, months) < months else None


def look_at(session: Session, registry: Registry, case_id: int) -> bool:
    """The same for one of `to_look_at`; what nobody can say today is asked again tomorrow."""
    case = session.scalars(select(Case).where(Case.id == case_id)).one()
    try:
        with session.begin_nested():
            return look(session, registry, case) is not None
    except DomainError:
        return False
