"""The databases that the tests stand on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, inspect, pool, text

from core.data.base import Base
from tests.support.databases import Databases
from tests.support.postgres import PREFIX, PostgresServer, clear_abandoned


def test_every_table_is_there(database_url: str) -> None:
    import core.data.models  # noqa: F401  completes the metadata

    engine = create_engine(database_url, poolclass=pool.NullPool)
    assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_test_has_its_own(database_url: str, attempt: int) -> None:
    engine = create_engine(database_url, poolclass=pool.NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE left_behind (id integer)"))  # fails if the other attempt's is here
    engine.dispose()


@pytest.mark.postgres
def test_postgres_is_private(databases: Databases) -> None:
    with databases.empty_postgresql() as url:
        engine = create_engine(url, poolclass=pool.NullPool)
        with engine.connect() as connection:
            assert connection.scalar(text("SHOW listen_addresses")) == ""
            assert connection.scalar(text("SHOW fsync")) == "off"
            for extension in ("btree_gist", "pg_trgm", "unaccent", "pgcrypto"):
                connection.execute(text(f"CREATE EXTENSION {extension}"))
        engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("server_too", [False, True])
def test_a_killed_run_leaves_no_server_behind(server_too: bool) -> None:
    """The next run stops the server of one that was killed with SIGKILL, and goes on if that was killed as well."""
    code = (
        "import time; from tests.support.postgres import PostgresServer as P\n"
        "server = P.new(); server.start(); print(server.home, flush=True); time.sleep(60)"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        home = Path(run.stdout.readline().strip())
        assert home.name.startswith(PREFIX)
        server = int((home / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(run.pid, signal.SIGKILL)
    if server_too:
        os.kill(server, signal.SIGKILL)
        wait_until_ended(server)
    clear_abandoned()
    assert not home.exists()
    assert ended(server)


@pytest.mark.postgres
def test_start_twice_is_start_once() -> None:
    server = PostgresServer.new()
    try:
        server.start()
        first = (server.data / "postmaster.pid").read_text()
        PostgresServer(server.home).start()
        assert (server.data / "postmaster.pid").read_text() == first
    finally:
        server.stop()
    assert not server.home.exists()


def ended(process: int) -> bool:
    return not psutil.pid_exists(process) or psutil.Process(process).status() == psutil.STATUS_ZOMBIE


def wait_until_ended(process: int) -> None:
    deadline = time.monotonic() + 60
    while not ended(process):
        assert time.monotonic() < deadline
        time.sleep(0.01)
