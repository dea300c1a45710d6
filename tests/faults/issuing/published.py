"""Many cases under a public notice that is over, made in bulk: one goes the road, the others are copies of its rows,
each with evidence of its own."""

from __future__ import annotations

import json
import re
from datetime import date
from hashlib import md5
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select

from core.data import models as m
from core.data.base import Base
from core.services import assessments
from tests.scenes import Scene

OF_A_CASE = (m.DeskTask, m.CaseClock, m.PayeeCheck, m.PoolEntry)  # what names a case, beside its papers and acts
RENT = re.compile(r"(rent:[^:\"]+:\d{4}-\d{2}:)[0-9a-f]{32}")


def published(scene: Scene, count: int, *, ends_on: date) -> list[int]:
    """The ids of `count` cases that an approver may approve, whose notice ended on `ends_on`."""
    session = scene.session
    like = scene.until(m.CaseState.PUBLISHED)
    like.publication_ends_on = ends_on
    pool = session.scalars(select(m.Pool)).one()
    made = [like.id, *(_copy(scene, like, n, ends_on) for n in range(1, count))]
    fen = pool.reserved_fen * (count - 1)
    pool.reserved_fen, pool.left_fen = pool.reserved_fen + fen, pool.left_fen - fen
    session.commit()
    return made


def _copy(scene: Scene, like: m.Case, n: int, today: date) -> int:
    session = scene.session
    own = md5(str(n).encode(), usedforsecurity=False).hexdigest()
    values = _values(like) | {
        "number": f"KILL-{n:06d}", "uid": uuid4().hex, "persons": like.persons, "payee_account": like.payee_account,
        "facts": json.loads(RENT.sub(rf"\g<1>{own}", json.dumps(like.facts))),
    }  # fmt: skip
    case = m.Case(**{name: value for name, value in values.items() if not name.endswith("_sealed")})
    session.add(case)
    session.flush()
    _copies(session, m.CaseDocument, {"case_id": like.id}, {"case_id": case.id})
    for model in OF_A_CASE:
        _copies(session, model, {"case_id": like.id}, {"case_id": case.id})
    session.expire(case)
    # What was reviewed is the content of this one.
    case.content_hash = None
    case.content_hash = assessments.assess(session, case, scene.registry, today).content_hash
    acts = session.scalars(select(m.CaseEvent).filter_by(case_id=like.id).order_by(m.CaseEvent.id)).all()
    for act in acts:
        content = {"content_hash": act.content_hash and case.content_hash}
        session.execute(insert(m.CaseEvent).values(_values(act) | {"case_id": case.id} | content))
    _copies(session, m.AuditEvent, {"subject_type": "case", "subject_id": like.id}, {"subject_id": case.id})
    return case.id


def _copies(session: Any, model: type[Base], of: dict[str, Any], instead: dict[str, Any]) -> None:
    found = session.scalars(select(model).filter_by(**of).order_by(model.id)).all()  # type: ignore[attr-defined]
    if found:
        session.execute(insert(model), [_values(row) | instead for row in found])


def _values(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs if column.key != "id"}
