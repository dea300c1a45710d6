"""Which rows belong to a tenant, from the metadata: every column of every table that points to one.

A table made next year is found without anyone thinking of merging. Rows that may never change (`APPEND_ONLY`) stay
where they are; so do rows whose like is there already: those of a unique constraint, a founder, stretches of occupancy
that overlap, and the stages, of which one history is chosen as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Table, UniqueConstraint, select
from sqlalchemy.orm import Session

from core.data.base import Base
from core.data.models import Founder, Occupancy, StageMove, Tenant

APPEND_ONLY = frozenset(
    {
        *(
            "audit_events",
            "case_events",
            "decisions",
            "finding_acts",
            "panel_scores",
            "published_parameters",
            "stage_decisions",
        ),
        *("log_leaves", "log_nodes", "log_checkpoints", "revocation_notes"),
    }
)
"""Tables whose rows triggers keep from changing; a test compares this with the migrations."""


@dataclass
class Moves:
    """What a merge does to the rows of the merged tenant: `moved` (row, new values of its columns), and `staying`."""

    moved: list[tuple[Base, dict[str, Any]]] = field(default_factory=list)
    staying: list[Base] = field(default_factory=list)


def find(wide: Session, kept: Tenant, merged: Tenant) -> Moves:
    """The rows of `merged` that go to `kept`, and those that stay. `wide` sees all rows of the operator."""
    found = Moves()
    twins: dict[tuple[str, int], int] = {}  # a row that stays, and the kept tenant's row that is its like
    for model, table in _in_order():
        for column in _pointing(table, Tenant.__table__):
            for row in wide.scalars(select(model).where(table.c[column.name] == merged.id).order_by(model.id)):
                if row is merged or row is kept:
                    continue
                _place(wide, found, twins, row, {column.key: kept.id}, kept)
    return found


def _place(
    wide: Session,
    found: Moves,
    twins: dict[tuple[str, int], int],
    row: Any,
    values: dict[str, Any],
    kept: Tenant,
) -> None:
    """A row whose parent stayed goes to the parent's like at the kept tenant: the months of a person who is in both
    files are then all with one person."""
    table = row.__table__
    for constraint in table.constraints:
        if isinstance(constraint, ForeignKeyConstraint) and len(constraint.elements) == 1:
            element = constraint.elements[0]
            parent = twins.get((element.column.table.name, getattr(row, element.parent.key) or 0))
            if parent is not None:
                values[element.parent.key] = parent
    if table.name in APPEND_ONLY or isinstance(row, StageMove):
        found.staying.append(row)
        return
    if (isinstance(row, Occupancy) and _overlaps(row, kept)) or (isinstance(row, Founder) and _is_known(row, kept)):
        found.staying.append(row)
        return
    twin = _twin(wide, row, values)
    if twin is not None:
        twins[table.name, row.id] = twin
        found.staying.append(row)
    else:
        found.moved.append((row, values))


def _overlaps(row: Occupancy, kept: Tenant) -> bool:
    return any(
        it.from_on <= (row.to_on or it.from_on) and row.from_on <= (it.to_on or row.from_on) for it in kept.occupancies
    )


def _is_known(row: Founder, kept: Tenant) -> bool:
    """Whether the kept file has this founder: by number, or by name where this row knows no more than that."""
    if row.id_number_search is None:
        return any(it.name == row.name for it in kept.founders)
    return any(it.id_number_search == row.id_number_search for it in kept.founders)


def _twin(wide: Session, row: Any, values: dict[str, Any]) -> int | None:
    """The row that would stand in the way, were `values` set: by any unique constraint that they touch."""
    for columns, where in _unique(row.__table__):
        if not values.keys() & {column.key for column in columns}:
            continue
        wanted = {column.key: values.get(column.key, getattr(row, column.key)) for column in columns}
        if None in wanted.values():
            continue  # NULL is like nothing
        if where is not None and wide.scalar(select(type(row).id).where(type(row).id == row.id, where)) is None:
            continue  # the condition leaves this row out
        query = select(type(row).id).where(*(getattr(type(row), name) == value for name, value in wanted.items()))
        query = query.where(type(row).id != row.id)
        if where is not None:
            query = query.where(where)
        twin = wide.scalar(query.limit(1))
        if twin is not None:
            return int(twin)
    return None


def _unique(table: Table) -> Iterator[tuple[list[Column[Any]], Any]]:
    """The columns of each unique constraint and index, with the condition of a partial one."""
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield list(constraint.columns), None
    for index in table.indexes:
        if index.unique:
            yield list(index.columns), index.dialect_options["sqlite"].get("where")


def _in_order() -> Iterator[tuple[Any, Table]]:
    """Every model with its table, parents before children."""
    models = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    for table in Base.metadata.sorted_tables:
        yield models[table.name], table


def _pointing(table: Table, to: Any) -> list[Column[Any]]:
    return [column for column in table.columns if any(key.column.table is to for key in column.foreign_keys)]
