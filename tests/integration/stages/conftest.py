"""One operator with one tenant that has not entered yet, and a day to act on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.data import models as m
from core.policy import Registry
from core.services import stages
from core.services.stages import Decider, Evidence
from tests import factories

TODAY = date(2026, 11, 25)
WANG, LI = Decider("王芳", "孵化部经理"), Decider("李强", "总经理")
PAPER = Evidence("入孵评审会纪要")


@dataclass
class House:
    """Shorthand for acts on one tenant, as its operator's manager."""

    session: Session
    registry: Registry
    operator: m.Operator
    manager: m.User
    tenant: m.Tenant

    def enter(self, stage: m.Stage, on: date, **values: Any) -> m.StageDecision:
        return stages.enter(self.session, self.tenant, stage, on, **self._decided(values))

    def move(self, to: m.Stage, on: date, **values: Any) -> m.StageDecision:
        return stages.move(self.session, self.tenant, to, on, **self._decided(values))

    def correct(self, *beginnings: tuple[m.Stage, date], **values: Any) -> m.StageDecision:
        given = {"deciders": [WANG, LI], "reason": "原登记日期有误", "today": TODAY}
        return stages.correct(self.session, self.tenant, beginnings, **given | values)

    def stretches(self) -> list[tuple[m.Stage, date, date | None]]:
        self.session.expire_all()
        return [(it.stage, it.from_on, it.to_on) for it in self.tenant.stage_moves]

    def _decided(self, values: dict[str, Any]) -> dict[str, Any]:
        given = {
            "deciders": [WANG, LI], "evidence": [PAPER], "today": TODAY, "registry": self.registry, "reason": "补登",
        }  # fmt: skip
        return given | values


@pytest.fixture
def house(app: Flask, session: Session) -> House:
    operator = factories.operator(session, factories.district(session))
    factories.site(session, operator)
    manager = factories.user(session, m.Role.OPERATOR_MANAGER, operator=operator)
    tenant = factories.tenant(session, operator, name="青禾科技有限公司")
    tenant.stage_moves.clear()
    session.flush()
    return House(session, app.extensions["registry"], operator, manager, tenant)
