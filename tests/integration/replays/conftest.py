"""A decided case, and decisions beside it that were changed in each way there is, by whoever owns the database."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.data.asker import asking
from core.jobs import replaying
from core.policy import Registry, build_capsule, canonical, evaluate_json, parse_case
from core.services import replays
from core.services.jobs import Recorder, bind
from core.services.replays import Selection
from tests.scenes import Scene
from tests.unit.policy.build import case as case_file
from tests.unit.policy.plugins import plugin_folder


def sha(text: bytes) -> str:
    return "sha256:" + hashlib.sha256(text).hexdigest()


@dataclass
class Desk:
    """An auditor's desk: decisions, runs and their jobs, one piece after the other."""

    app: Flask
    session: Session
    scene: Scene
    case: m.Case

    @property
    def plain(self) -> dict[str, Any]:
        found = self.session.scalars(select(m.Decision).order_by(m.Decision.id).limit(1)).one()
        return dict(json.loads(found.capsule))

    def decided(self, capsule: dict[str, Any], *, digest: str | None = None, at: datetime | None = None) -> m.Decision:
        """Another decision of the case, with this capsule and its own digest, or the one given."""
        text = canonical(capsule)
        made = m.Decision(
            operator_id=self.case.operator_id, tenant_id=self.case.tenant_id, case_id=self.case.id,
            outcome=capsule["outcome"], amount_fen=capsule["amount_fen"], rule_from=None, demonstration=False,
            capsule=text, capsule_digest=digest or sha(text),
        )  # fmt: skip
        if at is not None:
            made.decided_at = at
        self.session.add(made)
        self.session.flush()
        return made

    def changed(self, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        """The decision's capsule with a change."""
        made = copy.deepcopy(self.plain)
        change(made)
        return made

    def letter(self, decision: m.Decision, *, digest: str | None = None) -> m.Letter:
        """An issued letter of a decision."""
        issuer = self.session.scalars(select(m.Issuer).where(m.Issuer.district_id == self.scene.district.id)).one()
        made = m.Letter(
            operator_id=self.case.operator_id, tenant_id=self.case.tenant_id, district_id=self.scene.district.id,
            case_id=self.case.id, decision_id=decision.id, kind=m.LetterKind.AWARD, issuer_id=issuer.id, year=2026,
            seq=decision.id, number=f"示人才〔2026〕{decision.id}号", check_code=f"CHECK{decision.id:07d}",
            issued_on=self.case.applied_on, amount_fen=decision.amount_fen,
            capsule_digest=digest or decision.capsule_digest, status=m.LetterStatus.ISSUED, file_sha256="0" * 64,
        )  # fmt: skip
        self.session.add(made)
        self.session.flush()
        return made

    def ask(self, *, rules_on: Any = None, who: str = "auditor", **chosen: Any) -> m.ReplayRun:
        """A run that waits for its job."""
        with asking(self.session, self.scene.as_user(self.scene.staff[who])):
            selection = Selection(district_id=self.scene.district.id, **chosen)
            run = replays.ask(self.session, selection, rules_on=rules_on)
        self.session.commit()
        return run

    def compute(self, run: m.ReplayRun, pieces: int | None = None, after: int = 0) -> int | None:
        """What the job does, as many pieces as said; returns where it stands."""
        run_id = run.id
        self.session.commit()
        at: int | None = after
        with replaying.crew_of(self.app) as crew:
            while at is not None and pieces != 0:
                at = replaying.replay_next(self.app, crew, run_id, at)
                pieces = None if pieces is None else pieces - 1
        self.session.expire_all()
        return at

    def done(self, **asked: Any) -> m.ReplayRun:
        """A run that was computed to its end."""
        run = self.ask(**asked)
        assert self.compute(run) is None
        return run

    def flips(self, run: m.ReplayRun) -> dict[int, m.ReplayFlip]:
        found = self.session.scalars(select(m.ReplayFlip).where(m.ReplayFlip.run_id == run.id))
        return {flip.decision_id: flip for flip in found}

    def later(self, days: int) -> datetime:
        first = self.session.scalars(select(m.Decision).order_by(m.Decision.id).limit(1)).one()
        return first.decided_at + timedelta(days=days)


@pytest.fixture
def recorder() -> Any:
    """What was put into the queue; nothing runs by itself."""
    made = Recorder()
    before = bind(made)
    yield made
    bind(before)


@pytest.fixture
def desk(app: Flask, session: Session, settings: Settings) -> Desk:
    with app.app_context():
        scene = Scene(session, app.extensions["registry"], settings.files)
        case = scene.until(m.CaseState.APPROVED)
    session.commit()
    return Desk(app, session, scene, case)


@pytest.fixture
def other_code(app: Flask, tmp_path: Path) -> dict[str, Any]:
    """A capsule of a policy whose rule was changed since it was decided; the application has the changed one."""
    plugin_folder(tmp_path / "then")
    plugin_folder(tmp_path / "now", rules=("case.applied_on < limit", "case.applied_on > limit"))
    then, now = (Registry.load(True, tmp_path / when, installed=False).get("small_grant") for when in ("then", "now"))
    app.extensions["registry"] = Registry.of(*app.extensions["registry"].policies, now)
    return build_capsule(then, parse_case(case_file()), evaluate_json(then, case_file()))
