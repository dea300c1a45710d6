"""kill -9 in the middle of a run of replay, again and again: it goes on where it was, and ends with what a run ends
with that nobody disturbed.

`make nightly` kills a hundred times; the seed is printed and can be given as KILL_SEED.
"""

from __future__ import annotations

import os
import random

import pytest

from core.config import Settings
from core.data import models as m
from core.extensions import db
from core.jobs import backlog
from tests.faults.issuing.test_kill import zygote
from tests.integration.replays.conftest import Desk
from tests.integration.replays.test_runs import less_rent, untrustworthy
from tests.support.profile import NIGHTLY

KILLS = 100 if NIGHTLY else 5
DECISIONS = KILLS * 30

pytestmark = [pytest.mark.slow, pytest.mark.one_engine]


def _outcome(desk: Desk, run: m.ReplayRun) -> tuple[object, ...]:
    flips = {
        key: (it.answer, it.amount_fen, it.difference_fen, it.first_check, it.first_line)
        for key, it in desk.flips(run).items()
    }
    return run.state, run.done, run.whole, run.answers, run.difference_fen, run.flips_digest, flips


def test_killed_at_any_moment_a_run_ends_as_if_it_had_not_been(desk: Desk, settings: Settings) -> None:
    seed = int(os.environ.get("KILL_SEED", random.SystemRandom().randrange(1 << 30)))
    print(f"KILL_SEED={seed}")
    rng = random.Random(seed)
    for nth in range(DECISIONS - 1):
        desk.decided(desk.plain if nth % 3 else desk.changed(untrustworthy if nth % 2 else less_rent))
    with desk.app.app_context():
        run = desk.ask()
    kills, seen = 0, [0]
    with zygote(settings) as live:
        for _ in range(KILLS):
            kills += live("jobs", rng.uniform(0.4, 1.4), piece=1)["status"] == -9
            desk.session.refresh(run)
            seen.append(run.done)
            assert (run.done == run.whole) == (run.state is m.ReplayState.DONE)
            desk.session.commit()
        assert live("jobs", None)["status"] == 0
    print(f"{kills} kills, decisions after each: {seen[1:]}")
    assert kills > 0
    assert seen == sorted(seen), "what a piece has found stays"
    assert seen[-1] > 0, "some of it was done by those who were killed"
    desk.session.expire_all()
    assert (run.state, run.done) == (m.ReplayState.DONE, DECISIONS)
    desk.session.commit()
    with desk.app.app_context():
        undisturbed = desk.done()
    assert _outcome(desk, run) == _outcome(desk, undisturbed)
    assert undisturbed.same_since == run.asked_at
    desk.session.commit()
    with desk.app.app_context(), db.engine.connect() as connection:
        left = backlog(connection)
    assert left is not None
    assert (left.running, left.failed) == (0, 0)
