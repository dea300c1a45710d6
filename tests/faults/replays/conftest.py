"""The fixtures of the integration tests, for faults of runs of replay."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.services.jobs import Recorder, bind
from tests.integration.conftest import app, engine, session, settings
from tests.integration.replays.conftest import Desk
from tests.scenes import Scene

__all__ = ["app", "engine", "session", "settings"]


@pytest.fixture
def desk(app: Flask, session: Session, settings: Settings) -> Desk:
    """A decided case of which no letter waits: whatever is in the queue is the run."""
    before = bind(Recorder())
    with app.app_context():
        scene = Scene(session, app.extensions["registry"], settings.files)
        case = scene.until(m.CaseState.APPROVED)
    session.commit()
    bind(before)
    return Desk(app, session, scene, case)
