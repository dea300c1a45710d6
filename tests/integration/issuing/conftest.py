"""A district with approved cases, and an instance that can sign."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.letters.devca import ensure_dev_ca
from core.services.invariants import Violation
from tests.scenes import Scene
from tests.support.issuing import violations


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings) -> Scene:
    ensure_dev_ca(settings.signing)
    with app.app_context():
        return Scene(session, app.extensions["registry"], settings.files)


@pytest.fixture
def decisions(scene: Scene) -> Callable[[int], list[int]]:
    """`decisions(3)`: three approved cases, committed; the ids of their decisions."""

    def approved(count: int) -> list[int]:
        cases = [scene.until(m.CaseState.APPROVED) for _ in range(count)]
        ids = [case.decisions[-1].id for case in cases]
        scene.session.commit()
        return ids

    return approved


@pytest.fixture
def wrong(app: Flask, session: Session) -> Callable[[], list[Violation]]:
    """`wrong()`: every invariant that is broken right now; a letter that is due must be there."""

    def now() -> list[Violation]:
        session.commit()
        return violations(app)

    return now
