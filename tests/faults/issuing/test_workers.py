"""Two workers on PostgreSQL, one of them killed in the middle of its jobs: the other takes them over, and each job has
ended once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.jobs import overview
from core.jobs.overview import Seen
from core.services.invariants import Violation
from core.services.jobs import JobState
from tests import factories
from tests.faults.issuing.test_kill import ROOT, environment_of

LETTERS = 12  # a worker takes 8 at a time, so both have some

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True),
]


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.worker", "0.6"],
        cwd=ROOT, env=environment_of(settings), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=180)


def name_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    while not (line := process.stdout.readline()).startswith("executor-"):
        assert line, "the worker died"
    return line.strip()


def all_jobs(engine: Engine) -> list[Seen]:
    with engine.connect() as connection:
        return [Seen.of(row) for row in connection.execute(overview.listing("postgresql").statement)]


def carried(engine: Engine, name: str) -> set[str]:
    return {job.key for job in all_jobs(engine) if job.executor == name and job.state is JobState.RUNNING}


def wait_until(holds: Callable[[], bool], seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_a_killed_workers_jobs_are_done_by_the_other_and_each_once(
    engine: Engine,
    session: Session,
    settings: Settings,
    decisions: Callable[[int], list[int]],
    wrong: Callable[[], list[Violation]],
    client_as: Callable[..., Any],
) -> None:
    admin = client_as(factories.user(session, m.Role.PLATFORM_ADMIN))
    session.commit()
    with worker(settings) as one, worker(settings) as other:
        dead, alive = name_of(one), name_of(other)
        assert {dead, alive} == {"executor-1", "executor-2"}
        decided = decisions(LETTERS)
        wait_until(lambda: bool(carried(engine, dead)) and bool(carried(engine, alive)))
        os.kill(one.pid, signal.SIGKILL)
        one.wait()
        left = carried(engine, dead)
        assert left, "it was killed in the middle of jobs"
        wait_until(lambda: not any(job.state.open for job in all_jobs(engine)))
        page = admin.get("/admin/jobs").text
        states = dict(re.findall(r"<code>(executor-\d)</code></td><td><span[^>]*>([^<]+)<", page))
        assert states[alive] == "在运行"
        assert states.get(dead, "不在运行") == "不在运行"
    done = {job.key: job for job in all_jobs(engine)}
    assert {job.state for job in done.values()} == {JobState.DONE}
    assert {done[key].executor for key in left} == {alive}
    assert all(done[key].attempts >= 2 for key in left)
    letters = session.scalars(select(m.Letter).order_by(m.Letter.seq)).all()
    assert sorted(letter.decision_id for letter in letters) == sorted(decided)
    assert [letter.seq for letter in letters] == [*range(1, LETTERS + 1)]
    assert {letter.status for letter in letters} == {m.LetterStatus.ISSUED}
    issued = session.scalar(select(func.count()).where(m.AuditEvent.action == "letter.issue"))
    assert issued == LETTERS
    sealed = sa.text("select count(*), count(distinct workflow_uuid) from dbos.operation_outputs "
                     "where function_name = 'seal_letter'")  # fmt: skip
    assert session.execute(sealed).one() == (LETTERS, LETTERS)
    session.commit()
    assert wrong() == []
