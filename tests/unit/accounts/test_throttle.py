"""How long a guess has to wait."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine, create_engine, select

from core.data.engine import configure
from core.data.models import Throttle
from core.services import throttle
from core.services.throttle import ACCOUNT, ADDRESS, CODE, PAIR, Gate, Rule, sign_in_gates

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SECRET = b"k" * 32


@pytest.fixture
def engine(database_url: str) -> Engine:
    made = create_engine(database_url)
    configure(made)
    yield made
    made.dispose()


def knock(engine: Engine, gates, now: datetime = NOW) -> timedelta:
    with engine.begin() as connection:
        return throttle.enter(connection, gates, SECRET, now)


@pytest.mark.parametrize("rule", [PAIR, ACCOUNT, ADDRESS, CODE], ids=lambda r: r.name)
def test_waits_grow_up_to_a_limit(rule: Rule) -> None:
    waits = [rule.wait(n) for n in range(rule.free + 40)]
    assert waits[: rule.free] == [timedelta()] * rule.free
    assert waits[rule.free] == rule.first
    assert all(later >= earlier for earlier, later in pairwise(waits))
    assert waits[-1] == rule.longest


def test_an_account_alone_is_never_locked_for_long() -> None:
    """Strangers elsewhere can slow the owner down by a minute, no more."""
    assert ACCOUNT.wait(1_000_000) == timedelta(minutes=1)


def test_a_refused_try_is_not_counted(engine: Engine) -> None:
    gates = [Gate(CODE, "1")]
    for _ in range(5):
        assert knock(engine, gates) == timedelta()
    for _ in range(10):
        assert knock(engine, gates) == timedelta(seconds=5)
    assert knock(engine, gates, NOW + timedelta(seconds=5)) == timedelta()
    assert knock(engine, gates, NOW + timedelta(seconds=5)) == timedelta(seconds=10)


def test_a_try_that_came_a_moment_before_the_last_one_is_free(engine: Engine) -> None:
    """Of two at one moment, one may have read its clock first and be counted second."""
    gates = [Gate(CODE, "1")]
    assert knock(engine, gates) == timedelta()
    assert knock(engine, gates, NOW - timedelta(milliseconds=3)) == timedelta()


def test_a_quiet_half_hour_forgives(engine: Engine) -> None:
    gates = [Gate(CODE, "1")]
    for _ in range(5):
        knock(engine, gates)
    later = NOW + timedelta(minutes=31)
    for _ in range(5):
        assert knock(engine, gates, later) == timedelta()
    assert knock(engine, gates, later) == timedelta(seconds=5)


def test_the_right_secret_forgives_the_account_but_not_the_address(engine: Engine) -> None:
    mine, other = sign_in_gates("me@example.org", "192.0.2.1"), sign_in_gates("you@example.org", "192.0.2.1")
    for _ in range(4):
        knock(engine, other)
    knock(engine, mine)
    with engine.begin() as connection:
        throttle.forgive(connection, mine, SECRET)
    with engine.begin() as connection:
        counts = sorted(connection.scalars(select(Throttle.failures)))
    assert counts == [4, 4, 4]  # the other's pair and account, and the address without my one


def test_many_at_one_moment_are_counted_one_by_one(engine: Engine) -> None:
    """Sixty-four guesses that arrive together: five are looked at."""
    gates, start, through = [Gate(CODE, "1")], threading.Barrier(16), []

    def guess() -> None:
        start.wait()
        through.extend(knock(engine, gates) == timedelta() for _ in range(4))

    threads = [threading.Thread(target=guess) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(through) == 64
    assert sum(through) == 5


def test_old_counters_are_swept_away(engine: Engine) -> None:
    knock(engine, [Gate(CODE, "1")])
    knock(engine, [Gate(CODE, "2")], NOW + timedelta(hours=20))
    with engine.begin() as connection:
        throttle.sweep(connection, NOW + timedelta(hours=25))
        assert len(connection.scalars(select(Throttle.id)).all()) == 1
