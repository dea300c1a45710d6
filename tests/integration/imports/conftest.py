"""A session on a real database of each engine. The importer knows no request, so its tests need no application."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from core.data import engine as rules
from core.data.asker import Asker
from core.data.crypto import Keyring


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    """Asks as the system until a test says otherwise."""
    engine = create_engine(database_url)
    rules.configure(engine)
    before = Keyring._current
    Keyring({1: b"m" * 32}).use()
    try:
        with Session(engine, info={"asker": Asker.system("tests")}) as made:
            yield made
    finally:
        Keyring._current = before
        engine.dispose()
