"""Alembic's environment: our metadata, whatever engine it is given. DBOS keeps its own tables and is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from sqlalchemy import Connection, engine_from_config, pool

from core.data.base import Base
from core.data.models import User  # noqa: F401  (importing the package completes the metadata)

JOB_TABLES = ("workflow_", "operation_outputs", "notifications", "queues", "streams", "dbos_", "application_versions")


SEARCH = re.compile(r"(ix_)?tenants_search(_\w+)?")  # made by core/data/search.py, and checked with the whole schema


def ours(name: str | None, kind: str, parents: Any) -> bool:
    if name is None or name in Base.metadata.tables:
        return True
    return not (kind == "table" and name.startswith(JOB_TABLES)) and not SEARCH.fullmatch(name)


def run(connection: Connection) -> None:
    with rebuilding(connection):
        migrate(connection)


@contextmanager
def rebuilding(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making another and dropping the first, which other rows still name: it looks at foreign
    keys only when all is done (https://www.sqlite.org/lang_altertable.html, section 7)."""
    if connection.dialect.name != "sqlite":
        yield
        return
    if connection.in_transaction():
        raise RuntimeError("commit or roll back before migrating: within a transaction the pragma does nothing")
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        if broken := driver.execute("PRAGMA foreign_key_check").fetchall():
            raise RuntimeError(f"the migration leaves rows that name others which are gone: {broken[:5]}")
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        include_name=ours,
        transactional_ddl=True,  # on SQLite too: a migration that fails leaves nothing behind
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
elif context.config.get_main_option("sqlalchemy.url"):
    section = context.config.get_section(context.config.config_ini_section) or {}
    with engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool).connect() as connection:
        run(connection)
else:
    from flask import current_app

    with current_app.extensions["migrate"].db.engine.connect() as connection:
        run(connection)
