"""Freezing a decision: what the rules said, with the acts so far, as the canonical capsule."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.after_commit import after_commit
from core.data.models import Case, CaseEvent, Decision
from core.policy import Registry, build_capsule, canonical, digest
from core.services.assessments import Assessed


def decide(
    session: Session,
    registry: Registry,
    case: Case,
    assessed: Assessed,
    *,
    match: Mapping[str, Any] | None = None,
) -> Decision:
    """Freeze what the rules said, with the acts so far, as the canonical capsule; plugins are told after the commit.
    `match`: what a round gave the case."""
    acts = [
        {
            "step": e.move,
            "role": e.role,
            "staff": f"staff:{e.actor_id}" if e.actor_id else "system",
            "at": e.at.isoformat(timespec="seconds"),
            "opinion": e.opinion or "",
        }
        for e in session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id))
    ]
    sources = [
        {"line": line, "grade": source.grade, "paper": source.paper}
        for line, source in sorted(assessed.frozen.evidence.items())
    ]
    capsule = build_capsule(
        assessed.loaded,
        assessed.frozen.parsed(),
        assessed.decision,
        evidence=sources,
        acts=acts,
        application={"number": case.number, "applied_on": str(case.applied_on)},
        match=match,
    )
    decision = Decision(
        operator_id=case.operator_id,
        tenant_id=case.tenant_id,
        case_id=case.id,
        outcome=assessed.decision.outcome.value,
        amount_fen=assessed.decision.amount_fen,
        rule_from=assessed.decision.rule_from,
        # Values that a round was measured with count as well: its letter says so.
        demonstration=assessed.decision.demonstration or bool(match and match.get("demonstration")),
        capsule=canonical(capsule),
        capsule_digest=digest(capsule),
    )
    session.add(decision)
    session.flush()
    after_commit(session, partial(registry.broadcast, "decision_recorded", decision=assessed.decision))
    return decision
