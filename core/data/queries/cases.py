"""Reading applications: the applicant's list, the desks' queue, the operator's view."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Text, and_, case, cast, exists, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from core.data.models import (
    AssessmentFailure,
    Case,
    CaseAssignment,
    CaseEvent,
    CaseState,
    DeskState,
    DeskTask,
    FilingResult,
    Operator,
    OutsideFiling,
    Tenant,
    User,
)
from core.data.queries import oversight, publications
from core.data.queries.paging import Listing

Waiting = Sequence[tuple[CaseState, str]]  # states, each with a phase of its public notice
FAR = date(9999, 12, 31)


def listing(today: date, user_id: int | None = None, unnoticed: Collection[str] = ()) -> Listing:
    """Every case the asker may see, with its tenant and operator, and who has it. `user_id`: whose are "mine";
    `unnoticed`: the policies that give no notice before the decision."""
    person = aliased(User)
    due = func.coalesce(Case.due_on, FAR)
    unassessed = not_assessed()
    return Listing(
        statement=select(
            Case.id,
            Case.number,
            Case.policy_key,
            Case.state,
            publications.phase(today, unnoticed).label("phase"),
            Case.period_from,
            Case.period_to,
            Case.applied_on,
            Case.due_on,
            Case.saved_at,
            unassessed.label("unassessed"),
            oversight.paused_since().label("paused"),
            oversight.in_green_lane().label("green"),
            person.name.label("person"),
            Tenant.name.label("tenant"),
            Tenant.id.label("tenant_id"),
            Operator.name.label("operator"),
        )
        .join(Tenant, Tenant.id == Case.tenant_id)
        .join(Operator, Operator.id == Case.operator_id)
        .outerjoin(CaseAssignment, and_(CaseAssignment.case_id == Case.id, CaseAssignment.ended_at.is_(None)))
        .outerjoin(person, person.id == CaseAssignment.user_id),
        key=Case.id,
        sorts={
            "number": Case.number,
            "tenant": Tenant.name,
            "applied_on": func.coalesce(Case.applied_on, FAR),
            "due_on": due,
            "state": Case.state,
            "green": case((oversight.in_green_lane(), 0), else_=1),
            "person": func.coalesce(person.name, ""),
        },
        search=(Case.number, Tenant.name, Tenant.uscc, Operator.name),
        filters={
            "state": lambda value: Case.state == CaseState(value),
            "policy": lambda value: Case.policy_key == value,
            "assessed": lambda value: ~unassessed if value == "yes" else unassessed,
            "reason": _has_reason,
            "desks": lambda value: _has_desk(DeskState(value)),
            "outside": _outside,
            "due": lambda value: (
                oversight.paused_since().is_not(None)
                if value == "paused"
                else ((due < today) if value == "late" else (due >= today))
            ),
            "green": lambda value: oversight.in_green_lane() if value == "yes" else ~oversight.in_green_lane(),
            "had": lambda value: CaseAssignment.user_id == user_id if value == "mine" else CaseAssignment.id.is_(None),
        },
    )


def _has_reason(code: str) -> ColumnElement[bool]:
    """Whether an act on a case gave this reason. Codes are plain ASCII, so their JSON is their text in quotes."""
    acts = CaseEvent.__table__
    return exists().where(acts.c.case_id == Case.id, cast(acts.c.reasons, Text).contains(f'"{code}"', autoescape=True))


def _has_desk(state: DeskState) -> ColumnElement[bool]:
    """Whether a desk of a case that waits for its first review has this answer, or none yet."""
    tasks = DeskTask.__table__
    standing = tasks.c.superseded_at.is_(None) & (tasks.c.state == state)
    return exists().where(tasks.c.case_id == Case.id, standing) & (Case.state == CaseState.ACCEPTED)


def not_assessed() -> ColumnElement[bool]:
    """Whether the rules gave a case no answer when they were last asked."""
    failure = AssessmentFailure.__table__
    return exists().where(failure.c.case_id == Case.id, failure.c.ended_at.is_(None))


def _outside(value: str) -> ColumnElement[bool]:
    """Whether a case was filed outside, or approved there: the newest filing counts."""
    filing = OutsideFiling.__table__
    newest = select(func.max(filing.c.id)).where(filing.c.case_id == Case.id).correlate(Case).scalar_subquery()
    if value == "approved":
        return exists().where(filing.c.id == newest, filing.c.result == FilingResult.APPROVED)
    filed = exists().where(filing.c.case_id == Case.id)
    return filed if value == "filed" else ~filed


def count_not_assessed(session: Session) -> int:
    """How many of the cases that the asker sees could not be assessed."""
    return session.scalar(select(func.count()).select_from(Case).where(not_assessed())) or 0


def standing(waiting: Waiting, today: date, unnoticed: Collection[str]) -> ColumnElement[bool]:
    """Whether a case stands in one of these: a state, and a phase of its public notice."""
    phase = publications.phase(today, unnoticed)
    by_state: defaultdict[CaseState, set[str]] = defaultdict(set)
    for state, of_state in waiting:
        by_state[state].add(of_state)
    return or_(false(), *(and_(Case.state == state, phase.in_(them)) for state, them in by_state.items()))


def counts_by_phase(
    session: Session, today: date, unnoticed: Collection[str], *, but: Collection[str] = ()
) -> dict[tuple[CaseState, str], int]:
    """How many cases the asker sees in each state and phase of their public notice, `but` those of some policies."""
    phase = publications.phase(today, unnoticed).label("phase")
    seen = select(Case.state, phase).where(Case.policy_key.not_in(but)).subquery()
    counted = select(seen.c.state, seen.c.phase, func.count()).group_by(seen.c.state, seen.c.phase)
    return {(state, of_state): count for state, of_state, count in session.execute(counted)}


def counts_by_state(session: Session, *, but: Collection[str] = ()) -> dict[CaseState, int]:
    """How many cases the asker sees in each state, `but` those of some policies."""
    counted = select(Case.state, func.count()).where(Case.policy_key.not_in(but)).group_by(Case.state)
    return dict(session.execute(counted).all())


def of_tenant(session: Session, tenant_id: int) -> list[Case]:
    """A tenant's cases, newest first."""
    return list(session.scalars(select(Case).where(Case.tenant_id == tenant_id).order_by(Case.id.desc())))
