"""I8, I10 and I12: a row belongs to whom its parent belongs, the database itself is sound, searches miss no row."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select, text

from core.data.base import Base
from core.data.models.tenants import SEARCHED, Tenant
from core.data.search import index_text

# An evidence line belongs to the tenancy where its month arose; an enterprise that moved spends it at its new one.
MAY_DIFFER = frozenset({("evidence_uses", "line_id")})
OWNERS = ("tenant_id", "operator_id", "district_id")


def check_belonging(connection: Connection) -> Iterator[tuple[str, str]]:
    """I8, for every foreign key of the schema whose two tables name the same kind of owner."""
    for child in Base.metadata.sorted_tables:
        for key in sorted(child.foreign_keys, key=lambda key: key.parent.name):
            parent = key.column.table.alias("parent")
            if (child.name, key.parent.name) in MAY_DIFFER:
                continue
            for owner in OWNERS:
                # A row of `tenants` is its own tenant, one of `operators` its own operator.
                theirs = "id" if key.column.table.name == f"{owner.removesuffix('_id')}s" else owner
                if owner not in child.c or theirs not in parent.c or child.c[owner] is key.parent:
                    continue
                joined = child.join(parent, key.parent == parent.c[key.column.name])
                wrong = select(child.c.id).select_from(joined).where(child.c[owner] != parent.c[theirs])
                for row in connection.scalars(wrong):
                    yield f"{child.name} {row}", f"its {owner} is not that of its {key.parent.name}"


def check_database(connection: Connection) -> Iterator[tuple[str, str]]:
    """I10: on SQLite its own two checks; on PostgreSQL that no constraint was left unchecked."""
    if connection.dialect.name == "sqlite":
        for (answer,) in connection.execute(text("PRAGMA integrity_check")):
            if answer != "ok":
                yield "database", f"integrity_check: {answer}"
        for table, row, parent, _ in connection.execute(text("PRAGMA foreign_key_check")):
            yield f"{table} {row}", f"names a row of {parent} that is not there"
    else:
        unchecked = text("select conrelid::regclass::text, conname from pg_constraint where not convalidated")
        for table, name in connection.execute(unchecked):
            yield str(table), f"the constraint {name} was never validated"


def check_search(connection: Connection) -> Iterator[tuple[str, str]]:
    """I12: the text that the list of tenants is searched by is made of what the row holds."""
    columns = Tenant.__table__.c
    asked = select(columns.id, columns.search_text, *(columns[name] for name in SEARCHED))
    for row, held, *values in connection.execute(asked):
        if held != index_text(values):
            yield f"tenant {row}", "is not found by what it is called now: its search text is stale"
