"""Letters of the demonstration that an administrator holds back, so that there are cases that wait for theirs."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Award, Case, Decision
from core.services import job_control
from core.services.letters import ISSUE


def hold_back(session: Session, due: Sequence[int]) -> set[int]:
    """Cancel the job that makes the last award letter of each policy; returns their decisions. The case stays approved
    until the job is done again."""
    asked = select(Case.policy_key, Decision.id).join(Decision.case).join(Award, Award.decision_id == Decision.id)
    newest = dict(session.execute(asked.where(Decision.id.in_(due)).order_by(Decision.id)).tuples().all())
    for decision in newest.values():
        job_control.cancel(session, f"{ISSUE}:{decision}")
    return {*newest.values()}
