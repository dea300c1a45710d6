"""A database's snapshot, taken while others write, and bringing one back: SQLite and PostgreSQL."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from core.backups.archive import BadBackup


class Database(Protocol):
    """What a backup needs of a database."""

    member: str

    def snapshot(self, target: Path) -> Iterator[sa.Connection]:
        """Write a consistent copy to `target`; the connection sees exactly what is in it."""

    def is_empty(self) -> bool: ...

    def load(self, source: Path, aside: Path) -> None:
        """Put the copy in place; what was there goes to the folder `aside` where that is possible."""


class Sqlite:
    member = "database.sqlite3"

    def __init__(self, engine: sa.Engine) -> None:
        assert engine.url.database, "a backup needs a database file"
        self.path = Path(engine.url.database)

    @contextmanager
    def snapshot(self, target: Path) -> Iterator[sa.Connection]:
        """SQLite's own backup in one step: a file copy of a database in use is broken more often than not."""
        source, copy = sqlite3.connect(self.path, timeout=30), sqlite3.connect(target)
        try:
            source.backup(copy)
        finally:
            source.close()
            copy.close()
        engine = sa.create_engine(f"sqlite:///{target}", poolclass=sa.NullPool)
        with engine.connect() as connection:
            answer = connection.scalar(sa.text("PRAGMA integrity_check"))
            if answer != "ok":
                raise BadBackup(f"the database is damaged ({answer}): restore an earlier backup")
            yield connection

    def is_empty(self) -> bool:
        return not self.path.exists() or self.path.stat().st_size == 0

    def load(self, source: Path, aside: Path) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # A journal left beside the old file would be played into the new one.
        for suffix in ("", "-journal", "-wal", "-shm"):
            old = self.path.with_name(self.path.name + suffix)
            if old.exists():
                aside.mkdir(parents=True, exist_ok=True, mode=0o700)
                old.rename(aside / old.name)
        shutil.move(source, self.path)


class Postgresql:
    member = "database.dump"

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.url = engine.url.set(drivername="postgresql", password=None).render_as_string()

    @contextmanager
    def snapshot(self, target: Path) -> Iterator[sa.Connection]:
        with self.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            name = connection.scalar(sa.text("select pg_export_snapshot()"))
            _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={name}",
                 f"--file={target}", f"--dbname={self.url}", password=self.engine.url.password)  # fmt: skip
            yield connection

    def is_empty(self) -> bool:
        inspector = sa.inspect(self.engine)
        empty = not inspector.get_table_names()
        self.engine.dispose()
        return empty

    def load(self, source: Path, aside: Path) -> None:
        """In one transaction: it is all there afterwards, or as it was before."""
        self.engine.dispose()
        with sa.create_engine(self.engine.url, poolclass=sa.NullPool).connect() as connection:
            here = "select count(*) from pg_stat_activity where datname = current_database()"
            others = connection.scalar(sa.text(f"{here} and pid <> pg_backend_pid()"))
        if others:
            raise BadBackup(f"{others} other connections are open to the database: stop every hongcai process first")
        options = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
        _run("pg_restore", *options, f"--dbname={self.url}", str(source), password=self.engine.url.password)


def database_of(engine: sa.Engine) -> Sqlite | Postgresql:
    return Sqlite(engine) if engine.dialect.name == "sqlite" else Postgresql(engine)


def program(name: str) -> str | None:
    """Where a PostgreSQL program is: the newest version that Debian has installed, else on the path."""
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
    )
    return str(found[-1]) if found else shutil.which(name)


def _run(name: str, *arguments: str, password: str | None) -> None:
    """Run a PostgreSQL program; the password goes by the environment, because arguments are there for all to read."""
    path = program(name)
    if path is None:
        raise BadBackup(f"{name} is not installed: apt-get install postgresql-client")
    environment = os.environ | ({"PGPASSWORD": password} if password else {})
    done = subprocess.run([path, *arguments], capture_output=True, text=True, check=False, env=environment)  # noqa: S603
    if done.returncode:
        raise BadBackup(f"{name} failed: {done.stderr.strip()[-500:]}")
