"""A letter that auditors look at, two auditors, and everybody else of the district."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.config import Settings
from core.data import models as m
from core.data.asker import asking
from core.letters.devca import ensure_dev_ca
from core.services.findings import acting, writing
from tests import factories
from tests.integration.recovery.conftest import Desk
from tests.integration.workflow.conftest import Road

TEXT = {
    "title": "参保人数与缴费记录不一致",
    "fact": "2026年3月参保1人，凭据行记2人。",
    "criterion": "《房租补贴办法》第七条",
    "recommendation": "核对后更正，退回多领的部分。",
    "amount_fen": 120_000,
}


@dataclass
class Auditors:
    """The acts of a finding as its people do them."""

    desk: Desk
    second: m.User  # the other auditor
    case: m.Case
    letter: m.Letter

    @property
    def session(self) -> Session:
        return self.desk.session

    @property
    def first(self) -> m.User:
        return self.desk.road.staff["auditor"]

    @property
    def today(self) -> date:
        return core.today().date()

    def as_(self, who: m.User, act: Callable[..., Any], *args: Any, **said: Any) -> Any:
        with asking(self.session, self.desk.road.as_user(who)):
            return act(self.session, *args, **said)

    def draft(self, **instead: Any) -> m.Finding:
        def write(session: Session) -> m.Finding:
            given = writing.origin(session, letter_id=self.letter.id)
            to = {"to_operator_id": self.letter.operator_id}
            return writing.begin(session, given, TEXT | {"severity": m.FindingSeverity.SERIOUS} | to | instead)

        made: m.Finding = self.as_(self.first, write)
        return made

    def issued(self, **instead: Any) -> m.Finding:
        finding = self.draft(**instead)
        self.as_(self.first, writing.issue, finding, days=10, confirmed=True, today=self.today)
        return finding

    @property
    def manager(self) -> m.User:
        return self.desk.road.manager

    def corrected(self) -> m.Finding:
        finding = self.issued()
        self.as_(self.manager, acting.respond, finding, "情况属实", agreed=True, today=self.today)
        self.as_(self.first, acting.order, finding, "请更正", days=20, today=self.today)
        self.as_(self.manager, acting.report, finding, "已更正", today=self.today)
        return finding


@pytest.fixture
def auditors(app: Flask, session: Session, settings: Settings) -> Auditors:
    ensure_dev_ca(settings.signing)
    with app.app_context():
        road = Road(session, app.extensions["registry"], settings.files)
        road.app = app
        desk = Desk(road)
        case = desk.paid(letter=True)
        department = session.scalars(select(m.Department)).first()
        second = factories.user(session, m.Role.AUDITOR, district=road.district, department=department, name="另一审计")
        letter = session.scalars(select(m.Letter).where(m.Letter.case_id == case.id)).one()
        session.commit()
        return Auditors(desk, second, case, letter)
