"""A trail of events on a fresh database, taken into the log and signed as it grows."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from sqlalchemy import Engine, create_engine, insert
from sqlalchemy.orm import Session

from core.cli import hongcai
from core.commands import setting_up
from core.config import Settings
from core.data import models as m
from core.data.engine import configure
from core.jobs import issuing, signing
from core.letters.devca import ensure_dev_ca
from core.services.transparency import keeping
from core.transparency.note import Signer
from tests.scenes import Scene
from tests.support.databases import Databases

BEGAN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_WORDS = ("", "虹人社〔2026〕7号", "tab\tnew\nline", 'quote " and \\', "\x01\x1f\x7f", "\u2028", "𠮷")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def log_engine(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """A database for all tests of a module: each leaves it as it was."""
    on_sqlite = request.param == "sqlite"
    with databases.sqlite(tmp_path_factory.mktemp("log")) if on_sqlite else databases.postgresql() as url:
        engine = create_engine(url)
        configure(engine)
        yield engine
        engine.dispose()


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer("hongcai.test/log", Ed25519PrivateKey.from_private_bytes(b"k" * 32))


@pytest.fixture(scope="module")
def trail(signer: Signer) -> Callable[..., datetime]:
    """`trail(session, 10_000)`: so many events, a minute apart, with a head signed after every thousandth."""

    def grown(session: Session, count: int, every: int = 1_000) -> datetime:
        rng, at = random.Random(20261129), BEGAN
        for first in range(0, count, every):
            rows = []
            for number in range(first, min(first + every, count)):
                at = BEGAN + timedelta(minutes=number, microseconds=number)
                rows.append(_event(rng, number, at))
            session.execute(insert(m.AuditEvent), rows)
            session.commit()
            keeping.sign(session, signer, at + timedelta(seconds=30))
            session.commit()
        return at

    return grown


def _event(rng: random.Random, number: int, at: datetime) -> dict[str, object]:
    return {
        "at": at,
        "district_id": None,
        "operator_id": None,
        "actor_id": None,
        "actor": f"user:{rng.randrange(40)}",
        "action": rng.choice(["case.accept", "case.approve", "letter.issue", "pool.commit"]),
        "subject_type": "case",
        "subject_id": rng.choice([None, rng.randrange(10**9)]),
        "success": rng.random() < 0.9,
        "detail": {"n": number, "words": rng.choice(_WORDS), "fen": -rng.randrange(10**12)},
        "request_id": rng.choice([None, f"{rng.randrange(16**8):x}"]),
        "remote": rng.choice([None, "127.0.0.1", "::1"]),
    }


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings) -> Scene:
    ensure_dev_ca(settings.signing)
    with app.app_context():
        return Scene(session, app.extensions["registry"], settings.files)


@pytest.fixture
def letter(app: Flask, scene: Scene) -> m.Letter:
    """A letter that was issued, and the log signed after it."""
    case = scene.until(m.CaseState.APPROVED)
    decision = case.decisions[-1].id
    scene.session.commit()
    letter_id = issuing.issue(app, decision)
    signing.sign(app)
    return scene.session.get_one(m.Letter, letter_id)


@pytest.fixture
def command(session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`hongcai …` on this instance."""
    monkeypatch.setattr(setting_up, "load_settings", lambda: settings)
    monkeypatch.setenv("HONGCAI_VAR", str(settings.var))
    return lambda *words: CliRunner().invoke(hongcai, [str(word) for word in words])
