"""Fixtures for every kind of test. What needs the Flask application is in tests/integration/conftest.py."""

from __future__ import annotations

import os
import re
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support import memory
from tests.support.databases import Databases
from tests.support.postgres import PostgresServer
from tests.support.profile import NIGHTLY

# The folder that all processes of one run share: the controller makes it, xdist's workers inherit its name.
SHARED = "HONGCAI_TEST_RUN"

# Two cores shared by workers, browser and database: a deadline would measure the neighbours.
settings.register_profile(
    "default", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow], max_examples=100
)
settings.register_profile("nightly", settings.get_profile("default"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory.folder()))  # `tmp_path`, of all workers
        os.environ[SHARED] = str(PostgresServer.new().home)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Modules that take long first, so that no worker is left with one of them when all else is done (the Makefile asks
    xdist to keep this order). Of a test marked `one_engine` one engine alone, always the same; both at night, or where
    it is asked for by its name."""
    if not NIGHTLY and not any("::" in argument for argument in config.args):
        left = [item for item in items if item.get_closest_marker("one_engine") and not _is_its_turn(item)]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]
    slow = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("e2e")}
    items.sort(key=lambda item: item.path not in slow)


def _is_its_turn(item: pytest.Item) -> bool:
    """Half of the tests marked `one_engine` run on PostgreSQL, by their names; slow ones on SQLite."""
    postgres = item.get_closest_marker("postgres") is not None
    name = re.sub("sqlite|postgresql", "", item.nodeid)
    wanted = item.get_closest_marker("slow") is None and zlib.crc32(name.encode()) % 2 == 0
    return postgres == wanted


def pytest_unconfigure(config: pytest.Config) -> None:
    # The controller ends last, when no worker needs the server any more.
    if not hasattr(config, "workerinput"):
        home = Path(os.environ.pop(SHARED))
        PostgresServer(home).stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def databases() -> Databases:
    """Makes databases: `.sqlite(folder)`, `.postgresql()`, `.empty_postgresql()`, each a context manager."""
    home = Path(os.environ[SHARED])
    return Databases(home, PostgresServer(home))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, migrated database of this test alone: each test runs on SQLite and on PostgreSQL."""
    made = databases.sqlite(tmp_path) if request.param == "sqlite" else databases.postgresql()
    with made as url:
        yield url
