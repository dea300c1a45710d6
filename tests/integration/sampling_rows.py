"""An engagement with a sample that was drawn, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from core.data import models as m
from core.data.types import utcnow
from core.services.sampling import plans
from core.services.sampling.drawing import Item
from tests.scenes import Scene

NAMES = ("engagement", "sample", "item")


def rows(session: Session, scene: Scene, letter: m.Letter, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    district, by = scene.district.id, scene.staff["auditor"].id
    engagement = m.AuditEngagement(
        district_id=district, number=f"{mark}SJ-{letter.id}", title=f"{mark}审计", objective=f"{mark}目标",
        period_from=date(2020, 1, 1), period_to=date(2099, 12, 31), lead_by_id=by,
    )  # fmt: skip
    session.add(engagement)
    session.flush()
    fen = letter.amount_fen or 1
    plan = {"method": "monetary_unit", "confidence": "0.95", "tolerable": fen, "expected": 0, "size": 1, "by": "",
            "strata": {}}  # fmt: skip
    sample = m.AuditSample(
        district_id=district, engagement_id=engagement.id, method=m.SampleMethod.MONETARY_UNIT, parameters=plan,
        filters={}, population=[[letter.number, letter.id, fen, ""]], population_count=1, population_fen=fen,
        population_digest=plans.digest(plans.written([Item(letter.number, fen)])), fixed_by_id=by, seed=f"{mark}1",
        drawn_by_id=by, drawn_at=utcnow(),
    )  # fmt: skip
    session.add(sample)
    session.flush()
    item = m.AuditSampleItem(
        district_id=district, sample_id=sample.id, place=1, letter_id=letter.id, booked_fen=fen, checks={},
        note=f"{mark}说明",
    )  # fmt: skip
    session.add(item)
    session.flush()
    return {"engagement": engagement, "sample": sample, "item": item}


_TERMS = {"title": "年度审计", "period_from": "2026-01-01", "period_to": "2026-12-31"}
# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "engagements.create": lambda w: _TERMS,
    "engagements.change": lambda w: _TERMS,
    "samples.fix": lambda w: {"method": "monetary_unit", "confidence": "0.95", "tolerable_fen": "1", "size": "1"},
    "samples.draw": lambda w: {"seed": "1234"},
    "samples.check": lambda w: {"audited_fen": "0", "note": "没有依据", "steps": "papers"},
}
