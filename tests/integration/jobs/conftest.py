"""Approved cases, a runner, an administrator's browser, and the state of a job as the queue has it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.engine import reading
from core.jobs import Jobs, overview
from core.jobs.overview import Seen
from tests import factories
from tests.integration.issuing.conftest import decisions, scene, wrong

__all__ = ["decisions", "scene", "wrong"]

Look = Callable[[str], Seen]
Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def runner(app: Flask) -> Iterator[Jobs]:
    made = Jobs(app)
    yield made
    if hasattr(made, "name"):  # it was launched
        made.destroy(wait_seconds=0)


@pytest.fixture
def admin(session: Session, client_as: Callable[..., Any]) -> Any:
    return client_as(factories.user(session, m.Role.PLATFORM_ADMIN))


@pytest.fixture
def look(engine: Engine) -> Look:
    """`look("issue_letter:1")`: that job as it is now."""

    def now(key: str) -> Seen:
        with reading(), engine.connect() as connection:
            found = overview.find(connection, key)
        assert found is not None, f"there is no job {key}"
        return found

    return now


@pytest.fixture
def until() -> Until:
    def wait(holds: Callable[[], bool], seconds: float = 180) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.05)

    return wait
