"""What numbered files have in common, letters and papers of the procedure: a counter that is locked, and the seal."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.data.models import CasePaper, Letter, LetterCounter, LetterStatus, PaperCounter, PaperStatus
from core.data.types import utcnow

C = TypeVar("C", LetterCounter, PaperCounter)
R = TypeVar("R", Letter, CasePaper)


def locked(session: Session, counters: type[C], **series: Any) -> C:
    """The counter of a series, locked until commit. On SQLite the whole transaction is the lock (BEGIN IMMEDIATE)."""
    wanted = select(counters).filter_by(**series).with_for_update().execution_options(populate_existing=True)
    counter = session.scalar(wanted)
    if counter is None:
        # Two may find none in January: the second insert waits for the first one, does nothing, and finds its row.
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        session.execute(insert(counters).values(last=0, **series).on_conflict_do_nothing())
        counter = session.scalars(wanted).one()
    return counter


def anew(session: Session, row: R) -> R:
    """The row locked and read anew: of two runners that got here, the second must see what the first one did."""
    model = type(row)
    return session.scalars(
        select(model).where(model.id == row.id).with_for_update().execution_options(populate_existing=True)
    ).one()


def seal(session: Session, row: Letter | CasePaper, *, sha256: str, size: int, signed_by: str | None = None) -> bool:
    """Mark it as issued with the stored file; False where that was done before."""
    if isinstance(row, Letter):
        row = anew(session, row)
        if row.status is not LetterStatus.NUMBERED:
            return False
        row.status = LetterStatus.ISSUED
    else:
        row = anew(session, row)
        if row.status is not PaperStatus.NUMBERED:
            return False
        row.status = PaperStatus.ISSUED
    row.sealed_at, row.file_sha256, row.file_size, row.signed_by = utcnow(), sha256, size, signed_by
    return True
