"""A public notice that runs, with an objection that was answered, for the worlds of the access matrix."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.data.types import utcnow

NAMES = ("publication", "objection")


def rows(session: Session, case: m.Case, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`, but for what the public
    reads."""
    shown = {
        "title": "公示", "policy": "政策", "institution": "单位", "working_days": 5,
        "fields": ["tenant"], "rows": [{"tenant": "科技有限公司"}],
    }  # fmt: skip
    today = core.today().date()
    notice = m.Publication(
        district_id=case.district_id, code=f"notice{case.id:08d}", policy_key=case.policy_key,
        opened_on=today, ends_on=today + timedelta(days=7), shown=shown, digest="sha256:0",
    )  # fmt: skip
    notice.entries.append(m.PublicationEntry(district_id=case.district_id, case_id=case.id, place=1))
    session.add(notice)
    session.flush()
    objection = m.Objection(
        district_id=case.district_id, publication_id=notice.id, case_id=case.id, receipt_hash=f"{case.id:064d}",
        state=m.ObjectionState.SET_ASIDE, handled_at=utcnow(), answer=f"{mark}无关",
    )  # fmt: skip
    objection.name, objection.contact, objection.statement = f"{mark}某人", f"{mark}电话", f"{mark}有异议"
    session.add(objection)
    session.flush()
    return {"publication": notice, "objection": objection}


BODIES: dict[str, Any] = {
    "publications.reveal": lambda w: {"reason": "核实"},
    "publications.set_aside": lambda w: {"answer": "与公示事项无关"},
    "publications.create": lambda w: {"cases": w.case.id},
}
