"""Two tenants with bills."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.policy import Month
from core.services import billing, jobs, leases
from core.services.leases import Terms
from tests import factories as f


@pytest.fixture(autouse=True)
def _noted(app: Flask) -> Iterator[None]:
    before = jobs.bind(jobs.Recorder())
    yield
    jobs.bind(before)


@pytest.fixture
def operator(session: Session) -> m.Operator:
    """青禾公司 owes 3,100.00 and 蓝图公司 2,000.00, both of this month's rent."""
    today = core.today().date()
    month = Month.of(today)
    made = f.operator(session, f.district(session), name="示例园")
    site = f.site(session, made)
    for name, fen in (("青禾公司", 310_000), ("蓝图公司", 200_000)):
        terms = Terms(
            [f.space(session, site, code=name)], month.first, date(today.year + 2, 12, 31), m.RateBasis.MONTH, fen
        )
        lease = leases.draft(session, f.tenant(session, made, name=name), terms)
        leases.sign(session, lease, on=today, today=today)
    run = billing.ask(session, made.id, month, today, begin=month)
    after: int | None = 0
    while after is not None:
        after = billing.make_next(session, run, after, today)
    session.commit()
    return made
