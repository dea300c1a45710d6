"""Whatever is booked, in whatever order: a pool adds up, nothing goes below zero, and the line is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker, Reach, asking
from core.errors import DomainError
from core.services import pools
from core.services.invariants import pools as invariant
from tests import factories
from tests.integration.evidence.world import opened, system
from tests.integration.pools.conftest import DECEMBER
from tests.support.databases import Databases

CASES = 4
NOON = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
_case, _fen = st.integers(0, CASES - 1), st.integers(0, 12)
_step = st.one_of(
    st.tuples(st.just("reserve"), _case, _fen),
    st.tuples(st.just("reserve"), _case, _fen),
    st.tuples(st.sampled_from(("commit", "pay", "uncommit", "release")), _case),
    st.tuples(st.sampled_from(("raise", "lower", "carry_over")), _fen),
)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    made = databases.sqlite(tmp_path_factory.mktemp("pools")) if request.param == "sqlite" else databases.postgresql()
    with made as url, opened(url) as engine:
        yield engine


class Year:
    """A pool with room for little, the next year's, and cases that were accepted one after the other; two at once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        district = factories.district(session)
        tenant = factories.tenant(session, factories.operator(session, district))
        people = [factories.user(session, role, district=district) for role in (m.Role.DISTRICT_ADMIN, m.Role.APPROVER)]
        self.admin, self.approver = (
            Asker(Reach.DISTRICT, user.id, roles=frozenset({user.memberships[0].role}), district_id=district.id)
            for user in people
        )
        self.pools = [factories.pool(session, district, year=year, fen=10) for year in (2026, 2027)]
        scope = {"operator_id": tenant.operator_id, "tenant_id": tenant.id}
        self.cases = [
            m.Case(
                district_id=district.id, number=f"SEQ{district.id}-{n}", policy_key="rent_subsidy",
                state=m.CaseState.ACCEPTED, period_from="2026-01", period_to="2026-02", applied_on=date(2026, 11, 2),
                **scope,
            )
            for n in range(CASES)
        ]  # fmt: skip
        session.add_all(self.cases)
        session.flush()
        # The last one was accepted first, and two of them at one moment.
        self.accepted = [NOON + timedelta(minutes=at) for at in (1, 2, 2, 0)]
        for case, at in zip(self.cases, self.accepted, strict=True):
            session.add(m.CaseEvent(case_id=case.id, move="accept", to_state=case.state, at=at, role="window", **scope))
        session.flush()

    def do(self, act: str, *on: int) -> None:
        session = self.session
        if act in ("raise", "lower", "carry_over"):
            kind, said = m.PoolChangeKind(act), pools.Proposal(on[0], "文号", "事由")
            with asking(session, self.admin):
                change = pools.propose(session, self.pools[0], kind, said, today=DECEMBER)
            with asking(session, self.approver):
                pools.confirm(session, change, confirmed=True, today=DECEMBER)
            return
        case = self.cases[on[0]]
        if act == "reserve" and self.bound(case, paid=True):
            return  # once approved, a case reserves nothing more
        pool = pools.pool_of(session, case)
        if act == "reserve":
            pools.reserve(session, pool, case, on[1])
        elif act == "release":
            pools.release(session, pool, case)
        else:
            fen = pools.reserved_for(session, case) if act == "commit" else self.bound(case)
            getattr(pools, act)(session, pool, case, fen)

    def bound(self, case: m.Case, *, paid: bool = False) -> int:
        """Fen committed for a case, what is paid of them too or not."""
        booked = select(m.PoolEntry.move, m.PoolEntry.amount_fen).where(m.PoolEntry.case_id == case.id)
        signs = {m.PoolMove.COMMIT: 1, m.PoolMove.UNCOMMIT: -1, m.PoolMove.PAY: 0 if paid else -1}
        return sum(signs.get(move, 0) * fen for move, fen in self.session.execute(booked))

    def reserved(self) -> dict[int, int]:
        return {case.id: pools.reserved_for(self.session, case) for case in self.cases}

    def check(self, before: dict[int, int]) -> dict[int, int]:
        """What is reserved now, after looking whether it may be so after `before`."""
        session = self.session
        session.expire_all()
        assert list(invariant.check(session.connection())) == []
        turns = {case.id: (at, case.id) for case, at in zip(self.cases, self.accepted, strict=True)}
        booked = select(m.PoolEntry.case_id, m.PoolEntry.pool_id).order_by(m.PoolEntry.id)
        now, pool_of = self.reserved(), dict(session.execute(booked).all())
        waits = dict(session.execute(select(m.PoolWait.case_id, m.PoolWait.pool_id)).all())
        for case_id, fen in now.items():  # nobody overtakes: whoever is given money stood before all who still wait
            if fen > before[case_id]:
                here = [other for other, pool_id in waits.items() if pool_id == pool_of[case_id]]
                assert all(turns[case_id] < turns[other] for other in here)
        for pool in self.pools:
            line = sorted((case_id for case_id in waits if waits[case_id] == pool.id), key=turns.__getitem__)
            places = [pools.place_of(session, session.get_one(m.Case, case_id)) for case_id in line]
            assert [place.number for place in places if place] == list(range(1, len(line) + 1))
            assert all(place.missing_fen > 0 for place in places if place)
        return now


@given(steps=st.lists(_step, max_size=12))
@settings(max_examples=25)
def test_any_sequence(engine: Engine, steps: list[tuple[Any, ...]]) -> None:
    with system(engine) as session:
        year = Year(session)
        reserved = year.reserved()
        for step in steps:
            point = session.begin_nested()
            try:
                year.do(*step)
                point.commit()
            except DomainError:
                point.rollback()
            reserved = year.check(reserved)
        session.rollback()
