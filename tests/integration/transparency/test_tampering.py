"""Whoever has the database can change it, triggers or not; each way of doing so is found, and the first row named."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from core.services.transparency import checking, entries, keeping
from core.services.transparency.checking import Held
from core.services.transparency.tree import KeptTree, growing
from core.transparency import checkpoint, merkle
from core.transparency.checkpoint import Checkpoint
from core.transparency.note import Signer

COUNT = 10_000
TABLES = ("audit_events", "log_leaves", "log_nodes", "log_checkpoints")
SAMPLE = random.Random(7).sample(range(1, COUNT - 1), 12)
Trail = Callable[..., datetime]


@pytest.fixture(scope="module")
def full(log_engine: Engine, trail: Trail) -> Engine:
    with Session(log_engine) as session:
        trail(session, COUNT)
    return log_engine


@pytest.fixture
def log(full: Engine) -> Iterator[Session]:
    """The log; whatever a test does to it is rolled back."""
    with Session(full) as session:
        yield session
        session.rollback()


@contextmanager
def unguarded(session: Session) -> Iterator[Connection]:
    """A transaction in which the triggers are gone, as for whoever owns the server; rolled back after it."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        for table in TABLES:
            for verb in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER {table}_no_{verb}"))
    else:
        for table in TABLES:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    yield connection
    session.rollback()


def found(connection: Connection, signer: Signer, *held: Held) -> list[str]:
    return [thing for thing, _detail in checking.check(connection, [signer.verifier], held)]


def held_now(session: Session, signer: Signer) -> Held:
    """What an auditor took home: the newest head, and the hashes under it."""
    head = keeping.newest(session)
    assert head is not None
    rows = session.execute(text("SELECT hash FROM log_leaves ORDER BY id")).scalars()
    return Held(checkpoint.read(head.note, [signer.verifier]), b"".join(bytes(row) for row in rows))


def test_nothing_is_wrong_with_what_nobody_touched(log: Session, signer: Signer) -> None:
    assert found(log.connection(), signer, held_now(log, signer)) == []
    assert growing(log).root() == KeptTree(log).root() == held_now(log, signer).checkpoint.root


def test_the_triggers_refuse_changes(log: Session) -> None:
    for table in TABLES:
        for change in ("UPDATE {} SET id = id + 1000000", "DELETE FROM {}"):
            with pytest.raises(Exception, match=r"append-only|may only be added"):
                log.execute(text(change.format(table)))
            log.rollback()


EDITS = {
    "at": {"sqlite": "'2026-03-02 01:00:00.000001'", "postgresql": "at + interval '1 microsecond'"},
    "actor": "actor || 'x'",
    "action": "action || ' '",
    "subject_type": "'tenant'",
    "subject_id": "coalesce(subject_id, 0) + 1",
    "success": "not success",
    "detail": {"sqlite": "replace(detail, ', ', ',')", "postgresql": "replace(detail::text, ', ', ',')::json"},
    "request_id": "coalesce(request_id, '') || '0'",
    "remote": "coalesce(remote, '') || '1'",
    "id": "id + 1000000",
}


@pytest.mark.parametrize("column", EDITS)
def test_an_edit_of_any_column_of_any_row(log: Session, signer: Signer, column: str) -> None:
    """Every row is edited at once, and every row is named: each is found by its own hash."""
    with unguarded(log) as connection:
        edit = EDITS[column]
        new = edit if isinstance(edit, str) else edit[connection.dialect.name]
        connection.execute(text(f"UPDATE audit_events SET {column} = {new}"))  # noqa: S608 - both are of this file
        assert found(connection, signer)[:COUNT] == [f"event {n}" for n in range(1, COUNT + 1)]


def test_a_row_given_to_another_operator(log: Session, signer: Signer) -> None:
    with unguarded(log) as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            connection.execute(text("UPDATE audit_events SET operator_id = 77 WHERE id % 2 = 0"))
            assert found(connection, signer) == [f"event {n}" for n in range(2, COUNT + 1, 2)]
        else:
            connection.execute(text("ALTER TABLE audit_events DROP CONSTRAINT fk_audit_events_operator_id"))
            connection.execute(text("UPDATE audit_events SET operator_id = 77 WHERE id % 2 = 0"))
            assert found(connection, signer) == [f"event {n}" for n in range(2, COUNT + 1, 2)]


def test_a_deleted_row(log: Session, signer: Signer) -> None:
    with unguarded(log) as connection:
        connection.execute(text("DELETE FROM audit_events"))
        assert found(connection, signer) == [f"event {n}" for n in range(1, COUNT + 1)]


def test_two_rows_swapped(log: Session, signer: Signer) -> None:
    """Each with its neighbour: the even one stands under the odd one's number and the other way round."""
    with unguarded(log) as connection:
        connection.execute(text("UPDATE audit_events SET id = -id"))
        connection.execute(text("UPDATE audit_events SET id = CASE WHEN id % 2 = 0 THEN -id - 1 ELSE -id + 1 END"))
        assert found(connection, signer) == [f"event {n}" for n in range(1, COUNT + 1)]


COPIED = ", ".join(entries.COLUMNS[entries.LeafKind.EVENT][1:])
DOUBLE = "INSERT INTO audit_events (id, {0}) SELECT {1}, {0} FROM audit_events WHERE id = {2}"


@pytest.mark.parametrize("event", SAMPLE)
def test_a_row_doubled(log: Session, signer: Signer, event: int) -> None:
    with unguarded(log) as connection:
        connection.execute(text(DOUBLE.format(COPIED, COUNT + 5, event)))
        assert f"event {COUNT + 5}" in found(connection, signer)
        keeping.take_in(log)  # the instance takes it in like any other
        assert found(connection, signer)[0] == f"event {COUNT + 5}"


def test_a_row_put_in_between(log: Session, signer: Signer) -> None:
    with unguarded(log) as connection:
        connection.execute(text(DOUBLE.format(COPIED, -7, 41)))
        connection.execute(text("UPDATE audit_events SET action = 'case.pay' WHERE id = -7"))
        assert found(connection, signer) == ["event -7"]


@pytest.mark.parametrize("size", SAMPLE)
def test_the_tail_cut(log: Session, signer: Signer, size: int) -> None:
    held = held_now(log, signer)
    with unguarded(log) as connection:
        _cut(connection, size)
        assert found(connection, signer)[0] == f"entry {size}"
        # … and every head that would tell: only what somebody holds outside tells now.
        connection.execute(text("DELETE FROM log_checkpoints WHERE size > :size"), {"size": size})
        assert found(connection, signer) == []
        assert f"entry {size}" in found(connection, signer, held)


def _cut(connection: Connection, size: int) -> None:
    connection.execute(text("DELETE FROM audit_events WHERE id > :size"), {"size": size})
    connection.execute(text("DELETE FROM log_leaves WHERE id >= :size"), {"size": size})
    connection.execute(text("DELETE FROM log_nodes WHERE (place + 1) * 256 > :size"), {"size": size})


@pytest.mark.parametrize("event", SAMPLE)
def test_the_log_made_anew_from_a_row_on(log: Session, signer: Signer, event: int) -> None:
    """A row changed, and all hashes after it with it: the heads that were signed don't fit, and who holds the hashes
    is told the row. Whoever has the log's key too can sign new heads; then only what is held outside tells."""
    held = held_now(log, signer)
    with unguarded(log) as connection:
        connection.execute(text("UPDATE audit_events SET actor = 'user:99' WHERE id = :id"), {"id": event})
        _anew(log, connection)
        block = (event - 1) // 1_000 * 1_000
        assert found(connection, signer)[0] == f"entries {block} to {block + 999}"
        assert found(connection, signer, held)[0] == f"event {event}"
        connection.execute(text("DELETE FROM log_checkpoints"))
        keeping.sign(log, signer, datetime.now(tz=None).astimezone())
        without = [thing for thing in found(connection, signer) if not thing.startswith("checkpoint")]
        assert without == []
        assert found(connection, signer, held)[0] == f"event {event}"
        assert any("to 9999" in thing for thing in found(connection, signer, Held(held.checkpoint)))


def _anew(session: Session, connection: Connection) -> None:
    connection.execute(text("DELETE FROM log_leaves"))
    connection.execute(text("DELETE FROM log_nodes"))
    session.expire_all()
    keeping.take_in(session, everything=True)


def test_two_entries_swapped_in_the_log_itself(log: Session, signer: Signer) -> None:
    held = held_now(log, signer)
    with unguarded(log) as connection:
        rows = connection.execute(text("SELECT id, subject_id, hash FROM log_leaves WHERE id IN (40, 41)")).all()
        connection.execute(text("DELETE FROM log_leaves WHERE id IN (40, 41)"))
        for row, place in zip(rows, (41, 40), strict=True):
            connection.execute(
                text("INSERT INTO log_leaves (id, kind, subject_id, hash) VALUES (:id, 'event', :subject, :hash)"),
                {"id": place, "subject": row.subject_id, "hash": row.hash},
            )
        assert found(connection, signer)[0] == "entries 0 to 999"
        assert found(connection, signer, held)[0] == "event 42"


def test_a_head_that_was_changed_forged_or_taken_away(log: Session, signer: Signer) -> None:
    with unguarded(log) as connection:
        connection.execute(text("UPDATE log_checkpoints SET size = size - 1 WHERE id = 3"))
        assert found(connection, signer) == ["checkpoint 3"]
    with unguarded(log) as connection:
        connection.execute(text("UPDATE log_checkpoints SET note = replace(note, 'signed 2026-03', 'signed 2026-02')"))
        assert found(connection, signer) == [f"checkpoint {n}" for n in range(1, 11)]
    with unguarded(log) as connection:
        connection.execute(text("DELETE FROM log_checkpoints WHERE id = 4"))
        assert found(connection, signer) == ["checkpoint 5"]
    with unguarded(log) as connection:
        connection.execute(
            text("UPDATE log_nodes SET hash = (SELECT hash FROM log_nodes WHERE place = 2) WHERE place = 3")
        )
        assert found(connection, signer) == ["entries 768 to 1023"]


def test_an_old_head_presented_as_new(log: Session, signer: Signer) -> None:
    """An auditor compares what is presented with what they hold, and reads its date."""
    keys = [signer.verifier]
    rows = log.execute(text("SELECT note FROM log_checkpoints ORDER BY id")).scalars().all()
    heads = [checkpoint.read(note, keys) for note in rows]
    for old, new in ((0, 9), (3, 4), (8, 9)):
        told = checkpoint.compared(held=heads[new], presented=heads[old])
        assert told == "older"
        assert checkpoint.compared(held=heads[old], presented=heads[new]) == "newer"
    assert checkpoint.compared(held=heads[5], presented=heads[5]) == "same"
    other = Checkpoint(heads[5].origin, heads[5].size, merkle.leaf_hash(b"x"), heads[5].signed_at)
    assert checkpoint.compared(held=heads[5], presented=other) == "forked"
    assert checkpoint.compared(held=heads[5], presented=Checkpoint("another/log", 1, bytes(32))) == "another log"


def test_the_same_head_is_signed_again_after_a_day(log: Session, signer: Signer) -> None:
    last = keeping.newest(log)
    assert last is not None
    assert keeping.sign(log, signer, last.signed_at + timedelta(hours=23)).id == last.id
    again = keeping.sign(log, signer, last.signed_at + timedelta(hours=24))
    assert (again.size, again.root) == (last.size, last.root)
    assert again.id == last.id + 1
    assert found(log.connection(), signer) == []


def test_entries_are_the_same_bytes_whichever_engine_writes_them(log: Session) -> None:
    """SQLite writes the array itself; elsewhere Python does. A log moves with its rows, not with its engine."""
    connection = log.connection()
    for event in (1, 2, 3, 57, 812, 9_999):
        entry = entries.one(connection, entries.LeafKind.EVENT, event)
        row = connection.execute(text("SELECT * FROM audit_events WHERE id = :id"), {"id": event}).mappings().one()
        at = str(row["at"]) if isinstance(row["at"], str) else row["at"].strftime("%Y-%m-%d %H:%M:%S.%f")
        kept = connection.execute(
            text("SELECT CAST(detail AS TEXT) FROM audit_events WHERE id = :id"), {"id": event}
        ).scalar_one()
        told = {**row, "at": at, "detail": kept, "success": int(row["success"])}
        assert entry == entries.written(("event", *(told[name] for name in entries.COLUMNS[entries.LeafKind.EVENT])))
