"""撤销: a proposed revocation, the hearing of the tenant, and when an award fell."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.models import Award, Case, CaseClock, CaseEvent, CasePaper, CaseState, PaperKind
from core.errors import Conflict
from core.policy import Registry
from core.services.calendar import add_working_days

PREPARING = ("first_pass", "first_refuse")


def proposal_of(session: Session, case: Case) -> CaseEvent | None:
    """The act that proposed the revocation last."""
    found = select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.move == "propose_revocation")
    return session.scalars(found.order_by(CaseEvent.id.desc()).limit(1)).first()


def statements(session: Session, case: Case) -> list[CaseEvent]:
    """What the tenant stated since that act, oldest first."""
    proposal = proposal_of(session, case)
    if proposal is None:
        return []
    said = select(CaseEvent).where(
        CaseEvent.case_id == case.id, CaseEvent.move == "statement", CaseEvent.id > proposal.id
    )
    return list(session.scalars(said.order_by(CaseEvent.id)))


def heard_until(session: Session, registry: Registry, case: Case) -> date:
    """The last day of the hearing: its clock's, as if it never stood still, but never before the day that the tenant
    was told. Raises `Conflict` where no revocation is proposed."""
    clocks = select(CaseClock.started_on).where(
        CaseClock.case_id == case.id, CaseClock.state == CaseState.REVOKING.value
    )
    began = session.scalars(clocks.order_by(CaseClock.id.desc()).limit(1)).first()
    if began is None:
        raise Conflict("本件没有拟撤销的决定")
    days = registry.card(case.policy_key).workflow.hearing_days
    told = select(CasePaper.terms).where(CasePaper.case_id == case.id, CasePaper.kind == PaperKind.REVOCATION_NOTICE)
    terms = session.scalars(told.order_by(CasePaper.id.desc()).limit(1)).first() or {}
    last = add_working_days(session, case.district_id, began, days)
    return max(last, date.fromisoformat(terms["due_on"])) if terms.get("due_on") else last


def proposers(session: Session, case: Case) -> set[int]:
    """Who prepared the case, and who proposed that it be revoked: none of them decides on it."""
    acts = select(CaseEvent.actor_id).where(
        CaseEvent.case_id == case.id, CaseEvent.move.in_((*PREPARING, "propose_revocation"))
    )
    return {actor for actor in session.scalars(acts) if actor is not None}


def revoked_on(session: Session, case: Case) -> date | None:
    """The day on which the award of the case was revoked."""
    at = session.scalars(select(Award.revoked_at).where(Award.case_id == case.id)).first()
    return at.astimezone(SHANGHAI).date() if at else None
