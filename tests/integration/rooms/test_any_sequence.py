"""Whatever is done, in whatever order and by many at once: a room is booked once, nobody waits who could be seated."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import asking
from core.errors import Conflict, DomainError
from core.services import bookings, events
from core.services.bookings import Slot
from tests import factories as f
from tests.integration.evidence.world import opened, system
from tests.integration.rooms.conftest import NOW, TOMORROW, House, build
from tests.support.databases import Databases

AT_ONCE = 64
HALF = 30
FIRST = 8 * 60  # the model counts half hours from here
_room, _tenant, _nth = st.integers(0, 1), st.integers(0, 2), st.integers(0, 5)
_from, _length = st.integers(0, 7), st.integers(1, 4)
_book = st.tuples(st.just("book"), _room, _tenant, _from, _length)
_step = st.one_of(
    _book,
    _book,
    st.tuples(st.just("cancel"), _nth),
    st.tuples(st.just("restore"), _nth),
    st.tuples(st.just("move"), _nth, _room, _from, _length),
)
_registering = st.one_of(
    st.tuples(st.just("register"), _tenant, st.integers(1, 4)),
    st.tuples(st.just("register"), _tenant, st.integers(1, 4)),
    st.tuples(st.just("withdraw"), _tenant),
    st.tuples(st.just("capacity"), st.integers(1, 8)),
)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    made = databases.sqlite(tmp_path_factory.mktemp("rooms")) if request.param == "sqlite" else databases.postgresql()
    with made as url, opened(url) as engine:
        yield engine


class Model:
    """A plain model: half hours of rooms, and by whom they are held. It says whether an act may succeed."""

    def __init__(self) -> None:
        self.made: list[tuple[int, int, int] | None] = []  # room, from, to; None while it is cancelled
        self.last: list[tuple[int, int, int]] = []

    def free(self, room: int, first: int, after: int, but: int | None = None) -> bool:
        return not any(
            held is not None and nth != but and held[0] == room and set(range(first, after)) & set(range(*held[1:]))
            for nth, held in enumerate(self.made)
        )


def _do(house: House, model: Model, rows: list[m.Booking], step: tuple[Any, ...]) -> tuple[bool, bool]:
    """The act on the product and on the model: whether each let it happen."""
    act, *on = step
    nth = on[0] if act != "book" else len(rows)
    if act != "book" and nth >= len(rows):
        return False, False
    if act in ("book", "move"):
        room, first, length = (on[0], on[2], on[3]) if act == "book" else (on[1], on[2], on[3])
        wanted = (room, first, first + length)
        allowed = model.free(*wanted, but=nth) and (act == "book" or model.made[nth] is not None)
        slot = Slot(house.rooms[room], TOMORROW, FIRST + first * HALF, FIRST + (first + length) * HALF)
    else:
        wanted = model.last[nth]
        there = model.made[nth] is not None
        allowed = there if act == "cancel" else not there and model.free(*wanted)
    if allowed and act == "book":
        model.made.append(wanted)
        model.last.append(wanted)
    elif allowed:
        model.made[nth] = None if act == "cancel" else wanted
        model.last[nth] = wanted
    point = house.session.begin_nested()
    try:
        if act == "book":
            rows.append(bookings.book(house.session, slot, tenant=house.tenants[on[1]], title="会", now=NOW))
        elif act == "move":
            bookings.move(house.session, rows[nth], slot, title="会", now=NOW)
        else:
            getattr(bookings, act)(house.session, rows[nth], now=NOW)
        point.commit()
    except DomainError:
        point.rollback()
        return False, allowed
    return True, allowed


@given(steps=st.lists(_step, max_size=14))
@settings(max_examples=40, deadline=None)
def test_any_sequence_of_bookings_is_as_in_a_plain_model(engine: Engine, steps: list[tuple[Any, ...]]) -> None:
    with system(engine) as session:
        house, model, rows = build(session), Model(), []
        for step in steps:
            did, allowed = _do(house, model, rows, step)
            assert did is allowed, step
        standing = session.execute(
            select(m.Booking.space_id, m.Booking.starts_at, m.Booking.ends_at).where(
                m.Booking.cancelled_at.is_(None), m.Booking.operator_id == house.operator.id
            )
        ).all()
        wanted = [
            Slot(house.rooms[it[0]], TOMORROW, FIRST + it[1] * HALF, FIRST + it[2] * HALF) for it in model.made if it
        ]
        assert sorted(map(tuple, standing)) == sorted((it.room.id, it.starts_at, it.ends_at) for it in wanted)
        session.rollback()


@given(steps=st.lists(_registering, max_size=14))
@settings(max_examples=40, deadline=None)
def test_nobody_waits_who_could_be_seated_and_no_seat_is_given_twice(
    engine: Engine, steps: list[tuple[Any, ...]]
) -> None:
    with system(engine) as session:
        house = build(session)
        event = f.event(session, house.site, capacity=4)
        for act, *on in steps:
            point = session.begin_nested()
            try:
                _attend(house, session, event, act, on)
                point.commit()
            except DomainError:
                point.rollback()
            session.refresh(event)
            rows = session.scalars(
                select(m.EventRegistration).where(
                    m.EventRegistration.event_id == event.id, m.EventRegistration.withdrawn_at.is_(None)
                )
            ).all()
            free = event.capacity - sum(it.people for it in rows if it.seated_at)
            assert free >= 0
            assert all(it.people > free for it in rows if not it.seated_at)
            assert len({it.tenant_id for it in rows}) == len(rows)
        session.rollback()


def _attend(house: House, session: Session, event: m.Event, act: str, on: list[int]) -> None:
    if act == "register":
        events.register(session, event, house.tenants[on[0]], on[1], now=NOW)
    elif act == "capacity":
        facts = events.Facts(house.site, event.kind, event.title, event.starts_at, event.ends_at, on[0])
        events.edit(session, event, facts, now=NOW)
    else:
        mine = session.scalars(
            select(m.EventRegistration).where(
                m.EventRegistration.event_id == event.id, m.EventRegistration.withdrawn_at.is_(None),
                m.EventRegistration.tenant_id == house.tenants[on[0]].id,
            )
        ).one_or_none()  # fmt: skip
        if mine:
            events.withdraw(session, event, mine, now=NOW)


@pytest.mark.slow
def test_of_64_who_book_one_slot_at_once_one_has_it(engine: Engine) -> None:
    with system(engine) as session:
        house = build(session)
        founders = [house.as_user(house.founder(tenant)) for tenant in house.tenants]
        room, tenants = house.rooms[0].id, [it.id for it in house.tenants]
        session.commit()
    start = threading.Barrier(16)

    def one(number: int) -> str:
        with system(engine) as session, asking(session, founders[number % 3]):
            if number < 16:
                start.wait(timeout=180)
            slot = Slot(session.get_one(m.Space, room), TOMORROW, 600, 660)
            tenant = session.get_one(m.Tenant, tenants[number % 3])
            try:
                bookings.book(session, slot, tenant=tenant, title=f"第{number}", now=NOW)
                session.commit()
            except Conflict as conflict:
                session.rollback()
                return str(conflict)
            return ""

    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(one, range(AT_ONCE)))
    assert said.count("") == 1
    assert all("已被占用" in it and "公司" not in it for it in said if it)
    with system(engine) as session:
        assert session.scalar(select(func.count()).where(m.Booking.space_id == room)) == 1


@pytest.mark.slow
def test_of_many_who_register_at_once_no_more_are_seated_than_there_are_seats(engine: Engine) -> None:
    with system(engine) as session:
        house = build(session)
        tenants = [f.tenant(session, house.operator).id for _ in range(12)]
        event = f.event(session, house.site, capacity=7).id
        session.commit()
    start = threading.Barrier(12)

    def one(number: int) -> bool:
        with system(engine) as session:
            start.wait(timeout=180)
            there = session.get_one(m.Event, event)
            made = events.register(session, there, session.get_one(m.Tenant, tenants[number]), 2, now=NOW)
            session.commit()
            return made.seated_at is not None

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(one, range(12))).count(True) == 3
