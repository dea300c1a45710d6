"""A declared tie and a waiver that waits, for the worlds of the access matrix."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from core.data import models as m

NAMES = ("tie", "waiver")


def rows(session: Session, case: m.Case, user: m.User, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    tie = m.DeclaredTie(
        district_id=case.district_id, user_id=user.id, tenant_id=case.tenant_id,
        relation=m.Relation.OTHER, note=f"{mark}同学", withdrawn_at=case.created_at, withdrawn_because=f"{mark}无",
    )  # fmt: skip
    waiver = m.TieWaiver(
        district_id=case.district_id, case_id=case.id, user_id=user.id, causes=["declared"],
        reason=f"{mark}仅此一人",
    )  # fmt: skip
    session.add_all([tie, waiver])
    session.flush()
    return {"tie": tie, "waiver": waiver}


BODIES: dict[str, Any] = {
    "ties.withdraw": lambda w: {"because": "已无关系"},
    "ties.ask": lambda w: {"reason": "本岗位仅一人，已报备"},
    "ties.decide": lambda w: {"opinion": "同意", "granted": "yes"},
}  # fmt: skip
