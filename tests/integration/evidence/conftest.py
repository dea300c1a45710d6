"""The services on a real database of each engine, without the application."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.integration.evidence.world import World, build, opened, system


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with opened(database_url) as made:
        yield made


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with system(engine) as made:
        yield made


@pytest.fixture
def world(session: Session) -> World:
    return build(session)
