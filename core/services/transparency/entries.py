"""The bytes of an entry: a JSON array of all columns of the row, in this order, without spaces, in UTF-8.

    ["event",812,"2026-11-29 08:00:00.123456",1,3,12,"user:12","case.approve","case",44,1,"{\"from\": …}","…","::1"]
    ["letter",7,"虹人社〔2026〕7号","award","3F2K-…","2026-11-29",240000,"sha256:…","<sha256 of the file>"]

Instants are in UTC; `detail` is the text that is in the table, so that not even its spaces can change. On SQLite the
database itself writes the array, which is what makes checking a large log quick; a test compares the two.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, bindparam, text

from core.data.models import LeafKind

_EVENT = (
    *("id", "at", "district_id", "operator_id", "actor_id", "actor", "action", "subject_type", "subject_id"),
    *("success", "detail", "request_id", "remote"),
)
_LETTER = (*("id", "number", "kind", "check_code", "issued_on", "amount_fen", "capsule_digest", "file_sha256"),)
TABLES = {LeafKind.EVENT: "audit_events", LeafKind.LETTER: "letters"}
COLUMNS = {LeafKind.EVENT: _EVENT, LeafKind.LETTER: _LETTER}
# Which rows can be in the log at all: a letter's row is there before its file is.
THERE = {LeafKind.EVENT: "1 = 1", LeafKind.LETTER: "file_sha256 IS NOT NULL"}
_AS_ON_SQLITE = {
    "at": "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
    "success": "({})::int",
    "detail": "({})::text",
    "issued_on": "({})::text",
}


def written(values: Sequence[object]) -> bytes:
    """The bytes of an entry whose values are these, the kind first."""
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":")).encode()


def expression(kind: LeafKind, alias: str, dialect: str) -> str:
    """SQL for an entry: on SQLite its bytes, elsewhere its columns after the kind's name."""
    columns = [f"{alias}.{name}" for name in COLUMNS[kind]]
    if dialect == "sqlite":
        return f"CAST(json_array('{kind.value}', {', '.join(columns)}) AS BLOB)"
    shown = zip(COLUMNS[kind], columns, strict=True)
    return ", ".join(_AS_ON_SQLITE[name].format(c) if name in _AS_ON_SQLITE else c for name, c in shown)


def pending(connection: Connection, kind: LeafKind, above: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Rows that are not in the log yet, of those with an id above `above` if that is given, in order: id and entry."""
    dialect, table = connection.dialect.name, TABLES[kind]
    rows = connection.execute(
        text(
            f"SELECT t.id, {expression(kind, 't', dialect)} FROM {table} t WHERE {THERE[kind]} "  # noqa: S608 - names of ours
            f"{'AND t.id > :above ' if above is not None else ''}"
            "AND NOT EXISTS (SELECT 1 FROM log_leaves l WHERE l.kind = :kind AND l.subject_id = t.id) ORDER BY t.id"
        ),
        {"kind": kind.value} | ({"above": above} if above is not None else {}),
    )
    for row in rows:
        yield row[0], row[1] if dialect == "sqlite" else written((kind.value, *row[1:]))


def one(connection: Connection, kind: LeafKind, subject_id: int) -> bytes | None:
    """The entry that a row would have now; None where there is no such row."""
    return next((entry for _id, entry in of(connection, kind, [subject_id])), None)


def of(connection: Connection, kind: LeafKind, subject_ids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """The entries that some hundred rows would have now, with their ids; nothing for rows that are not there."""
    dialect = connection.dialect.name
    wanted = text(
        f"SELECT t.id, {expression(kind, 't', dialect)} FROM {TABLES[kind]} t WHERE t.id IN :ids AND {THERE[kind]}"  # noqa: S608 - names of ours
    )
    for row in connection.execute(wanted.bindparams(bindparam("ids", expanding=True)), {"ids": [*subject_ids]}):
        yield row[0], bytes(row[1]) if dialect == "sqlite" else written((kind.value, *row[1:]))
