"""Locks that make acts take turns."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Operator


def lock_operator(session: Session, operator_id: int) -> None:
    """Of two who act on one operator's whole (numbers, places, bills) at once, the second waits until the first has
    ended its transaction, and then sees what it did. On SQLite the transaction is the lock (BEGIN IMMEDIATE)."""
    session.execute(select(Operator.id).where(Operator.id == operator_id).with_for_update())
