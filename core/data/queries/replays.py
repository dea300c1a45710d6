"""Runs of replay and what they found, for auditors and the district."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import Case, Decision, Letter, Operator, ReplayAnswer, ReplayFlip, ReplayRun, Tenant
from core.data.queries.paging import Listing


def recent(session: Session, count: int) -> list[ReplayRun]:
    """The newest runs."""
    return list(session.scalars(select(ReplayRun).order_by(ReplayRun.id.desc()).limit(count)))


def before(session: Session, run: ReplayRun, count: int) -> list[ReplayRun]:
    """Earlier runs of the same, the newest first."""
    wanted = select(ReplayRun).where(ReplayRun.selection_digest == run.selection_digest, ReplayRun.id < run.id)
    return list(session.scalars(wanted.order_by(ReplayRun.id.desc()).limit(count)))


def flips(run_id: int) -> Listing:
    """The decisions that did not come out the same in a run."""
    return Listing(
        statement=select(
            ReplayFlip.id,
            ReplayFlip.answer,
            ReplayFlip.recorded_fen,
            ReplayFlip.amount_fen,
            ReplayFlip.difference_fen,
            ReplayFlip.first_check,
            ReplayFlip.first_line,
            ReplayFlip.letter_id,
            Letter.number.label("letter"),
            Case.number.label("case"),
            Case.policy_key,
            Tenant.name.label("tenant"),
            Operator.name.label("operator"),
            Decision.decided_at,
        )
        .join(Decision, Decision.id == ReplayFlip.decision_id)
        .join(Case, Case.id == Decision.case_id)
        .join(Tenant, Tenant.id == Case.tenant_id)
        .join(Operator, Operator.id == Case.operator_id)
        .outerjoin(Letter, Letter.id == ReplayFlip.letter_id)
        .where(ReplayFlip.run_id == run_id),
        key=ReplayFlip.id,
        sorts={
            "case": Case.number,
            "tenant": Tenant.name,
            "answer": ReplayFlip.answer,
            "recorded_fen": func.coalesce(ReplayFlip.recorded_fen, 0),
            "difference_fen": func.coalesce(ReplayFlip.difference_fen, 0),
            "decided_at": Decision.decided_at,
        },
        search=(Case.number, Tenant.name, Tenant.uscc, Operator.name, func.coalesce(Letter.number, "")),
        filters={
            "answer": lambda value: ReplayFlip.answer == ReplayAnswer(value),
            "policy": lambda value: Case.policy_key == value,
        },
    )
