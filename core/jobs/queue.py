"""The queue as seen from the database: its tables, putting a job in, and looking at what waits."""

from __future__ import annotations

import copy
import functools
import json
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy.orm import Session

from core.data.engine import wal_is_safe
from core.errors import Conflict
from core.services.jobs import Job, JobState

APPLICATION = "hongcai"
SCHEMA = "dbos"  # on PostgreSQL; SQLite has no schemas, there the tables stand beside ours
QUEUES = {  # job: the queue it waits in
    "issue_letter": "letters",
    "issue_paper": "letters",
    "run_round": "rounds",
    "bill_month": "billing",
    "make_package": "packages",
    "replay_decisions": "replays",
    "remind_leases": "upkeep",
    "reconcile_stripe": "upkeep",
    "look_after_subscriptions": "upkeep",
    "dun_tenants": "upkeep",
    "escalate_cases": "upkeep",
    "find_recoveries": "upkeep",
    "find_leads": "upkeep",
    "mail_dunnings": "dunning",
    "mail_notices": "notices",
    "mail_digests": "notices",
    "mail_checkpoints": "notices",
    "check_invariants": "upkeep",
    "check_files": "upkeep",
    "clear_up": "upkeep",
    "sign_log": "upkeep",
    "drop_outside_lists": "upkeep",
    "look_after_keys": "upkeep",
}
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
        retry_connection_errors=False,  # the caller's transaction is lost with its connection
    )


class _Borrowed:
    """Stands where DBOS has its engine: what it begins is the caller's transaction, which the caller ends."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.dialect = connection.dialect

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        yield self.connection


def _acting(connection: sa.Connection) -> DBOSClient:
    """A client that acts within the caller's transaction. DBOS offers that for putting a job in; for the rest it would
    open a second connection, which on SQLite waits for ours for ever, and come apart from the audit event."""
    acting = copy.copy(_client(connection.dialect.name))
    acting._sys_db = copy.copy(acting._sys_db)
    acting._sys_db._apply_caller_schema(connection)
    acting._sys_db.engine = _Borrowed(connection)  # type: ignore[assignment]
    return acting


def schema_of(dialect: str) -> str | None:
    return None if dialect == "sqlite" else SCHEMA


def table(name: str, dialect: str, *columns: str) -> sa.TableClause:
    """One of DBOS's tables, with those of its columns that we read."""
    return sa.table(name, *(sa.column(column) for column in columns), schema=schema_of(dialect))


STATES = {
    "ENQUEUED": JobState.WAITING,
    "DELAYED": JobState.WAITING,
    "PENDING": JobState.RUNNING,
    "SUCCESS": JobState.DONE,
    "ERROR": JobState.FAILED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": JobState.FAILED,
    "CANCELLED": JobState.CANCELLED,
}


class InTransaction:
    """The queue of `core.services.jobs`: a job is a row written through the session's own connection.

    `version`: what a job that is done again belongs to; it starts afresh, so this may differ from what it began under.
    """

    def __init__(self, version: str | None = None) -> None:
        self.version = version

    def hold(self, session: Session, key: str) -> Job | None:
        connection = session.connection()
        dialect = connection.dialect.name
        status = table("workflow_status", dialect, "workflow_uuid", "name", "status", "application_name")
        held = connection.execute(
            sa.select(status.c.name, status.c.status)
            .where(status.c.workflow_uuid == key, status.c.application_name == APPLICATION)
            .with_for_update()  # SQLite knows none: there the whole transaction is alone
        ).one_or_none()
        if held is None:
            return None
        given = table("workflow_input", dialect, "workflow_uuid", "inputs")
        text = connection.scalar(sa.select(given.c.inputs).where(given.c.workflow_uuid == key))
        return Job(key, held.name, STATES[held.status], json.loads(text)["namedArgs"] if text else {})

    def cancel(self, session: Session, job: Job) -> None:
        _acting(session.connection()).cancel_workflow(job.key)

    def again(self, session: Session, job: Job) -> None:
        if job.name not in QUEUES:
            raise Conflict("这类任务现在的版本里已经没有了，不能重试")
        # Not `resume_workflow`, which passes over a job that ended with an error.
        _acting(session.connection()).rewind_workflow(
            job.key, queue_name=QUEUES[job.name], application_version=self.version
        )

    def enqueue(self, session: Session, job: str, key: str, args: dict[str, str | int], delay: float) -> None:
        connection = session.connection()
        options: EnqueueOptions = {"workflow_name": job, "queue_name": QUEUES[job], "workflow_id": key}
        if delay:
            options["delay_seconds"] = delay
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
    if not sa.inspect(connection).has_table("workflow_status", schema=schema_of(connection.dialect.name)):
        return None
    t = table("workflow_status", connection.dialect.name, "workflow_uuid", "status", "created_at", "application_name")
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


def forget(session: Session, keys: Sequence[str]) -> None:
    """Remove ended jobs from the queue's tables, with their steps and results."""
    if keys:
        _acting(session.connection()).delete_workflows([*keys])
