"""Auditors and the audit administrator read, by construction (docs/adr/0011).

While such a person's request runs (`hold`, set where the request learns who asks), every statement that goes to the
database is looked at, on whatever connection and whoever asks in its session: services also read and write as the
system. It may write the trail, what belongs to the reader's own account, and the tables that auditors work in, whose
models say so with the mark `AuditorWrites`. Anything else raises `Forbidden`, which takes the whole request back. What
a session flushes is looked at as well, so that a service called without a request meets the same rule, and rows of an
account are the reader's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from core.data.asker import Asker
from core.data.base import AuditorWrites, Base
from core.data.models import Delegation, Membership, NoticePreference, Role, SavedView, User, UserIdentity
from core.data.models.ties import DeclaredTie
from core.errors import N_, Forbidden

READ_ONLY = frozenset({Role.AUDITOR, Role.AUDIT_ADMIN})
# What anybody writes by being there: the trail, sessions, counters of guesses.
ALWAYS = frozenset({"audit_events", "user_sessions", "throttles"})
# Of one's own account, with the column that says whose a row is. Notices are for others, too: an auditor's act may tell
# the district, and a mail goes with it.
OWN: dict[type[Base], str] = {
    User: "id",
    Membership: "user_id",
    Delegation: "from_user_id",
    NoticePreference: "user_id",
    SavedView: "user_id",
    UserIdentity: "user_id",
    DeclaredTie: "user_id",
}
ACCOUNT = frozenset({model.__tablename__ for model in OWN} | {"invitations", "notices", "notice_deliveries"})
# What may be asked of the queue meanwhile (`core.services.jobs`).
JOBS = frozenset({"mail_notices", "find_leads", "replay_decisions"})
QUEUE = re.compile(r"workflow_\w+|operation_outputs|notifications|streams|queues")  # the tables of DBOS

REFUSED = N_(
    "审计岗位只能查阅。这一步会改动业务数据，所以没有执行，也没有留下任何改动。确需办理的，请交由经办岗位；有疑问的，请写成审计发现。"
)
_HARMLESS = re.compile(r"\s*(SELECT|VALUES|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|SET)\b", re.IGNORECASE)
_WRITING = re.compile(
    r"\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|REPLACE\s+INTO|MERGE\s+INTO|DELETE\s+FROM|"
    r"(?<!FOR )(?<!KEY )(?<!DO )UPDATE(?:\s+OR\s+\w+)?)\s+(?:ONLY\s+)?"
    r"(?:\"?\w+\"?\.)?\"?(\w+)\"?",
    re.IGNORECASE,
)
_KNOWN = re.compile(r"\s*(WITH|INSERT|UPDATE|DELETE|REPLACE|MERGE)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hold:
    """A reader: who it is, and which tables may be written meanwhile."""

    user_id: int | None
    tables: frozenset[str]

    @classmethod
    def of(cls, asker: Asker | None) -> Hold | None:
        """The hold on an asker who only reads; None for anybody else."""
        if asker is None or not asker.roles or not asker.roles <= READ_ONLY:
            return None
        return cls(asker.user_id, ALWAYS | ACCOUNT | (working_tables() if Role.AUDITOR in asker.roles else frozenset()))


_held: ContextVar[Hold | None] = ContextVar("hongcai_read_only", default=None)
_queueing: ContextVar[bool] = ContextVar("hongcai_read_only_queueing", default=False)


def working_tables() -> frozenset[str]:
    """The tables that auditors work in: those of the models marked `AuditorWrites`."""
    marked = (mapper for mapper in Base.registry.mappers if issubclass(mapper.class_, AuditorWrites))
    return frozenset(str(mapper.local_table.name) for mapper in marked)


def hold(asker: Asker | None) -> None:
    """Say for the rest of this context (a request) who asks; None: nobody any more."""
    _held.set(Hold.of(asker))


def is_held() -> bool:
    """Whether what runs now may not write."""
    return _held.get() is not None


@contextmanager
def queueing(job: str) -> Iterator[None]:
    """Put a job in inside of this. Refuses one that a reader may not ask for."""
    if is_held() and job not in JOBS:
        raise Forbidden(REFUSED)
    token = _queueing.set(True)
    try:
        yield
    finally:
        _queueing.reset(token)


def written_by(statement: str) -> list[str] | None:
    """The tables that a statement writes, as far as its text says; None for one that is neither reading nor known."""
    if _HARMLESS.match(statement):
        return []
    if not _KNOWN.match(statement):
        return None
    return [name.lower() for name in _WRITING.findall(statement)]


def watch(engine: Engine) -> None:
    """Look at every statement of an engine's connections."""

    @event.listens_for(engine, "before_cursor_execute")
    def look(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        held = _held.get()
        if held is None:
            return
        tables = written_by(statement)
        if tables is None or not all(_is_open(held, table) for table in tables):
            raise Forbidden(REFUSED)


def _is_open(held: Hold, table: str) -> bool:
    return table in held.tables or (_queueing.get() and QUEUE.fullmatch(table) is not None)


@event.listens_for(Session, "before_flush")
def _look_at_rows(session: Session, context: object, instances: object) -> None:
    held = _held.get() or Hold.of(session.info.get("asker"))
    if held is None:
        return
    for row in (*session.new, *(row for row in session.dirty if session.is_modified(row)), *session.deleted):
        column = OWN.get(type(row))
        if row.__tablename__ not in held.tables or (column is not None and getattr(row, column) != held.user_id):
            raise Forbidden(REFUSED)
