"""Every row of an operator, column by column: what must be the same before a merge and after it is undone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.base import Base

# These only ever grow: a merge and its undoing leave their marks in them.
GROWING = {"audit_events", "undo_steps"}


def dump(session: Session, operator_id: int) -> dict[tuple[str, int], dict[str, Any]]:
    """By table and id, all columns, of every table that names an operator (sealed bytes as hex)."""
    session.flush()
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for table in Base.metadata.sorted_tables:
        if "operator_id" not in table.c or table.name in GROWING:
            continue
        found = session.connection().execute(select(table).where(table.c.operator_id == operator_id)).mappings()
        for row in found:
            rows[table.name, row["id"]] = {k: v.hex() if isinstance(v, bytes) else v for k, v in row.items()}
    return rows
