"""kill -9 while letters are being issued, again and again: afterwards one letter per decision, numbers 1 … n, every
file whole and named by a row, nothing else on the disk.

`make nightly` kills hundreds of times, KILLS=60 that often; the seed is printed and can be given as KILL_SEED.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.extensions import db
from core.jobs import backlog
from core.services.invariants import Violation

ROOT = Path(__file__).resolve().parents[3]
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
KILLS = int(os.environ.get("KILLS", "250" if NIGHTLY else "4"))
LETTERS = KILLS * 3 // 2

pytestmark = pytest.mark.slow


def environment_of(settings: Settings) -> dict[str, str]:
    """What a process needs to work on the same instance."""
    return os.environ | {
        "HONGCAI_ENV": "test",
        "HONGCAI_VAR": str(settings.var),
        "DATABASE_URL": settings.database_url,
        "HONGCAI_SECRET_KEY": settings.secret_key.hex(),
        "HONGCAI_MASTER_KEY": settings.master_key.hex(),
    }


@contextmanager
def zygote(settings: Settings) -> Iterator[Callable[..., dict[str, Any]]]:
    """Lives that can be taken: `live("jobs", 0.4)` runs the worker for 0.4 s and kills it."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.zygote"],
        cwd=ROOT, env=environment_of(settings), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        given, told = process.stdin, process.stdout

        def live(run: str, seconds: float | None, **more: int) -> dict[str, Any]:
            given.write(json.dumps({"run": run, "seconds": seconds, **more}) + "\n")
            given.flush()
            while not (line := told.readline()).startswith("{"):
                assert line, "the zygote died"
            answer: dict[str, Any] = json.loads(line)
            return answer

        yield live
        given.close()
        process.wait(timeout=180)


@pytest.mark.parametrize("run", ["jobs", "inline"])
def test_killed_at_any_moment_there_is_one_letter_per_decision(
    run: str,
    app: Flask,
    session: Session,
    settings: Settings,
    decisions: Callable[[int], list[int]],
    wrong: Callable[[], list[Violation]],
) -> None:
    seed = int(os.environ.get("KILL_SEED", random.SystemRandom().randrange(1 << 30)))
    print(f"KILL_SEED={seed}")
    rng = random.Random(seed)
    decided = decisions(LETTERS)
    kills = 0
    with zygote(settings) as live:
        for _ in range(KILLS):
            kills += live(run, rng.uniform(0.02, 0.9))["status"] == -9
            # Whatever a life left behind, no number is missing or double and no issued letter lacks its file.
            assert [v for v in wrong() if v.rule == "I3" or (v.rule == "I4" and v.thing.startswith("letter"))] == []
        assert live(run, None)["status"] == 0
    assert kills > 0
    assert wrong() == []
    letters = session.scalars(select(m.Letter).order_by(m.Letter.seq)).all()
    assert sorted(letter.decision_id for letter in letters) == sorted(decided)
    assert [letter.seq for letter in letters] == [*range(1, LETTERS + 1)]
    assert {letter.status for letter in letters} == {m.LetterStatus.ISSUED}
    issued = session.scalar(select(func.count()).where(m.AuditEvent.action == "letter.issue"))
    assert issued == LETTERS
    session.commit()
    if run == "jobs":
        with app.app_context(), db.engine.connect() as connection:
            left = backlog(connection)
        assert left is not None
        assert (left.waiting, left.running, left.failed) == (0, 0, 0)
