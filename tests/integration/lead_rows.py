"""A lead about a letter, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from core.data import models as m

NAMES = ("lead",)


def rows(session: Session, letter: m.Letter, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls it by, without `_id`; every text carries `mark`."""
    lead = m.Lead(
        district_id=letter.district_id, rule="hollow_tenant", key=f"award:{letter.award_id}", amount_fen=1,
        facts={"tenant_ids": [letter.tenant_id], "months_without": 6}, operator_id=letter.operator_id,
        tenant_id=letter.tenant_id, case_id=letter.case_id, reason=f"{mark}理由",
    )  # fmt: skip
    session.add(lead)
    session.flush()
    link = m.LeadLetter(district_id=letter.district_id, lead_id=lead.id, letter_id=letter.id)
    act = m.LeadAct(district_id=letter.district_id, lead_id=lead.id, kind=m.LeadActKind.FOUND, said=f"{mark}说明")
    session.add_all([link, act])
    session.flush()
    return {"lead": lead}


# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "leads.judge": lambda w: {"judge-verdict": "confirmed", "judge-reason": "查实"},
    "leads.reopen": lambda w: {"reopen-reason": "再查"},
}
