"""The rent subsidy with a panel of experts: a policy for tests alone, none of ours has one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.data.asker import asking
from core.letters.devca import ensure_dev_ca
from core.policy import Assessment, Case, Criterion, LoadedPolicy, Panel, RuleVersion, Text, check_panel
from core.policy.reads import Reads
from core.services import panels
from tests import factories, scenes
from tests.integration.workflow.conftest import Road

PANEL = Panel(
    experts=3,
    days=10,
    criteria=MappingProxyType(
        {
            "novelty": Criterion(Text("创新性", "Novelty"), 60, 10),
            "team": Criterion(Text("团队", "Team"), 40, 7),
        }
    ),
    pass_score=70,
    spread=40,
)
GOOD = {"novelty": (8, "有自主技术"), "team": (6, "经验丰富")}


def with_panel(loaded: LoadedPolicy) -> LoadedPolicy:
    """The policy as it would be with a panel in its card and the check of it in its rule."""
    card = loaded.card
    checks = dict(card.checks) | {"panel": next(iter(card.checks.values()))._replace(label=Text("专家评审", "Panel"))}
    reads = Reads((*card.reads.fields, "answers.panel_score", "answers.panel_pass_score"))
    card = card._replace(workflow=card.workflow._replace(panel=PANEL), checks=checks, reads=reads)

    def version(it: RuleVersion) -> RuleVersion:
        def assess(case: Case, params: object) -> Assessment:
            said: Assessment = it.assess(case, params)  # type: ignore[misc, arg-type]
            return Assessment((*said.checks, check_panel(case)), said.lines, said.uses)

        return replace(it, assess=assess if it.assess else None)

    policy = replace(loaded.policy, rules=tuple(map(version, loaded.policy.rules)))
    return replace(loaded, policy=policy, card=card)


@dataclass
class Board(Road):
    """A road with five experts."""

    experts: list[m.User] = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        names = ("甲专家", "乙专家", "丙专家", "丁专家", "戊专家")
        self.experts = [factories.user(self.session, m.Role.EXPERT, district=self.district, name=n) for n in names]

    def convene(
        self, case: m.Case, *experts: m.User, who: str = "second", today: date = scenes.ACCEPTED
    ) -> m.CasePanel:
        with asking(self.session, self.as_user(self.staff[who])):
            ids = [it.id for it in experts or self.experts[:3]]
            return panels.convene(self.session, self.registry, case, ids, today=today)

    def score(self, case: m.Case, expert: m.User, given: dict[str, tuple[int | None, str]] | None = None) -> None:
        with asking(self.session, self.as_user(expert)):
            panels.hand_in(self.session, case.id, GOOD if given is None else given)
        self.session.expire_all()

    def close(self, case: m.Case, note: str = "", who: str = "second") -> m.CasePanel:
        with asking(self.session, self.as_user(self.staff[who])):
            return panels.close(self.session, case, note)


@pytest.fixture
def board(app: Flask, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Board:
    ensure_dev_ca(settings.signing)
    registry = app.extensions["registry"]
    loaded = with_panel(registry.get("rent_subsidy"))
    monkeypatch.setitem(registry._policies, loaded.key, loaded)
    monkeypatch.setitem(registry._cards, loaded.key, loaded.card)
    with app.app_context():
        made = Board(session, registry, settings.files)
    made.app = app
    return made
