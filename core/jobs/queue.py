"""The queue as seen from the database: its tables, putting a job in, and looking at what waits."""

from __future__ import annotations

import functools
import logging
import time
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy.orm import Session

from core.data.engine import wal_is_safe

APPLICATION = "hongcai"
SCHEMA = "dbos"  # on PostgreSQL; SQLite has no schemas, there the tables stand beside ours
QUEUES = {"issue_letter": "letters", "run_round": "rounds", "bill_month": "billing"}  # job: the queue it waits in
SLOW_SECONDS = 300
SERIALIZER = DBOSPortableJSONSerializer()  # JSON and not DBOS's pickle: a row of the database must never run code

# A job that failed for good says so itself, in our log and in the trail; its traceback would only bury that.
_FAILED = "Exception encountered in background workflow"
logging.getLogger("dbos").setLevel(logging.WARNING)
logging.getLogger("dbos").addFilter(lambda record: not record.getMessage().startswith(_FAILED))


def jobs_engine(url: sa.URL, pool_size: int = 5) -> sa.Engine:
    """An engine for the job tables. Ours cannot serve: on SQLite it opens every transaction itself, DBOS likewise."""
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_size=pool_size, max_overflow=5, pool_pre_ping=True)
    engine = sa.create_engine(url, pool_size=pool_size, max_overflow=5)
    journal = "WAL" if wal_is_safe() else "TRUNCATE"

    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: Any, record: object) -> None:
        connection.isolation_level = "IMMEDIATE"  # writers queue up instead of failing with "locked"
        for pragma in ("busy_timeout=30000", f"journal_mode={journal}", "foreign_keys=ON", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def create_tables(engine: sa.Engine) -> None:
    """Make or upgrade the job tables in the database of `engine`. Harmless when they are there."""
    DBOS.migrate(engine.url.render_as_string(hide_password=False), schema=SCHEMA)


@functools.cache
def _client(dialect: str) -> DBOSClient:
    """A client that never connects: it only writes rows through the caller's connection, so one a dialect will do."""
    url = "sqlite://" if dialect == "sqlite" else "postgresql+psycopg://nobody@localhost/nothing"
    return DBOSClient(
        system_database_engine=sa.create_engine(url),
        dbos_system_schema=SCHEMA,
        serializer=SERIALIZER,
        application_name=APPLICATION,
        lazy=True,
    )


class InTransaction:
    """The queue of `core.services.jobs`: a job is a row written through the session's own connection."""

    def enqueue(self, session: Session, job: str, key: str, args: dict[str, str | int]) -> None:
        connection = session.connection()
        options: EnqueueOptions = {"workflow_name": job, "queue_name": QUEUES[job], "workflow_id": key}
        _client(connection.dialect.name).enqueue_in_transaction(connection, options, **args)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is in the queue: how many wait, run and failed for good, and how long the oldest has waited (seconds)."""

    waiting: int = 0
    running: int = 0
    failed: int = 0
    oldest_seconds: int = 0
    failures: tuple[str, ...] = field(default=())  # keys of failed jobs, newest first, at most 20

    @property
    def flowing(self) -> bool:
        """Whether jobs are being taken. A failed one is not counted here: `hongcai doctor` says whether it matters."""
        return self.oldest_seconds < SLOW_SECONDS


WAITING = ("ENQUEUED", "DELAYED")
FAILED = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED")


def backlog(connection: sa.Connection) -> Backlog | None:
    """The queue's state, read from its tables; None where they are not there yet."""
    schema = None if connection.dialect.name == "sqlite" else SCHEMA
    if not sa.inspect(connection).has_table("workflow_status", schema=schema):
        return None
    t = sa.table(
        "workflow_status",
        *(sa.column(name) for name in ("workflow_uuid", "status", "created_at", "application_name")),
        schema=schema,
    )
    ours = t.c.application_name == APPLICATION
    rows = connection.execute(
        sa.select(t.c.status, sa.func.count(), sa.func.min(t.c.created_at)).where(ours).group_by(t.c.status)
    ).all()
    counts = {status: (count, since) for status, count, since in rows}
    oldest = min((since for status, _, since in rows if status in WAITING and since), default=None)
    failures = connection.scalars(
        sa.select(t.c.workflow_uuid).where(ours, t.c.status.in_(FAILED)).order_by(t.c.created_at.desc()).limit(20)
    ).all()

    def total(names: tuple[str, ...]) -> int:
        return sum(counts[name][0] for name in names if name in counts)

    return Backlog(
        waiting=total(WAITING),
        running=total(("PENDING",)),
        failed=total(FAILED),
        oldest_seconds=max(0, int(time.time() - oldest / 1000)) if oldest else 0,
        failures=tuple(failures),
    )
