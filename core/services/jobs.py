"""The port to the job queue: services say what is to be done later, in the transaction that needs it.

What stands behind it is bound once, where the application is built (`core.jobs`, DBOS). A job enqueued in a
transaction that rolls back was never enqueued.
"""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.orm import Session


class Queue(Protocol):
    """Something that takes jobs."""

    def enqueue(self, session: Session, job: str, key: str, args: dict[str, str | int]) -> None:
        """Take `job` in the session's own transaction. A second job with the same `key` is the same job."""


class NoQueue(RuntimeError):
    """Nothing is bound to take jobs: the application was not built, and no test double is in place."""


class Recorder:
    """A queue that only remembers, for tests of the services that fill it."""

    def __init__(self) -> None:
        self.jobs: dict[str, tuple[str, dict[str, str | int]]] = {}

    def enqueue(self, session: Session, job: str, key: str, args: dict[str, str | int]) -> None:
        self.jobs.setdefault(key, (job, args))


_queue: Queue | None = None


def bind(queue: Queue | None) -> Queue | None:
    """Let `queue` take the jobs from now on; returns what did before."""
    global _queue  # one queue a process, like the keyring
    before, _queue = _queue, queue
    return before


def enqueue(session: Session, job: str, *, key: str, **args: str | int) -> None:
    """Have `job` done once the session's transaction commits.

    `job` is the name of a workflow of `core.jobs`; `key` names the piece of work (`issue_letter:12`), so that asking
    twice does it once. Raises `NoQueue` where nothing is bound.
    """
    if _queue is None:
        raise NoQueue("no job queue is bound: build the application, or bind core.services.jobs.Recorder() in a test")
    session.flush()
    _queue.enqueue(session, job, key, args)
