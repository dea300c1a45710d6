"""A house with mentors and tenants that wait for one: what the tests of rounds play in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.data.asker import Asker, asking
from core.letters.devca import ensure_dev_ca
from core.services import rounds
from tests import factories
from tests.scenes import Scene

KEY = "mentor_match"
SUBMITTED, TODAY = date(2026, 11, 3), date(2026, 11, 20)


@dataclass
class House:
    """One operator of a scene, with a second manager who adopts what the first has run."""

    scene: Scene
    second: m.User

    def waiting(self, text: str = "想请人谈股权融资", *, admitted: bool = True, **need: object) -> m.Case:
        """An application of a new tenant with this need, admitted by the operator."""
        scene = self.scene
        tenant = scene.tenant()
        factories.need(scene.session, tenant, text, **need)
        user = scene.founder_of(tenant)
        case = scene.draft(tenant, user, period=("2026-11", "2026-11"))
        case.payee_bank = case.payee_account = None  # nothing is paid, so nothing is asked
        scene.act(user, case, "submit", SUBMITTED)
        if admitted:
            scene.act(scene.manager, case, "admit", SUBMITTED)
        return case

    def mentor(self, name: str, **values: object) -> m.Mentor:
        return factories.mentor(self.scene.session, self.scene.operator, name=name, **values)

    def open(self) -> m.AllocationRound:
        scene = self.scene
        with asking(scene.session, scene.as_user(scene.manager)):
            return rounds.open_round(scene.session, scene.registry, scene.operator.id, KEY, name="", today=TODAY)

    def run(self, it: m.AllocationRound, *, today: date = TODAY) -> m.RoundRun:
        """Asked for by the manager, computed by the job."""
        scene = self.scene
        with asking(scene.session, scene.as_user(scene.manager)):
            run = rounds.ask(scene.session, scene.registry, it)
        with asking(scene.session, Asker.system("job:run_round")):
            rounds.compute(scene.session, scene.registry, run, today=today)
        return run

    def wish(self, it: m.AllocationRound, case: m.Case, mentor: m.Mentor, kind: m.WishKind) -> m.RoundWish:
        scene = self.scene
        with asking(scene.session, scene.as_user(scene.manager)):
            return rounds.wish(
                scene.session,
                scene.registry,
                it,
                case_id=case.id,
                offer_ref=ref(mentor),
                kind=kind,
                reason="双方已经谈过",
                today=TODAY,
            )

    def adopt(self, it: m.AllocationRound, run: m.RoundRun, who: m.User | None = None) -> int:
        scene = self.scene
        with asking(scene.session, scene.as_user(who or self.second)):
            return rounds.adopt(scene.session, scene.registry, it, run, today=TODAY)


def ref(mentor: m.Mentor) -> str:
    return f"M{mentor.id:06}"


def pairs(run: m.RoundRun) -> dict[str, str]:
    """Case number to name of the mentor."""
    assert run.result is not None, run.failure
    return {match["case"]: match["name"] for match in run.result["matches"]}


@pytest.fixture
def house(app: Flask, session: Session, settings: Settings) -> House:
    ensure_dev_ca(settings.signing)
    with app.app_context():
        scene = Scene(session, app.extensions["registry"], settings.files, policy=KEY)
    second = factories.user(session, m.Role.OPERATOR_MANAGER, operator=scene.operator, name="另一位负责人")
    return House(scene, second)
