"""The fixtures of the integration tests, for files that people send: on one engine, since it is not about rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from tests.integration.conftest import Client, app, client, client_as, engine, session, settings
from tests.scenes import Scene
from tests.support.databases import Databases

__all__ = ["app", "client", "client_as", "engine", "session", "settings"]


@pytest.fixture
def database_url(databases: Databases, tmp_path: Path) -> Iterator[str]:
    with databases.sqlite(tmp_path) as url:
        yield url


@pytest.fixture
def case(app: Flask, session: Session, settings: Settings) -> m.Case:
    """A draft without papers; `founder` is its applicant."""
    with app.app_context():
        scene = Scene(session, app.extensions["registry"], settings.files)
    tenant = scene.tenant()
    return scene.empty_draft(tenant, scene.founder_of(tenant))


@pytest.fixture
def founder(session: Session, case: m.Case, client_as: Callable[..., Client]) -> Client:
    return client_as(session.get_one(m.User, case.created_by_id))
