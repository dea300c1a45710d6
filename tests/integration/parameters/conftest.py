"""A district whose staff write and publish values."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.config import Settings
from tests.scenes import Scene


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings) -> Scene:
    with app.app_context():
        return Scene(session, app.extensions["registry"], settings.files)
