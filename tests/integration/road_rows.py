"""A paper handed in with an act on the case, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from core.data import models as m

NAMES = ("act_paper",)


def rows(session: Session, document: m.CaseDocument) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`."""
    case = document.case
    paper = m.ActPaper(
        operator_id=case.operator_id, tenant_id=case.tenant_id, case_id=case.id, event_id=case.events[-1].id,
        file_id=document.file_id,
    )  # fmt: skip
    session.add(paper)
    session.flush()
    return {"act_paper": paper}


# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "remedies.appeal": lambda w: {"opinion": "不服原决定", "confirmed": "yes"},
    "remedies.state": lambda w: {"opinion": "请予核实"},
    "remedies.answer": lambda w: {"state": "passed"},
}
