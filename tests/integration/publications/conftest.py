"""The rent subsidy with its notice after the decision: a policy for tests alone, none of ours has one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import core
from core import SHANGHAI
from core.config import Settings
from core.data import models as m
from core.letters.devca import ensure_dev_ca
from core.services.disbursement import batches
from tests import scenes
from tests.integration.payouts.conftest import Till
from tests.integration.workflow.conftest import Road

DECIDED, ISSUED, ANNOUNCED = date(2026, 11, 6), date(2026, 11, 9), date(2026, 11, 10)
LAST = date(2026, 11, 17)  # five working days after the announcement
OVER = date(2026, 11, 18)


class After(Road):
    """A road on which the letter comes before the notice. `on(day)`: from now on it is that day for everybody."""

    today: date
    till: Till

    def on(self, day: date) -> After:
        self.today = day
        return self

    def issued(self, *, paid: bool = False) -> m.Case:
        assert not paid
        case = self.on(scenes.REVIEWED).until(m.CaseState.SECOND_REVIEW)
        self.act(self.staff["approver"], case, "approve", self.on(DECIDED).today, confirmed=True)
        self.on(ISSUED).issue(case)
        return case

    def announced(self) -> m.Case:
        case = self.issued()
        self.step("second", case, "announce", ANNOUNCED)
        return case

    def step(self, who: str, case: m.Case, code: str, day: date, **said: object) -> m.CaseEvent:
        made = self.act(self.staff[who], case, code, self.on(day).today, **said)
        self.session.commit()
        return made


@pytest.fixture
def after(app: Flask, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> After:
    ensure_dev_ca(settings.signing)
    registry = app.extensions["registry"]
    set_workflow(registry, monkeypatch, publication_order="after")
    with app.app_context():
        made = After(session, registry, settings.files)
    made.app, made.till = app, Till(made)
    made.on(scenes.APPLIED)

    def noon() -> datetime:
        return datetime(made.today.year, made.today.month, made.today.day, 12, tzinfo=SHANGHAI)

    monkeypatch.setattr(core, "today", noon)
    monkeypatch.setattr(batches, "utcnow", lambda: noon().astimezone(UTC))
    return made


def set_workflow(registry: Any, monkeypatch: pytest.MonkeyPatch, **values: object) -> None:
    """The rent subsidy as it would be with another workflow in its card."""
    loaded = registry.get("rent_subsidy")
    card = loaded.card._replace(workflow=loaded.card.workflow._replace(**values))
    monkeypatch.setitem(registry._policies, loaded.key, replace(loaded, card=card))
    monkeypatch.setitem(registry._cards, loaded.key, card)


@pytest.fixture
def stranger(app: Flask, client_as: Callable[..., Any]) -> Any:
    return app.test_client()
