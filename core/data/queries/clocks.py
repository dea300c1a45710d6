"""Reading the clocks of cases: what runs, what stands still, who has the case. The board of what is late is in
`core.data.queries.oversight`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Case, CaseAssignment, CaseClock, CaseGreenLane, CaseOrder, CasePause


def running(session: Session, case: Case) -> CaseClock | None:
    """The clock of the state the case is in; None where nothing runs (a draft, an end)."""
    return session.scalars(
        select(CaseClock).where(CaseClock.case_id == case.id, CaseClock.ended_on.is_(None))
    ).one_or_none()


def open_pause(session: Session, case: Case) -> CasePause | None:
    return session.scalars(
        select(CasePause).where(CasePause.case_id == case.id, CasePause.ended_on.is_(None))
    ).one_or_none()


def pauses(session: Session, case: Case) -> list[CasePause]:
    """All pauses of a case, newest first."""
    return list(session.scalars(select(CasePause).where(CasePause.case_id == case.id).order_by(CasePause.id.desc())))


def green_lane(session: Session, case: Case) -> CaseGreenLane | None:
    """Why the case goes the short way, if it does."""
    return session.scalars(
        select(CaseGreenLane).where(CaseGreenLane.case_id == case.id, CaseGreenLane.ended_at.is_(None))
    ).one_or_none()


def assignment(session: Session, case: Case) -> CaseAssignment | None:
    """Who has the case now."""
    return session.scalars(
        select(CaseAssignment).where(CaseAssignment.case_id == case.id, CaseAssignment.ended_at.is_(None))
    ).one_or_none()


def assignments(session: Session, case: Case) -> list[CaseAssignment]:
    """Who had the case, newest first."""
    return list(
        session.scalars(
            select(CaseAssignment).where(CaseAssignment.case_id == case.id).order_by(CaseAssignment.id.desc())
        )
    )


def orders(session: Session, case: Case) -> list[CaseOrder]:
    """What the district asked for about a case, newest first."""
    return list(session.scalars(select(CaseOrder).where(CaseOrder.case_id == case.id).order_by(CaseOrder.id.desc())))
