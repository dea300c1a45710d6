"""Telling others once a transaction is committed, and not at all if it is rolled back."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

_WAITING = "after_commit"


def after_commit(session: Session, tell: Callable[[], object]) -> None:
    """Call `tell` after the session's transaction has been committed. It must not raise: nothing can be undone then."""
    session.info.setdefault(_WAITING, []).append(tell)


@event.listens_for(Session, "after_commit")
def _tell(session: Session) -> None:
    for tell in session.info.pop(_WAITING, ()):
        tell()


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, previous: SessionTransaction) -> None:
    # A savepoint taken back takes all with it: whoever goes on after one asks again.
    session.info.pop(_WAITING, None)
