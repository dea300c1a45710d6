"""Taking an act back: what it changed, written down as it is done, and restored in reverse.

    log = undo.Log(session)
    for tenant in chosen:
        log.set(tenant, industry="软件")
    step = undo.record(session, action="tenant.bulk_industry", title=…, subject=None, changes=log.changes)

Each change is one row and some of its columns, before and after. They are a log in the order of the act, so the way
back is the way there in reverse, and every unique constraint that let each step pass lets its inverse pass.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import Column, select
from sqlalchemy.orm import Session

from core.data.base import Base
from core.data.models import Tenant, UndoStep
from core.data.queries.across import across
from core.data.types import utcnow
from core.errors import Conflict
from core.services import audit

Change = dict[str, Any]  # {table, id, before: {column: value}, after: {column: value}}


class Log:
    """Sets attributes and remembers what they were; flushes each change, so that the log keeps the true order."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.changes: list[Change] = []

    def set(self, row: Base, **values: Any) -> bool:
        """Set columns of one row; what already holds is left out. Says whether anything changed."""
        differing = {name: value for name, value in values.items() if getattr(row, name) != value}
        if not differing:
            return False
        before = {name: plain(getattr(row, name)) for name in differing}
        for name, value in differing.items():
            setattr(row, name, value)
        self.session.flush()
        after = {name: plain(value) for name, value in differing.items()}
        self.changes.append({"table": row.__tablename__, "id": row.id, "before": before, "after": after})
        return True

    def witness(self, row: Base, *names: str) -> None:
        """Remember columns that the act leaves as they are but builds on: where they change later, undoing it would
        put a row among others that it no longer fits, so it stops there."""
        held = {name: plain(getattr(row, name)) for name in names}
        self.changes.append({"table": row.__tablename__, "id": row.id, "before": held, "after": held})


def record(session: Session, *, action: str, title: str, subject: Base | None, changes: list[Change]) -> UndoStep:
    """Keep what an act of an operator changed. `title` is a sentence for people, as it will stand beside 撤销."""
    asker = audit.asker_of(session)
    step = UndoStep(
        operator_id=getattr(subject, "operator_id", None) or asker.operator_id,
        action=action,
        title=title[:200],
        subject_type=type(subject).__name__.lower() if subject is not None else "",
        subject_id=subject.id if subject is not None else None,
        changes=changes,
        by_id=asker.user_id,
    )
    session.add(step)
    session.flush()
    return step


def undo(session: Session, step: UndoStep) -> None:
    """Restore what the step changed; raises `Conflict`, and the caller rolls back, where a row no longer holds what
    the step left in it."""
    if step.undone_at is not None:
        raise Conflict("这一步已经撤销过了")
    # Among the rows may be some that the operator may not read (insured persons of a merged tenant): the system puts
    # them back as they were, in a session of its own, and only those of this operator.
    with across(session, f"undo:{step.id}") as wide:
        rows = _rows(wide, step)
        for change in reversed(step.changes):
            row = rows.get((change["table"], change["id"]))
            if row is None or {name: plain(getattr(row, name)) for name in change["after"]} != change["after"]:
                raise Conflict("这一步之后，相关内容又有了改动，不能撤销了；请直接修改现在的内容")
            for name, value in change["before"].items():
                setattr(row, name, _value(row.__table__.c[name], value))
            wide.flush()
    session.expire_all()
    step.undone_at, step.undone_by_id = utcnow(), audit.asker_of(session).user_id
    audit.record(session, "undo", step, detail={"action": step.action, "rows": len(rows)})
    if step.action == "tenant.merge":  # the trail of the tenant itself says so too: its time line is read from it
        audit.record(session, "tenant.unmerge", session.get(Tenant, step.subject_id), detail={"undo": step.id})
    session.flush()


def plain(value: Any) -> Any:
    """A column's value as JSON keeps it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if value is None or isinstance(value, str | int | bool | list | dict):
        return value
    raise TypeError(f"undo cannot keep a {type(value).__name__}: sealed and binary columns are not changed in bulk")


def _value(column: Column[Any], kept: Any) -> Any:
    """The column's value from what JSON kept."""
    if kept is None:
        return None
    kind = column.type.python_type
    if issubclass(kind, date | datetime):
        return kind.fromisoformat(kept)
    return kind(kept) if issubclass(kind, Enum | Decimal) else kept


def _rows(wide: Session, step: UndoStep) -> dict[tuple[str, int], Any]:
    """The rows a step changed, by table and id; of its operator only."""
    wanted: dict[str, set[int]] = {}
    for change in step.changes:
        wanted.setdefault(change["table"], set()).add(change["id"])
    return {
        (name, row.id): row
        for name, ids in wanted.items()
        for row in wide.scalars(select(model_of(name)).where(model_of(name).id.in_(ids)))
        if getattr(row, "operator_id", None) == step.operator_id
    }


def model_of(table: str) -> type[Base]:
    """The model of a table's name."""
    return next(m.class_ for m in Base.registry.mappers if m.class_.__tablename__ == table)
