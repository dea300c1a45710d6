"""A district with a pool whose budget a test sets, and people who may change it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.data.asker import Asker, asking
from core.services import pools
from core.services.invariants import pools as invariant
from tests.scenes import Scene

AMOUNT = 300_000  # of a case with one head, as in tests/integration/test_workflow.py
DECEMBER = date(2026, 12, 28)
FOUNDED = pools.Shares("2080799 其他就业补助支出", 4_000, 6_000)


@dataclass
class Treasury:
    """The district's budget, and who keeps it."""

    scene: Scene

    @property
    def session(self) -> Session:
        return self.scene.session

    def pool(self, year: int = 2026) -> m.Pool:
        query = select(m.Pool).where(m.Pool.year == year, m.Pool.policy_key == self.scene.policy)
        return self.session.scalars(query.execution_options(populate_existing=True)).one()

    def asker(self, name: str) -> Asker:
        return self.scene.as_user(self.scene.staff[name])

    def propose(self, kind: m.PoolChangeKind, fen: int, *, today: date = DECEMBER, year: int = 2026) -> m.PoolChange:
        with asking(self.session, self.asker("admin")):
            said = pools.Proposal(fen, "示财〔2026〕18号", "年中调整")
            return pools.propose(self.session, self.pool(year), kind, said, today=today)

    def set_up(self, year: int, fen: int = 0, **said: Any) -> m.PoolChange:
        with asking(self.session, self.asker("admin")):
            proposal = pools.Proposal(fen, "示财〔2026〕3号", "年初预算")
            return pools.set_up(self.session, self.scene.policy, year, said.get("shares", FOUNDED), proposal)

    def confirm(self, change: m.PoolChange, who: str = "approver", *, today: date = DECEMBER) -> m.Pool:
        with asking(self.session, self.asker(who)):
            return pools.confirm(self.session, change, confirmed=True, today=today)

    def change(self, kind: m.PoolChangeKind, fen: int, **more: Any) -> m.Pool:
        return self.confirm(self.propose(kind, fen, **more))

    def sound(self) -> bool:
        self.session.flush()
        found = list(invariant.check(self.session.connection()))
        assert found == []
        return True


@pytest.fixture
def treasury(app: Flask, session: Session, settings: Settings) -> Treasury:
    with app.app_context():
        return Treasury(Scene(session, app.extensions["registry"], settings.files))
