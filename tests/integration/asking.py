"""Asking every address as everybody, and seeing from the database itself whether anything was written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, inspect, text

from core.data.engine import reading
from core.data.queries.audit import READ
from core.jobs.queue import SCHEMA
from core.web.downloads import TAKEN, TAKEN_LOG, TAKEN_PACK, TAKEN_PACKAGE, TAKEN_PAPER, VIEWED_OUTSIDE

# The clocks of sessions and the counters of guesses are not of the domain; each is written in a transaction of its own.
APART = {"user_sessions", "throttles"}
# Nor is the trail's word on who took a list, a package or the log, and on what auditors looked at: the one thing that
# reading leaves behind.
TAKING = (TAKEN, TAKEN_PACKAGE, TAKEN_LOG, TAKEN_PACK, TAKEN_PAPER, VIEWED_OUTSIDE)
OF_READING = {"audit_events": f"WHERE action NOT IN {TAKING} AND action NOT LIKE '{READ}%'"}


def contents(engine: Engine) -> dict[str, str]:
    """SHA-256 of every row of every table, the job queue's too, but for those `APART` and `OF_READING`."""
    with reading(), engine.connect() as connection:
        found = {name: _digest(connection, name) for name in _tables(connection)}
    assert {"cases", "audit_events", "workflow_status"} <= {name.rpartition(".")[2] for name in found}
    return found


def _tables(connection: Connection) -> list[str]:
    names = [*inspect(connection).get_table_names()]
    if connection.dialect.name == "postgresql":
        names += [f"{SCHEMA}.{name}" for name in inspect(connection).get_table_names(SCHEMA)]
    return [name for name in names if name not in APART]


def _digest(connection: Connection, name: str) -> str:
    quoted = ".".join(f'"{part}"' for part in name.split("."))
    statement = f"SELECT * FROM {quoted} {OF_READING.get(name, '')}"  # noqa: S608
    rows = sorted(repr(tuple(row)) for row in connection.execute(text(statement)))
    return sha256("\n".join(rows).encode()).hexdigest()


def reads_that_write(engine: Engine, clients: Mapping[str, FlaskClient], addresses: Iterable[str]) -> list[str]:
    """GET each address as each client; one sentence for every address after which the database is another one."""
    problems, before = [], contents(engine)
    for address in addresses:
        statuses = {}
        for role, client in clients.items():
            with client.get(address) as answer:
                statuses[role] = answer.status_code
        after = contents(engine)
        if changed := sorted(name for name in after if after[name] != before[name]):
            problems.append(f"GET {address} writes {', '.join(changed)}; answers were {statuses}")
        before = after
    return problems
