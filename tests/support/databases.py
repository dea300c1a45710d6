"""Fresh, fully migrated databases for tests: made once per run by the migrations, then copied for each test."""

from __future__ import annotations

import fcntl
import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, pool

from core.data import engine as rules
from tests.support.postgres import PostgresServer

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "hongcai_template"


def alembic_config() -> Config:
    """Alembic for core/data/migrations, without Flask. Put the connection into `.attributes["connection"]`."""
    config = Config(stdout=io.StringIO())  # Alembic talks
    config.set_main_option("script_location", str(ROOT / "core" / "data" / "migrations"))
    return config


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database at `url` up to `revision`, under the same connection rules as the product."""
    engine = create_engine(url, poolclass=pool.NullPool)
    rules.configure(engine)
    with engine.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
    if revision == "head":
        # Where a decision is approved its job is enqueued in the same transaction, so the queue must be there.
        from core.jobs import create_tables

        create_tables(engine)
    engine.dispose()


class Databases:
    """Makes databases for one test run. `home` is shared by all its processes."""

    def __init__(self, home: Path, server: PostgresServer) -> None:
        self.home = home
        self.server = server

    @contextmanager
    def sqlite(self, folder: Path) -> Iterator[str]:
        """A migrated SQLite file in `folder`."""
        template = self.home / "template.sqlite3"
        with self._once("sqlite"):
            if not template.exists():
                fresh = self.home / "fresh.sqlite3"
                migrate(f"sqlite:///{fresh}")
                fresh.rename(template)  # complete or not there
        target = folder / "hongcai.sqlite3"
        shutil.copyfile(template, target)
        yield f"sqlite:///{target}"

    @contextmanager
    def postgresql(self) -> Iterator[str]:
        """A migrated PostgreSQL database, dropped at the end."""
        with self._once("postgresql"):
            made = self.home / "template.postgresql"
            if not made.exists():
                self.server.drop(TEMPLATE)
                migrate(self.server.create(TEMPLATE))
                made.touch()
        with self.empty_postgresql(template=TEMPLATE) as url:
            yield url

    @contextmanager
    def empty_postgresql(self, *, template: str = "template0") -> Iterator[str]:
        """An empty PostgreSQL database, dropped at the end."""
        name = f"test_{uuid4().hex}"
        yield self.server.create(name, template=template)
        self.server.drop(name)

    @contextmanager
    def _once(self, what: str) -> Iterator[None]:
        """Lets the processes of a run in one after the other."""
        with (self.home / f"{what}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
