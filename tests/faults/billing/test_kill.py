"""kill -9 in the middle of a monthly run, again and again: afterwards one bill for each lease, numbers 1 … n.

`make nightly` kills a hundred times; the seed is printed and can be given as KILL_SEED.
"""

from __future__ import annotations

import os
import random
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import core
from core.config import Settings
from core.data import models as m
from core.extensions import db
from core.jobs import backlog
from core.policy import Month
from core.services import billing
from tests import factories as f
from tests.faults.issuing.test_kill import zygote
from tests.support.profile import NIGHTLY

KILLS = 100 if NIGHTLY else 5
LEASES = KILLS * 12

pytestmark = pytest.mark.slow


def test_killed_at_any_moment_every_lease_is_billed_once(app: Flask, session: Session, settings: Settings) -> None:
    seed = int(os.environ.get("KILL_SEED", random.SystemRandom().randrange(1 << 30)))
    print(f"KILL_SEED={seed}")
    rng = random.Random(seed)
    operator = f.operator(session, f.district(session))
    for _ in range(LEASES):
        f.lease(session, f.tenant(session, operator), starts_on=date(2024, 1, 1), ends_on=None, deposit_fen=0)
    today = core.today().date()
    month = Month.of(today)
    with app.app_context():
        run_id = billing.ask(session, operator.id, month, today, begin=month).id
        session.commit()
    kills, seen = 0, [0]
    with zygote(settings) as live:
        for _ in range(KILLS):
            kills += live("jobs", rng.uniform(0.2, 0.8), piece=1)["status"] == -9
            seen.append(session.scalar(select(func.count()).select_from(m.Bill)) or 0)
            session.commit()
        assert live("jobs", None)["status"] == 0
    print(f"{kills} kills, bills after each: {seen[1:]}")
    assert kills > 0
    assert seen == sorted(seen), "what a piece has made stays"
    session.expire_all()
    run = session.get_one(m.BillingRun, run_id)
    assert (run.state, run.done, run.whole) == (m.BillingState.DONE, LEASES, LEASES)
    bills = session.scalars(select(m.Bill)).all()
    assert sorted(bill.lease_id or 0 for bill in bills) == sorted(session.scalars(select(m.Lease.id)))
    start = f"ZD{str(month).replace('-', '')}-"
    assert sorted(bill.number for bill in bills) == [f"{start}{n:05d}" for n in range(1, LEASES + 1)]
    session.commit()
    with app.app_context(), db.engine.connect() as connection:
        left = backlog(connection)
    assert left is not None
    assert (left.waiting, left.running, left.failed) == (0, 0, 0)
