"""What plugins are told and may bring: decisions after the commit, pages under their own address."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Blueprint, Flask
from sqlalchemy.orm import Session

from core.config import Settings
from core.data.models import CaseState
from core.policy import PluginError, Registry
from core.web import plugin_pages
from tests.scenes import Scene

pytestmark = pytest.mark.one_engine


def test_a_decision_is_told_after_the_commit_and_not_after_a_rollback(
    app: Flask, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, Any]] = []
    registry = app.extensions["registry"]
    monkeypatch.setattr(registry, "broadcast", lambda hook, **said: told.append((hook, said["decision"].amount_fen)))
    with app.app_context():
        scene = Scene(session, registry, settings.files)
        scene.until(CaseState.APPROVED)
        assert told == []
        session.rollback()
        assert told == []
        scene = Scene(session, registry, settings.files)
        scene.until(CaseState.APPROVED)
        session.commit()
    assert told == [("decision_recorded", 300_000)]


def test_a_plugins_pages_are_mounted_under_its_policy_and_closed_without_a_mark(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = Blueprint("policy_rent_subsidy", __name__)
    pages.add_url_rule("/extra", "extra", lambda: "extra")
    monkeypatch.setattr(Registry, "ask", lambda self, key, hook, **kw: pages if f"policy_{key}" == pages.name else None)
    plugin_pages.init_app(app)
    assert app.test_client().get("/policies/rent_subsidy/pages/extra").status_code in (302, 403)


def test_a_blueprint_of_another_name_is_refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Registry, "ask", lambda self, key, hook, **kw: Blueprint("cases", __name__))
    with pytest.raises(PluginError, match="must return a Blueprint named policy_"):
        plugin_pages.init_app(app)
