"""Locks that make acts take turns."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import District, Operator


def lock_operator(session: Session, operator_id: int) -> None:
    """Of two who act on one operator's whole (numbers, places, bills) at once, the second waits until the first has
    ended its transaction, and then sees what it did. On SQLite the transaction is the lock (BEGIN IMMEDIATE)."""
    session.execute(select(Operator.id).where(Operator.id == operator_id).with_for_update())


def lock_name(session: Session, name: str) -> None:
    """The same for something that has no row here yet, by a name."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def read_calendar(session: Session, district_id: int) -> None:
    """Who counts working days by a district's calendar waits for who is changing it (`lock_calendar`), and the other
    way round; those who count do not wait for each other. Taken before a case is locked."""
    session.execute(select(District.id).where(District.id == district_id).with_for_update(read=True))


def lock_calendar(session: Session, district_id: int) -> None:
    """Of those who count by a district's calendar and who changes it, one after the other. Rows that only name the
    district may be written meanwhile."""
    session.execute(select(District.id).where(District.id == district_id).with_for_update(key_share=True))
