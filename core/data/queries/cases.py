"""Reading applications: the applicant's list, the desks' queue, the operator's view."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from core.data.models import AssessmentFailure, Case, CaseState, Operator, Tenant
from core.data.queries.paging import Listing

FAR = date(9999, 12, 31)


def listing(today: date) -> Listing:
    """Every case the asker may see, with its tenant and operator."""
    due = func.coalesce(Case.due_on, FAR)
    unassessed = not_assessed()
    return Listing(
        statement=select(
            Case.id,
            Case.number,
            Case.policy_key,
            Case.state,
            Case.period_from,
            Case.period_to,
            Case.applied_on,
            Case.due_on,
            Case.saved_at,
            unassessed.label("unassessed"),
            Tenant.name.label("tenant"),
            Tenant.id.label("tenant_id"),
            Operator.name.label("operator"),
        )
        .join(Tenant, Tenant.id == Case.tenant_id)
        .join(Operator, Operator.id == Case.operator_id),
        key=Case.id,
        sorts={
            "number": Case.number,
            "tenant": Tenant.name,
            "applied_on": func.coalesce(Case.applied_on, FAR),
            "due_on": due,
            "state": Case.state,
        },
        search=(Case.number, Tenant.name, Tenant.uscc, Operator.name),
        filters={
            "state": lambda value: Case.state == CaseState(value),
            "policy": lambda value: Case.policy_key == value,
            "assessed": lambda value: ~unassessed if value == "yes" else unassessed,
            "due": lambda value: (due < today) if value == "late" else (due >= today),
        },
    )


def not_assessed() -> ColumnElement[bool]:
    """Whether the rules gave a case no answer when they were last asked."""
    failure = AssessmentFailure.__table__
    return exists().where(failure.c.case_id == Case.id, failure.c.ended_at.is_(None))


def count_not_assessed(session: Session) -> int:
    """How many of the cases that the asker sees could not be assessed."""
    return session.scalar(select(func.count()).select_from(Case).where(not_assessed())) or 0


def counts_by_state(session: Session, *, but: Collection[str] = ()) -> dict[CaseState, int]:
    """How many cases the asker sees in each state, `but` those of some policies."""
    counted = select(Case.state, func.count()).where(Case.policy_key.not_in(but)).group_by(Case.state)
    return dict(session.execute(counted).all())


def of_tenant(session: Session, tenant_id: int) -> list[Case]:
    """A tenant's cases, newest first."""
    return list(session.scalars(select(Case).where(Case.tenant_id == tenant_id).order_by(Case.id.desc())))
