"""Every job as people look at it: read from DBOS's own tables by plain SQL, through the reader's own connection."""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core.data.queries.paging import Listing
from core.jobs.progress import EVENT
from core.jobs.queue import APPLICATION, STATES, schema_of, table
from core.services.jobs import JobState

JSON = "portable_json"  # what we have written; of anything else, no byte is looked into
GONE = "MAX_RECOVERY_ATTEMPTS_EXCEEDED"


def _status(dialect: str) -> sa.TableClause:
    texts = ("workflow_uuid", "name", "status", "executor_id", "serialization", "application_name", "error", "output")
    numbers = ("recovery_attempts", "created_at", "updated_at", "started_at_epoch_ms", "completed_at")
    return sa.table(
        "workflow_status",
        *(sa.column(name, sa.Text()) for name in texts),
        *(sa.column(name, sa.BigInteger()) for name in numbers),
        schema=schema_of(dialect),
    )


@functools.cache
def listing(dialect: str) -> Listing:
    """The list of all our jobs."""
    w = _status(dialect)
    o = table("workflow_output", dialect, "workflow_uuid", "output", "error")
    e = table("workflow_events", dialect, "workflow_uuid", "key", "value")

    def of(other: sa.TableClause, column: str, *more: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
        return sa.select(other.c[column]).where(other.c.workflow_uuid == w.c.workflow_uuid, *more).scalar_subquery()

    def among(state: JobState) -> sa.ColumnElement[bool]:
        return w.c.status.in_([status for status, its in STATES.items() if its is state])

    return Listing(
        statement=sa.select(
            w.c.workflow_uuid.label("key"),
            w.c.name,
            w.c.status,
            w.c.recovery_attempts.label("attempts"),
            w.c.created_at.label("asked"),
            w.c.started_at_epoch_ms.label("begun"),
            w.c.completed_at.label("ended"),
            w.c.executor_id.label("executor"),
            w.c.serialization,
            sa.func.coalesce(of(o, "error"), w.c.error).label("error"),
            sa.func.coalesce(of(o, "output"), w.c.output).label("output"),
            of(e, "value", e.c.key == EVENT).label("progress"),
        ).where(w.c.application_name == APPLICATION),
        key=w.c.workflow_uuid,
        sorts={"asked": w.c.created_at, "kind": w.c.name},
        search=(w.c.workflow_uuid,),
        filters={
            "state": lambda value: among(JobState(value)),
            "kind": lambda value: w.c.name == value,
        },
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """A job as it is now. Times are aware; `error` is a sentence, `result` what the job returned."""

    key: str
    name: str
    state: JobState
    attempts: int
    asked: datetime
    begun: datetime | None
    ended: datetime | None
    executor: str | None
    error: str | None
    exhausted: bool  # given up, because the process that ran it died again and again
    result: Any
    progress: tuple[int, int] | None

    @property
    def took(self) -> timedelta | None:
        """How long it ran; until now, where it runs."""
        end = self.ended or (datetime.now(UTC) if self.state is JobState.RUNNING else None)
        return max(end - self.begun, timedelta(0)) if self.begun and end else None

    @classmethod
    def of(cls, row: Any) -> Seen:
        """From a row of `listing`."""
        ours = row.serialization == JSON
        told = json.loads(row.progress) if ours and row.progress else None
        error = json.loads(row.error) if ours and row.error else None
        return cls(
            key=row.key,
            name=row.name,
            state=STATES[row.status],
            attempts=row.attempts or 0,
            asked=_at(row.asked) or datetime.fromtimestamp(0, UTC),
            begun=_at(row.begun),
            ended=_at(row.ended),
            executor=row.executor,
            error=_sentence(error),
            exhausted=row.status == GONE,
            result=json.loads(row.output) if ours and row.output else None,
            progress=(told["done"], told["total"]) if told else None,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One step that ended: its result is kept, and it is not done again when the job goes on elsewhere."""

    number: int
    name: str
    begun: datetime | None
    ended: datetime | None
    error: str | None

    @property
    def took(self) -> timedelta | None:
        return max(self.ended - self.begun, timedelta(0)) if self.begun and self.ended else None


@dataclass(frozen=True, slots=True)
class Executor:
    """A process that runs jobs, or did within the last day."""

    name: str
    alive: bool
    running: int
    last: datetime | None


def find(connection: sa.Connection, key: str) -> Seen | None:
    """The job with this key."""
    every = listing(connection.dialect.name)
    row = connection.execute(every.statement.where(every.key == key)).one_or_none()
    return Seen.of(row) if row is not None else None


def exists(connection: sa.Connection, key: str) -> bool:
    """Whether there is a job with this key, whatever became of it."""
    w = _status(connection.dialect.name)
    return connection.scalar(sa.select(w.c.workflow_uuid).where(w.c.workflow_uuid == key)) is not None


def newest(connection: sa.Connection, name: str, *, done: bool = False) -> Seen | None:
    """The last job of this name; the last that is `done`, if only that will do."""
    every = listing(connection.dialect.name)
    w = every.statement.selected_columns
    wanted = every.statement.where(w.name == name)
    if done:
        wanted = wanted.where(w.status == "SUCCESS")
    row = connection.execute(wanted.order_by(w.asked.desc(), w.key.desc()).limit(1)).one_or_none()
    return Seen.of(row) if row is not None else None


def arguments(connection: sa.Connection, key: str) -> dict[str, Any]:
    """What a job was given: ids."""
    i = table("workflow_input", connection.dialect.name, "workflow_uuid", "inputs")
    text = connection.scalar(sa.select(i.c.inputs).where(i.c.workflow_uuid == key))
    return dict(json.loads(text)["namedArgs"]) if text else {}


def steps(connection: sa.Connection, key: str) -> list[Step]:
    """The steps of a job that ended, in their order."""
    t = table(
        "operation_outputs", connection.dialect.name,
        "workflow_uuid", "function_id", "function_name", "error", "serialization", "started_at_epoch_ms",
        "completed_at_epoch_ms",
    )  # fmt: skip
    rows = connection.execute(sa.select(t).where(t.c.workflow_uuid == key).order_by(t.c.function_id))
    return [
        Step(
            row.function_id,
            row.function_name,
            _at(row.started_at_epoch_ms),
            _at(row.completed_at_epoch_ms),
            _sentence(json.loads(row.error)) if row.error and row.serialization == JSON else None,
        )
        for row in rows
    ]


def ended_before(connection: sa.Connection, names: Sequence[str], when: datetime) -> list[str]:
    """Keys of the jobs of these names that ended, well or not, before `when`."""
    w = _status(connection.dialect.name)
    closed = [status for status, state in STATES.items() if not state.open]
    return [
        *connection.scalars(
            sa.select(w.c.workflow_uuid).where(
                w.c.application_name == APPLICATION,
                w.c.name.in_(names),
                w.c.status.in_(closed),
                w.c.created_at < int(when.timestamp() * 1000),
            )
        )
    ]


def executors(connection: sa.Connection, alive: Collection[str]) -> list[Executor]:
    """The `alive` processes, and those that are not and carry a running job or began one within a day."""
    w = _status(connection.dialect.name)
    running = sa.func.sum(sa.case((w.c.status == "PENDING", 1), else_=0))
    recent = int((datetime.now(UTC) - timedelta(days=1)).timestamp() * 1000)
    rows = connection.execute(
        sa.select(w.c.executor_id, running, sa.func.max(w.c.started_at_epoch_ms))
        .where(
            w.c.application_name == APPLICATION,
            w.c.executor_id.is_not(None),
            sa.or_(w.c.status == "PENDING", w.c.started_at_epoch_ms >= recent),
        )
        .group_by(w.c.executor_id)
    ).all()
    known = {name: (int(count), _at(last)) for name, count, last in rows}
    names = sorted({*known, *alive}, key=lambda name: (len(name), name))
    return [Executor(name, name in alive, *known.get(name, (0, None))) for name in names]


def _at(milliseconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds is not None else None


def _sentence(error: Any) -> str | None:
    """An error that DBOS has kept as JSON: the sentence it carried, with its name where it is not one of ours."""
    if not isinstance(error, dict):
        return str(error) if error else None
    name, message = str(error.get("name", "")), str(error.get("message", ""))
    ours = name in ("Conflict", "Invalid", "NotFound", "Forbidden", "DomainError")
    return message if ours and message else f"{name}: {message}" if message else name
