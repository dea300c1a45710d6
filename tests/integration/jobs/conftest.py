"""Approved cases, a runner, an administrator's browser, and the state of a job as the queue has it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, Select, select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.engine import reading
from core.jobs import Jobs, overview
from core.jobs.overview import Seen
from core.services.invariants import Violation
from tests import factories
from tests.integration.issuing.conftest import decisions, scene
from tests.support.issuing import violations

__all__ = ["decisions", "scene"]

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
def wrong(app: Flask, session: Session, until: Until) -> Callable[[], list[Violation]]:
    """`wrong()`: every invariant that is broken once no paper is being made any more: between pressing and sealing, a
    paper's file has no row that names it."""

    def now() -> list[Violation]:
        made = select(m.CasePaper.id).where(m.CasePaper.status == m.PaperStatus.NUMBERED)
        until(lambda: _none(session, made))
        return violations(app)

    return now


def _none(session: Session, rows: Select[tuple[int]]) -> bool:
    session.rollback()
    return session.scalars(rows).first() is None


@pytest.fixture
def until() -> Until:
    def wait(holds: Callable[[], bool], seconds: float = 180) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.05)

    return wait
