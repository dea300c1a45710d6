"""A tenant that rents. No job runs by itself here: what is asked for is only noted, and the tests make the pieces."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.data import models as m
from core.services import billing, jobs, leases
from core.services.leases import Terms
from tests import factories as f
from tests.integration.billing.renting import BEGIN, TODAY


@pytest.fixture(autouse=True)
def _noted(app: Flask) -> Iterator[None]:
    before = jobs.bind(jobs.Recorder())
    yield
    jobs.bind(before)


@pytest.fixture
def tenant(session: Session) -> m.Tenant:
    """With a deposit of 2,000.00, and a bill of 1,000.00 rent and 50.00 property fee for each of three months."""
    operator = f.operator(session, f.district(session))
    made = f.tenant(session, operator, name="青禾（上海）公司")
    room = f.space(session, f.site(session, operator))
    terms = Terms(
        [room], date(2026, 12, 1), date(2027, 2, 28), m.RateBasis.MONTH, 100_000, deposit_months=2, pay_months=3,
        fees={m.FeeKind.PROPERTY: 5_000},
    )  # fmt: skip
    leases.sign(session, leases.draft(session, made, terms), on=TODAY, today=TODAY)
    run = billing.ask(session, operator.id, BEGIN, TODAY, begin=BEGIN)
    after: int | None = 0
    while after is not None:
        after = billing.make_next(session, run, after, TODAY)
    session.commit()
    return made
