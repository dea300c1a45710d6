"""An expert, and the panel in which they scored a case, for the worlds of the access matrix."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from core.data import models as m

NAMES = ("seat",)
SHEET = {
    "experts": 1, "pass_score": 60, "spread": None,
    "criteria": [{"key": "idea", "zh": "创意", "en": "Idea", "weight": 100, "max": 10}],
}  # fmt: skip


def rows(session: Session, case: m.Case, expert: m.User, by: m.User, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    panel = m.CasePanel(
        operator_id=case.operator_id, tenant_id=case.tenant_id, case_id=case.id, sheet=SHEET, convened_by_id=by.id,
        due_on=case.applied_on,
    )  # fmt: skip
    session.add(panel)
    session.flush()
    seat = m.PanelSeat(
        district_id=case.district_id, panel_id=panel.id, user_id=expert.id, named_by_id=by.id,
        handed_in_at=panel.convened_at,
    )  # fmt: skip
    session.add(seat)
    session.flush()
    session.add(
        m.PanelScore(district_id=case.district_id, seat_id=seat.id, criterion="idea", points=8, comment=f"{mark}尚可")
    )
    session.flush()
    return {"seat": seat}


BODIES: dict[str, Any] = {
    "panels.hand_in": lambda w: {"points-idea": "9", "comment-idea": "很好", "confirmed": "yes"},
    "panels.convene": lambda w: {"experts": str(w.users["expert"].id)},
    "panels.replace": lambda w: {"user_id": str(w.users["expert"].id), "reason": "出差在外"},
}
