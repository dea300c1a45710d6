"""Who runs jobs. Every process that does holds a name of its own for as long as it lives; a name that nobody holds
belongs to a dead process, and what it was doing is taken over.

The name is held by something that a killed process loses by itself: a file lock on SQLite (one machine), an advisory
lock in the database on PostgreSQL (any number of machines).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

PREFIX = "executor-"


class Names(Protocol):
    """Names that one process at a time can hold."""

    def take(self, name: str) -> bool:
        """Hold `name`; False where another process does."""

    def give(self, name: str) -> None:
        """Let go of `name`."""

    def close(self) -> None:
        """Let go of all."""


class FileNames:
    """Names as locked files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.held: dict[str, int] = {}

    def take(self, name: str) -> bool:
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self.held[name] = handle
        return True

    def give(self, name: str) -> None:
        os.close(self.held.pop(name))

    def close(self) -> None:
        for name in [*self.held]:
            self.give(name)


class DatabaseNames:
    """Names as advisory locks of one PostgreSQL connection, kept open for the purpose."""

    _lock = sa.text("select pg_try_advisory_lock(hashtextextended('hongcai/' || :name, 0))")
    _unlock = sa.text("select pg_advisory_unlock(hashtextextended('hongcai/' || :name, 0))")

    def __init__(self, url: sa.URL) -> None:
        self.engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
        self.connection: sa.Connection | None = None
        self.held: set[str] = set()

    def take(self, name: str) -> bool:
        if name in self.held:  # an advisory lock may be taken twice by its own holder: that would not be an answer
            return False
        if not self._connected().scalar(self._lock, {"name": name}):
            return False
        self.held.add(name)
        return True

    def give(self, name: str) -> None:
        self.held.discard(name)
        self._connected().scalar(self._unlock, {"name": name})

    def close(self) -> None:
        self.held.clear()
        if self.connection is not None and not self.connection.closed:
            # The server frees a closed connection's locks a moment later: said outright, they are free on return.
            with suppress(sa.exc.DBAPIError):
                self.connection.scalar(sa.text("select pg_advisory_unlock_all()"))
            self.connection.close()
        self.engine.dispose()

    def _connected(self) -> sa.Connection:
        """The connection; a new one, with our locks taken anew, after the server went away."""
        if self.connection is not None and not self.connection.closed:
            try:
                self.connection.scalar(sa.text("select 1"))
                return self.connection
            except sa.exc.DBAPIError:
                self.connection.close()
        self.connection = self.engine.connect()
        for name in self.held:
            self.connection.scalar(self._lock, {"name": name})
        return self.connection


LOOKED_AT = 64  # executors that are asked after on PostgreSQL; the lowest free name is taken, so they begin at 1
_HELD = sa.text(
    "select n.name from (select 'executor-' || i as name, hashtextextended('hongcai/executor-' || i, 0) as lock "
    "from generate_series(1, :many) i) n join pg_locks l on l.locktype = 'advisory' and l.granted and l.objsubid = 1 "
    "and l.database = (select oid from pg_database where datname = current_database()) "
    "and l.classid = ((n.lock >> 32) & 4294967295)::oid and l.objid = (n.lock & 4294967295)::oid"
)


def alive(connection: sa.Connection, var: Path) -> set[str]:
    """The names that are held now, without holding any: for looking only."""
    if connection.dialect.name != "sqlite":
        return {*connection.scalars(_HELD, {"many": LOOKED_AT})}
    return {path.stem for path in (var / "executors").glob(f"{PREFIX}*.lock") if _is_locked(path)}


def _is_locked(path: Path) -> bool:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two who look are not in each other's way
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def names_for(url: sa.URL, var: Path) -> Names:
    return FileNames(var / "executors") if url.get_backend_name() == "sqlite" else DatabaseNames(url)


def claim(names: Names) -> str:
    """The first free name: executor-1, executor-2 … A process that comes back after a crash gets its old one."""
    number = 1
    while not names.take(f"{PREFIX}{number}"):
        number += 1
    return f"{PREFIX}{number}"


@contextmanager
def if_dead(names: Names, name: str) -> Iterator[bool]:
    """True, and the name held meanwhile, where the process that had it is gone."""
    if not names.take(name):
        yield False
        return
    try:
        yield True
    finally:
        names.give(name)
