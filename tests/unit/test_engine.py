"""How connections behave on SQLite (docs/adr/0003)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from core.data import engine as ours
from core.data.engine import configure, end, reading, wal_is_safe, writing


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 0), True),
    ],
)
def test_a_wal_only_where_it_is_whole(version: tuple[int, int, int], safe: bool) -> None:
    assert wal_is_safe(version) is safe


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "test.sqlite3"


def connected(database: Path) -> Engine:
    engine = create_engine(f"sqlite:///{database}")
    configure(engine)
    return engine


@pytest.fixture
def engine(database: Path) -> Iterator[Engine]:
    engine = connected(database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER)"))
    yield engine
    engine.dispose()


@pytest.mark.parametrize(("safe", "journal"), [(True, "wal"), (False, "truncate")])
def test_every_connection_is_set(database: Path, monkeypatch: pytest.MonkeyPatch, safe: bool, journal: str) -> None:
    monkeypatch.setattr(ours, "wal_is_safe", lambda: safe)
    engine = connected(database)
    wanted = {"journal_mode": journal, "busy_timeout": 30000, "foreign_keys": 1, "synchronous": 2}
    with engine.connect() as connection:
        assert {name: connection.scalar(text(f"PRAGMA {name}")) for name in wanted} == wanted
    engine.dispose()


def others_may_write(database: Path) -> bool:
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            return "locked" not in str(error)
        return True


def test_a_transaction_that_may_write_holds_the_lock_from_its_beginning(engine: Engine, database: Path) -> None:
    with engine.begin() as connection:
        connection.execute(text("SELECT n FROM t"))
        assert not others_may_write(database)
    assert others_may_write(database)


def test_one_that_reads_does_not_and_one_inside_it_may(engine: Engine, database: Path) -> None:
    with reading():
        with engine.begin() as connection:
            connection.execute(text("SELECT n FROM t"))
            assert others_may_write(database)
        with writing(), engine.begin():
            assert not others_may_write(database)
        with engine.begin():
            assert others_may_write(database)


def test_what_comes_back_after_the_end_is_closed(database: Path) -> None:
    engine = connected(database)
    before = engine.raw_connection()
    end(engine)
    after = engine.raw_connection()
    for held in (before, after):
        driver = held.driver_connection
        assert driver is not None
        held.close()
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            driver.execute("SELECT 1")
