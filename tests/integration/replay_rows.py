"""A run of replay that has ended, with what did not come out the same, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from core.data import models as m
from core.data.types import utcnow
from tests.scenes import Scene

NAMES = ("replay", "flip")


def rows(session: Session, scene: Scene, letter: m.Letter, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    run = m.ReplayRun(
        district_id=scene.district.id, asked_by_id=scene.staff["admin"].id, ended_at=utcnow(), selection={},
        selection_digest="sha256:0", state=m.ReplayState.STOPPED, upto_id=letter.decision_id,
        at_id=letter.decision_id, done=1, whole=1, answers={"other_facts": 1},
    )  # fmt: skip
    session.add(run)
    session.flush()
    flip = m.ReplayFlip(
        district_id=scene.district.id, run_id=run.id, decision_id=letter.decision_id, letter_id=letter.id,
        answer=m.ReplayAnswer.OTHER_FACTS, recorded_fen=2, amount_fen=1, difference_fen=-1, first_check=f"{mark}check",
        expected={"code": f"{mark}check", "passed": True, "observed": f"{mark}所见", "required": 1, "relation": "<="},
        differences=[f"{mark}amount"],
    )  # fmt: skip
    session.add(flip)
    session.flush()
    return {"replay": run, "flip": flip}


# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "replays.create": lambda w: {"rules": "recorded"},
    "replays.letters": lambda w: {"ids": w.letter.id, "rules": "recorded"},
}
