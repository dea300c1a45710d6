"""The port to the job queue: services say what is to be done later, in the transaction that needs it.

What stands behind it is bound once, where the application is built (`core.jobs`, DBOS). A job enqueued in a
transaction that rolls back was never enqueued.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy.orm import Session

from core.data import read_only


class JobState(StrEnum):
    """What people call the state of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def open(self) -> bool:
        """Whether something is still to come of it."""
        return self in (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the queue knows it: its key, its name (a workflow of `core.jobs`), its state, what it was given."""

    key: str
    name: str
    state: JobState
    args: Mapping[str, Any] = field(default_factory=dict)


class Queue(Protocol):
    """Something that takes jobs. All it does is done in the session's own transaction."""

    def enqueue(self, session: Session, job: str, key: str, args: dict[str, str | int], delay: float) -> None:
        """Take `job`, to begin `delay` seconds from now. A second job with the same `key` is the same job."""

    def hold(self, session: Session, key: str) -> Job | None:
        """The job, which nobody else moves on until the transaction ends."""

    def cancel(self, session: Session, job: Job) -> None:
        """Let a held job that is open end here; one that runs ends before its next step."""

    def again(self, session: Session, job: Job) -> None:
        """Have a held job that ended without success done again from its beginning."""


class NoQueue(RuntimeError):
    """Nothing is bound to take jobs: the application was not built, and no test double is in place."""


class Recorder:
    """A queue that only remembers, for tests of the services that fill it."""

    def __init__(self) -> None:
        self.jobs: dict[str, tuple[str, dict[str, str | int]]] = {}
        self.ended: dict[str, Job] = {}

    def enqueue(self, session: Session, job: str, key: str, args: dict[str, str | int], delay: float) -> None:
        self.jobs.setdefault(key, (job, args))

    def hold(self, session: Session, key: str) -> Job | None:
        if key in self.ended:
            return self.ended[key]
        return Job(key, self.jobs[key][0], JobState.WAITING, self.jobs[key][1]) if key in self.jobs else None

    def cancel(self, session: Session, job: Job) -> None:
        self.ended[job.key] = replace(job, state=JobState.CANCELLED)

    def again(self, session: Session, job: Job) -> None:
        self.ended.pop(job.key, None)


_queue: Queue | None = None


def bind(queue: Queue | None) -> Queue | None:
    """Let `queue` take the jobs from now on; returns what did before."""
    global _queue  # one queue a process, like the keyring
    before, _queue = _queue, queue
    return before


def bound() -> Queue:
    """What takes the jobs. Raises `NoQueue` where nothing is bound."""
    if _queue is None:
        raise NoQueue("no job queue is bound: build the application, or bind core.services.jobs.Recorder() in a test")
    return _queue


def enqueue(session: Session, job: str, *, key: str, **args: str | int) -> None:
    """Have `job` done once the session's transaction commits.

    `job` is the name of a workflow of `core.jobs`; `key` names the piece of work (`issue_letter:12`), so that asking
    twice does it once. Raises `NoQueue` where nothing is bound.
    """
    _put(session, job, key, args)


def enqueue_after(session: Session, job: str, *, key: str, pause: float) -> None:
    """Have `job` begin after this transaction committed, for it takes in all that is new and may not miss this: with
    others of `key` that it still waits for, else once more, `pause` seconds from now. Raises `NoQueue`."""
    for turn in itertools.count():
        _put(session, job, f"{key}:{turn}", {}, delay=pause if turn else 0)
        held = bound().hold(session, f"{key}:{turn}")
        if held is not None and held.state is JobState.WAITING:
            return


def _put(session: Session, job: str, key: str, args: dict[str, str | int], *, delay: float = 0) -> None:
    queue = bound()
    session.flush()
    with read_only.queueing(job):
        queue.enqueue(session, job, key, args, delay)
