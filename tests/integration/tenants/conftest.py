"""An operator's house with a site, and someone who works there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.data.asker import Asker
from tests import factories
from tests.scenes import Scene


@dataclass
class House:
    """`asker`: a member of the operator's staff. `client`: their browser."""

    scene: Scene
    operator: m.Operator
    site: m.Site
    staff: m.User
    asker: Asker
    client: Any


@pytest.fixture
def house(app: Flask, session: Session, settings: Settings, client_as: Callable[..., Any]) -> House:
    with app.app_context():
        scene = Scene(session, app.extensions["registry"], settings.files)
    site = factories.site(session, scene.operator)
    staff = factories.user(session, m.Role.OPERATOR_STAFF, operator=scene.operator, name="许运营")
    return House(scene, scene.operator, site, staff, scene.as_user(staff), client_as(staff))
