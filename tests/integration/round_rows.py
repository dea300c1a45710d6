"""One round with a wish and a run, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from core.data import models as m

NAMES = ("round", "wish")


def rows(session: Session, case: m.Case, mentor: m.Mentor, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    ref = f"M{mentor.id:06}"
    made = m.AllocationRound(
        operator_id=case.operator_id, policy_key="mentor_match", number=1, name=f"{mark}轮次",
        opened_on=date(2026, 11, 1),
    )  # fmt: skip
    session.add(made)
    session.flush()
    wish = m.RoundWish(
        operator_id=case.operator_id, round_id=made.id, case_id=case.id, offer_ref=ref, kind=m.WishKind.BAN,
        reason=f"{mark}理由",
    )  # fmt: skip
    match = {"case": case.number, "offer": ref, "name": f"{mark}导师", "fit": 1, "reasons": [], "content": ""}
    run = m.RoundRun(
        operator_id=case.operator_id, round_id=made.id, number=1, state=m.RunState.DONE, digest="sha256:0",
        matched=1, left=0, total_fit=1,
        result={
            "matches": [match], "left": [], "skipped": [], "wishes": [], "tenants": {case.number: f"{mark}企业"},
            "room": 1, "demonstration": False,
        },
    )  # fmt: skip
    session.add_all([wish, run])
    session.flush()
    return {"round": made, "wish": wish}


# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "rounds.create": lambda w: {"policy": "mentor_match", "name": "新轮次"},
    "rounds.adopt": lambda w: {"run": "1"},
    "rounds.add_wish": lambda w: {
        "case_id": w.case.id, "offer_ref": f"M{w.mentors['mentor'].id:06}", "kind": "pin", "reason": "谈过",
    },
}  # fmt: skip
