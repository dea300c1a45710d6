"""How connections behave. On SQLite every writing transaction opens with BEGIN IMMEDIATE, because a deferred one
that reads first fails at once with "locked" when it then writes, whatever the timeout (docs/adr/0003)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine, event

from core.data import read_only

_reading: ContextVar[bool] = ContextVar("hongcai_reading", default=False)


@contextmanager
def reading() -> Iterator[None]:
    """Transactions begun inside are read transactions: they take no write lock."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


@contextmanager
def writing() -> Iterator[None]:
    """Transactions begun inside may write, whatever the request around them is."""
    token = _reading.set(False)
    try:
        yield
    finally:
        _reading.reset(token)


def start_reading(value: bool) -> None:
    """Say for the rest of this context (a request) whether transactions read only."""
    _reading.set(value)


def wal_is_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """SQLite 3.7.0 to 3.51.2 can corrupt a WAL file with two connections; 3.44.6 and 3.50.7 carry the fix."""
    patched = {(3, 44): 6, (3, 50): 7}
    return version >= (3, 51, 3) or version[2] >= patched.get(version[:2], 1000)


def configure(engine: Engine) -> None:
    """Attach our rules to an engine. PostgreSQL needs none but honest read transactions, and who may only read."""
    read_only.watch(engine)
    if engine.dialect.name == "sqlite":
        journal = "WAL" if wal_is_safe() else "TRUNCATE"

        @event.listens_for(engine, "connect")
        def on_connect(connection: Any, record: object) -> None:
            connection.isolation_level = None  # we say BEGIN ourselves
            # What is deleted is overwritten: nothing of it stays in the file's free pages.
            durable = ("foreign_keys=ON", "synchronous=FULL", "secure_delete=ON")
            for pragma in ("busy_timeout=30000", f"journal_mode={journal}", *durable):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def on_begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")

    elif engine.dialect.name == "postgresql":

        @event.listens_for(engine, "begin")
        def on_begin_postgres(connection: Connection) -> None:
            if _reading.get():
                connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def end(engine: Engine) -> None:
    """Dispose of an engine that threads may still be using, as a job that outlives its runner does: a connection that
    one of them gives back, or takes, after this is closed when it comes back. `dispose()` alone leaves those open."""

    @event.listens_for(engine, "checkin")  # the pool that `dispose()` puts in inherits it
    def on_checkin(connection: Any, record: Any) -> None:
        record.invalidate()

    engine.dispose()


def learn_sizes(connection: Connection) -> None:
    """Have SQLite look at how large its tables are and how their values spread: without that it takes each of our
    operators for a handful of rows, and reads indexes from end to end. For whoever has just written many rows;
    PostgreSQL sees to it itself. A sample, so it takes milliseconds (https://www.sqlite.org/lang_analyze.html)."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA analysis_limit=400")
        connection.exec_driver_sql("ANALYZE")
