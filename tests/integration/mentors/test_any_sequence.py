"""Whatever is done, in whatever order and by two at once: no mentor above capacity, no tenant with two mentors."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from core.commands import demo_mentors
from core.data import models as m
from core.data.asker import Asker, asking
from core.errors import Conflict, DomainError
from core.services import mentors, pairings, undo
from core.services.invariants import mentors as invariant
from demo import mentors as cast
from tests import factories
from tests.integration.evidence.world import opened, system
from tests.integration.mentors.conftest import TODAY
from tests.support.databases import Databases

MENTORS, TENANTS = 2, 4
_mentor, _tenant = st.integers(0, MENTORS - 1), st.integers(0, TENANTS - 1)
_days = st.integers(-20, 20).map(lambda days: TODAY + timedelta(days))
_pair = st.tuples(st.just("pair"), _mentor, _tenant, _days)
_step = st.one_of(
    _pair,
    _pair,
    st.tuples(st.just("end"), _tenant),
    st.tuples(st.just("capacity"), _mentor, st.integers(0, 4)),
    st.tuples(st.just("pause"), _mentor, st.one_of(st.none(), _days)),
    st.tuples(st.just("resume"), _mentor),
    st.tuples(st.just("dismiss"), _mentor),
    st.tuples(st.just("tie"), _mentor, _tenant, st.one_of(st.none(), _days)),
    st.tuples(st.just("undo")),
)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    made = databases.sqlite(tmp_path_factory.mktemp("mentors")) if request.param == "sqlite" else databases.postgresql()
    with made as url, opened(url) as engine:
        yield engine


class House:
    def __init__(self, session: Session) -> None:
        self.session = session
        operator = factories.operator(session, factories.district(session))
        self.mentors = [factories.mentor(session, operator, capacity=n + 1) for n in range(MENTORS)]
        self.tenants = [factories.tenant(session, operator) for _ in range(TENANTS)]
        self.undo: list[m.UndoStep] = []
        manager = factories.user(session, m.Role.OPERATOR_MANAGER, operator=operator)
        session.refresh(manager, ["memberships"])
        self.asker = Asker.member(manager.memberships[0])

    def do(self, act: str, *on: Any) -> None:
        session = self.session
        if act == "undo":
            if self.undo:
                undo.undo(session, self.undo.pop())
        elif act == "pair":
            pairings.pair(session, self.mentors[on[0]], self.tenants[on[1]], starts_on=on[2])
        elif act == "end":
            if running := pairings.running_of(session, self.tenants[on[0]]):
                pairings.end(session, running, on=TODAY, reason="换导师")
        elif act == "capacity":
            mentors.edit(session, self.mentors[on[0]], {"capacity": on[1]}, today=TODAY)
        elif act == "pause":
            mentors.pause(session, self.mentors[on[0]], until=on[1], today=TODAY)
        elif act == "resume":
            mentors.resume(session, self.mentors[on[0]])
        elif act == "dismiss":
            leaving = {"on": TODAY, "today": TODAY, "reason": "离任", "title": "结束聘任"}
            self.undo.append(pairings.dismiss(session, self.mentors[on[0]], **leaving))  # type: ignore[arg-type]
        else:
            mentors.add_tie(session, self.mentors[on[0]], self.tenants[on[1]], m.TieKind.KINSHIP, to_on=on[2])

    def check(self) -> None:
        running = select(m.Pairing.tenant_id).where(m.Pairing.ends_on.is_(None))
        there = self.session.scalars(running.where(m.Pairing.tenant_id.in_(t.id for t in self.tenants))).all()
        assert len(set(there)) == len(there)
        assert list(invariant.check(self.session.connection())) == []


@given(steps=st.lists(_step, max_size=14))
@settings(max_examples=60, deadline=None)
def test_any_sequence(engine: Engine, steps: list[tuple[Any, ...]]) -> None:
    with system(engine) as session:
        house = House(session)
        with asking(session, house.asker):
            for step in steps:
                point = session.begin_nested()
                try:
                    house.do(*step)
                    point.commit()
                except DomainError:
                    point.rollback()
                house.check()
        session.rollback()


def test_of_two_at_once_the_second_is_told(engine: Engine) -> None:
    with system(engine) as session:
        operator = factories.operator(session, factories.district(session))
        mentor = factories.mentor(session, operator, capacity=2)
        tenants = [factories.tenant(session, operator).id for _ in range(4)]
        session.commit()
        mentor_id = mentor.id
    start = threading.Barrier(8)

    def one(number: int) -> str:
        with system(engine) as session:
            start.wait(timeout=180)
            try:
                pairings.pair(
                    session,
                    session.get_one(m.Mentor, mentor_id),
                    session.get_one(m.Tenant, tenants[number % 4]),
                    starts_on=date(2026, 11, 25),
                )
                session.commit()
            except Conflict as conflict:
                session.rollback()
                return conflict.message
            return ""

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(one, range(8)))
    assert said.count("") == 2
    assert all("没有名额" in it or "已与导师" in it for it in said if it)
    with system(engine) as session:
        running = select(func.count()).where(m.Pairing.mentor_id == mentor_id, m.Pairing.ends_on.is_(None))
        assert session.scalar(running) == 2


def test_the_demonstration_keeps_the_rules_and_the_check_sees_them_broken(engine: Engine) -> None:
    with system(engine) as session:
        operator = factories.operator(session, factories.district(session))
        for number in range(30):
            factories.tenant(session, operator, industry="信息服务业" if number % 2 else None)
        demo_mentors.appoint(session, operator, cast.HARBOUR, needs=20, pairs=8)
        assert list(invariant.check(session.connection())) == []
        assert len(session.scalars(select(m.Pairing).where(m.Pairing.ends_on.is_(None))).all()) >= 7
        pairing = session.scalars(select(m.Pairing).where(m.Pairing.ends_on.is_(None)).order_by(m.Pairing.id)).first()
        assert pairing is not None
        tie = {"operator_id": operator.id, "tenant_id": pairing.tenant_id, "mentor_id": pairing.mentor_id}
        session.add(m.MentorTie(kind=m.TieKind.LANDLORD, **tie))
        pairing.mentor.status, pairing.mentor.ended_on = m.MentorStatus.ENDED, TODAY
        session.flush()
        said = " ".join(detail for _thing, detail in invariant.check(session.connection()))
        assert "the appointment has ended" in said
        assert "has another tie" in said
        session.rollback()
