"""Slowing down guesses of passwords and codes. Counted in the database, so that restarts and workers agree.

A try is counted before the secret is looked at, in a transaction of its own: however many arrive at once, only as many
as allowed are looked at. Nobody is locked out for good, or attackers could lock out whom they please: an account alone
waits at most a minute, and only the pair of account and address waits long.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.data.models import Throttle

_table: Any = Throttle.__table__


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """`free` tries, then a wait that doubles with each further one, from `first` to `longest`. A quiet `memory`
    forgives all."""

    name: str
    free: int
    first: timedelta
    longest: timedelta
    memory: timedelta = timedelta(minutes=30)

    def wait(self, failures: int) -> timedelta:
        """How long the next try has to wait after so many."""
        over = failures - self.free
        return timedelta() if over < 0 else min(self.first * 2 ** min(over, 20), self.longest)


PAIR = Rule("pair", 5, timedelta(seconds=5), timedelta(minutes=15))
ACCOUNT = Rule("account", 20, timedelta(seconds=1), timedelta(minutes=1))
ADDRESS = Rule("address", 30, timedelta(seconds=5), timedelta(minutes=15))
CODE = Rule("code", 5, timedelta(seconds=5), timedelta(minutes=15))


RECOVERY = Rule("recovery", 3, timedelta(minutes=1), timedelta(hours=1), timedelta(hours=3))


@dataclass(frozen=True, slots=True)
class Gate:
    """One counter: a rule and what it counts for."""

    rule: Rule
    about: str

    def key(self, secret: bytes) -> str:
        return hmac.new(secret, f"{self.rule.name}|{self.about}".encode(), sha256).hexdigest()


def recovery_gates(email: str, remote: str) -> tuple[Gate, ...]:
    """What a mail for a forgotten password is counted for: whom it goes to, and who asks."""
    return Gate(RECOVERY, f"to {email}"), Gate(ADDRESS, f"recovery {remote}")


def sign_in_gates(email: str, remote: str) -> tuple[Gate, ...]:
    """What a password is counted for: account and address together, and each alone."""
    return Gate(PAIR, f"{email}|{remote}"), Gate(ACCOUNT, email), Gate(ADDRESS, remote)


def enter(connection: Connection, gates: Iterable[Gate], secret: bytes, now: datetime) -> timedelta:
    """Count a try. Zero lets it through; else nothing was counted, and so long is still to wait. The caller commits."""
    # In one order everywhere, so that two tries never wait for each other.
    keyed = sorted((gate.key(secret), gate.rule) for gate in gates)
    keys = [key for key, _ in keyed]
    insert: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert
    # Rows first, so that there is something to lock: tries at one moment are counted one after the other.
    fresh = [{"key": key, "failures": 0, "tried_at": now} for key in keys]
    connection.execute(insert(_table).on_conflict_do_nothing(index_elements=["key"]), fresh)
    rows = connection.execute(select(_table).where(_table.c.key.in_(keys)).order_by(_table.c.key).with_for_update())
    found = {row.key: row for row in rows}
    waits = [row.retry_at - now for row in found.values() if row.retry_at is not None]
    if (longest := max(waits, default=timedelta())) > timedelta():
        return longest
    for key, rule in keyed:
        row = found[key]
        failures = 1 if row.tried_at < now - rule.memory else row.failures + 1
        # No time at all where nothing is to wait for: another try may have read its clock a moment before this one.
        wait = rule.wait(failures)
        values = {"failures": failures, "tried_at": now, "retry_at": now + wait if wait else None}
        connection.execute(update(_table).where(_table.c.key == key).values(**values))
    return timedelta()


def forgive(connection: Connection, gates: Iterable[Gate], secret: bytes) -> None:
    """The right secret was given: forget the tries before it. Of those counted for an address alone, which many share
    and one may use to guess at many accounts, only this one."""
    for gate in sorted(gates, key=lambda gate: gate.key(secret)):
        mine = _table.c.key == gate.key(secret)
        if gate.rule is ADDRESS:
            values = {"failures": _table.c.failures - 1, "retry_at": None}
            connection.execute(update(_table).where(mine, _table.c.failures > 0).values(**values))
        else:
            connection.execute(delete(_table).where(mine))


def sweep(connection: Connection, now: datetime) -> None:
    """Remove counters that no longer hold anyone up."""
    connection.execute(delete(_table).where(_table.c.tried_at < now - timedelta(days=1)))
