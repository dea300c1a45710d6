"""The monthly run: what a bill costs where there are a thousand leases, ten thousand and a hundred thousand.

One operator on SQLite, every lease paying monthly with a property fee; a value is the CPU time of one piece (a
transaction of 200 leases) by the bills it makes. Flat means that the hundred thousandth costs what the first did.
"""

from __future__ import annotations

import tempfile
import time
from datetime import date
from pathlib import Path

from sqlalchemy import create_engine, insert
from sqlalchemy.orm import Session

from bench.measure import Result, Sample
from core.data import engine as rules
from core.data import models as m
from core.data.asker import Asker
from core.data.base import Base
from core.policy import Month
from core.services import billing, jobs
from core.services.billing import runs

MONTH, TODAY = Month.parse("2026-12"), date(2026, 12, 1)
SIZES = (1_000, 10_000, 100_000)


def _house(session: Session, leases: int) -> int:
    """An operator with so many leases, written in bulk; its id."""
    district = m.District(name="示例区", name_en="Sample", region="310109")
    session.add(district)
    session.flush()
    operator = m.Operator(district_id=district.id, name="示例园", kind=m.OperatorKind.PRIVATE)
    session.add(operator)
    session.flush()
    for start in range(0, leases, 10_000):
        ids = range(start + 1, min(start + 10_000, leases) + 1)
        scope = {"operator_id": operator.id}
        session.execute(
            insert(m.Tenant),
            [
                {"id": n, "name": f"企业{n}", "kind": m.TenantKind.COMPANY, "stage": m.Stage.INCUBATOR, **scope}
                for n in ids
            ],
        )
        session.execute(
            insert(m.Lease),
            [
                {
                    "id": n, "tenant_id": n, "number": f"L-{n}", "status": m.LeaseStatus.RUNNING,
                    "starts_on": date(2025, 1, 1), "ends_on": date(2027, 12, 31), "monthly_rent_fen": 300_000 + n,
                    "deposit_fen": 0, "rate_basis": m.RateBasis.MONTH, "pay_months": 1, "due_days": 0, **scope,
                }
                for n in ids
            ],
        )  # fmt: skip
        session.execute(
            insert(m.RentTerm),
            [{"lease_id": n, "from_on": date(2025, 1, 1), "monthly_rent_fen": 300_000 + n, **scope} for n in ids],
        )
        session.execute(
            insert(m.LeaseFee),
            [{"lease_id": n, "kind": m.FeeKind.PROPERTY, "monthly_fen": 20_000, **scope} for n in ids],
        )
        session.commit()
    return operator.id


def _pieces(leases: int) -> Sample:
    """CPU seconds by bill, of each piece of one run."""
    values = []
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        rules.configure(engine)
        Base.metadata.create_all(engine)
        asker = {"asker": Asker.system("bench")}
        with Session(engine, info=asker) as session:
            operator = _house(session, leases)
            run = billing.ask(session, operator, MONTH, TODAY, begin=MONTH).id
            session.commit()
        after: int | None = 0
        while after is not None:
            with Session(engine, info=asker) as session:
                before = time.process_time()
                found = billing.make_next(session, billing.run_of(session, run), after, TODAY)
                session.commit()
                if found is not None:
                    values.append((time.process_time() - before) / runs.PIECE)
                after = found
        engine.dispose()
    return Sample(tuple(values))


def run() -> list[Result]:
    before = jobs.bind(jobs.Recorder())
    try:
        samples = {size: _pieces(size) for size in SIZES}
    finally:
        jobs.bind(before)
    least = samples[SIZES[0]]
    last = Sample(samples[SIZES[-1]].values[-50:])
    return [
        Result(f"a bill of {size:,} leases, against one of {SIZES[0]:,}", samples[size], least, "1,000 leases", 0.75)
        for size in SIZES[1:]
    ] + [Result("the last 10,000 bills of 100,000, against those of 1,000", last, least, "1,000 leases", 0.75)]
