"""I6: does every row in the log still have the bytes that it was taken in with, and does the log still give every head
that was signed? And does it agree with what an auditor held on to?

One pass over the log in order. Each fault names the first row that is wrong, so far as that can be known: a row by its
own hash; a log whose hashes were made anew by the copy of the hashes that an auditor holds, or else by the heads that
were signed before and after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Text, and_, cast, exists, func, select, text
from sqlalchemy.orm import aliased

from core.data.models import AuditEvent, LeafKind, Letter, LogLeaf
from core.services.transparency import entries
from core.services.transparency.keeping import LOOK_BACK
from core.services.transparency.timing import LATE, Late
from core.services.transparency.tree import BLOCK, WIDE, Growing
from core.transparency import checkpoint as checkpoints
from core.transparency.checkpoint import Checkpoint
from core.transparency.merkle import LEAF
from core.transparency.note import NoteError, Verifier, unread

HASH = 32  # bytes
_AT = entries.COLUMNS[LeafKind.EVENT].index("at")
_letters = Letter.__table__
Fault = tuple[str, str]
# Place, kept hash, the entry that the row makes now (None: there is none), and the instant that an event says.
Row = tuple[int, bytes, bytes | None, str | None]


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody outside holds: a head that was signed, and the hashes of the first entries, if they kept those."""

    checkpoint: Checkpoint
    hashes: bytes = field(default=b"", repr=False)


def check(connection: Connection, keys: Sequence[Verifier] = (), held: Iterable[Held] = ()) -> Iterator[Fault]:
    """Everything that is wrong with the log. Without `keys` the signatures of its heads are not looked at."""
    signed, faults = _signed(connection, keys)
    yield from faults
    outside = [*held]
    walk = _Walk({*(head.size for head in signed), *(it.checkpoint.size for it in outside)}, Late(signed))
    yield from walk.over(connection, outside)
    yield from _heads(walk, signed, "the head signed", "signed at {}")
    for it in outside:
        yield from _heads(walk, [it.checkpoint], "the checkpoint that you hold", "of {}")
    yield from _left_out(connection, signed, walk)
    yield from _out_of_time(connection, walk)
    yield from _doubled(connection)
    yield from _nodes(connection, walk)


def _signed(connection: Connection, keys: Sequence[Verifier]) -> tuple[list[Checkpoint], list[Fault]]:
    """The heads that were signed, in order, and what is wrong with them by themselves."""
    found: list[Checkpoint] = []
    faults: list[Fault] = []
    rows = connection.execute(text("SELECT id, size, root, note FROM log_checkpoints ORDER BY id"))
    for number, row in enumerate(rows, 1):
        thing = f"checkpoint {row.id}"
        if row.id != number:
            faults.append((thing, f"checkpoint {number} is missing before it"))
            return found, faults
        try:
            head = checkpoints.read(row.note, keys) if keys else checkpoints.parse(unread(row.note))
        except NoteError as error:
            faults.append((thing, str(error)))
            continue
        if (head.size, head.root) != (row.size, bytes(row.root)):
            faults.append((thing, "its row says another size or head than the note that was signed"))
        elif found and (head.size < found[-1].size or _before(head, found[-1])):
            faults.append((thing, "is smaller or older than the one before it"))
        found.append(head)
    return found, faults


def _before(head: Checkpoint, other: Checkpoint) -> bool:
    return head.signed_at is not None and other.signed_at is not None and head.signed_at < other.signed_at


class _Walk:
    """The pass over the log: recomputes every hash, and the head at each size that matters. It goes by blocks of 256
    entries, whose hashes are compared all at once and looked at one by one only where they differ."""

    def __init__(self, sizes: set[int], late: Late) -> None:
        self.sizes = sorted(sizes)
        self.late = late
        self.roots: dict[int, bytes] = {}
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.grown = Growing(0, [[]])
        self.whole = True  # every row of the log is there
        self.ended = False  # it came to the end of the log

    @property
    def size(self) -> int:
        return self.grown.size

    def over(self, connection: Connection, outside: Sequence[Held]) -> Iterator[Fault]:
        held = max((it.hashes for it in outside), key=len, default=b"")
        self._remember([])
        for rows in blocks_of(connection):
            start = self.grown.size
            places, kept, found, said = zip(*rows, strict=True)
            if places != tuple(range(start, start + len(rows))):
                at = next(n for n, place in enumerate(places) if place != start + n)
                yield f"entry {start + at}", "is missing from the log: what comes after it cannot be proved"
                self._take(list(kept[:at]))
                self.whole = False
                return
            hashes = [entry and sha256(LEAF + entry).digest() for entry in found]
            if hashes != list(kept):
                self.whole = self.whole and None not in hashes
                yield from _changed(connection, rows, hashes)
            mine = held[start * HASH : (start + len(rows)) * HASH]
            if mine and not b"".join(kept).startswith(mine):
                at = next(n for n, one in enumerate(kept) if mine[n * HASH :][:HASH] != one)
                yield (
                    _named(connection, start + at),
                    f"entry {start + at} is not the one that you hold: it was made anew from here",
                )
                held = b""
            self.late.look(start, said)
            self._take(list(kept))
        self.ended = True
        if len(held) > self.size * HASH:
            yield f"entry {self.size}", f"was cut off: you hold the hashes of {len(held) // HASH} entries"

    def _take(self, hashes: list[bytes]) -> None:
        self._remember(hashes)
        for level, place, head in self.grown.extend(hashes):
            self.nodes[level, place] = head

    def _remember(self, hashes: list[bytes]) -> None:
        """The heads at the sizes that lie within the next hashes."""
        start = self.grown.size
        while self.sizes and self.sizes[0] <= start + len(hashes):
            size = self.sizes.pop(0)
            self.roots[size] = self.grown.root(hashes[: size - start])


def _changed(connection: Connection, rows: Sequence[Row], hashes: Sequence[bytes | None]) -> Iterator[Fault]:
    for (place, kept, _entry, _said), found in zip(rows, hashes, strict=True):
        if found is None:
            yield _named(connection, place), f"was deleted: the log has it as entry {place}"
        elif found != kept:
            yield _named(connection, place), f"was changed after it was recorded as entry {place}"


def _named(connection: Connection, place: int) -> str:
    leaf = connection.execute(select(LogLeaf.kind, LogLeaf.subject_id).where(LogLeaf.id == place)).one()
    return f"{leaf.kind} {leaf.subject_id}"


def _heads(walk: _Walk, heads: Sequence[Checkpoint], whose: str, said: str) -> Iterator[Fault]:
    """The first head that the log no longer gives: what is wrong lies after the one before."""
    good = 0
    for head in heads:
        when = said.format(f"{head.signed_at:%Y-%m-%d %H:%M:%SZ}" if head.signed_at else "unknown date")
        if head.size > walk.size:
            yield f"entry {walk.size}", f"was cut off: {whose}, {when}, has {head.size} entries, the log {walk.size}"
            return
        if walk.roots.get(head.size) != head.root:
            yield (
                f"entries {good} to {head.size - 1}",
                f"no longer give {whose}, {when}: one of them was changed, and its hash with it",
            )
            return
        good = head.size


def _left_out(connection: Connection, signed: Sequence[Checkpoint], walk: _Walk) -> Iterator[Fault]:
    """Rows that are not in the log though they should be: events, where later ones are (on SQLite ids rise with the
    commits; elsewhere a slow transaction may still have a lower one, for as long as `keeping.LOOK_BACK` allows), and
    letters that were sealed long before the newest head was signed."""
    slack = 0 if connection.dialect.name == "sqlite" else LOOK_BACK
    taken_in = select(func.count(), func.max(LogLeaf.subject_id)).where(LogLeaf.kind == LeafKind.EVENT)
    count, highest = connection.execute(taken_in).one()
    there = connection.scalar(select(func.count()).select_from(AuditEvent))
    if count and not (walk.whole and count == there):  # else each event has its place
        for event, _entry in entries.pending(connection, LeafKind.EVENT):
            if event < highest - slack or event < 1:
                yield f"event {event}", "is not in the log, though later ones are: it was put in between"
    if signed and (at := signed[-1].signed_at) is not None:
        in_log = exists().where(LogLeaf.kind == LeafKind.LETTER, LogLeaf.subject_id == _letters.c.id)
        sealed = select(_letters.c.id).where(_letters.c.sealed_at < at - LATE, ~in_log)
        for letter in connection.scalars(sealed.order_by(_letters.c.id)):
            yield f"letter {letter}", "is not in the log, though a head was signed long after it was issued"


def _out_of_time(connection: Connection, walk: _Walk) -> Iterator[Fault]:
    """Events that say a time long before a head that was signed before they came: those that the walk came by, and
    where it ended early those after it."""
    joined = select(LogLeaf.id, LogLeaf.subject_id).join(AuditEvent, AuditEvent.id == LogLeaf.subject_id)
    events = joined.where(LogLeaf.kind == LeafKind.EVENT).order_by(LogLeaf.id)
    wanted = [events.where(LogLeaf.id == place) for place in walk.late.found]
    for first, last, limit in [] if walk.ended else walk.late.segments:
        here = events.where(LogLeaf.id >= max(first, walk.size), AuditEvent.at < limit)
        wanted.append(here if last is None else here.where(LogLeaf.id < last))
    for statement in wanted:
        for place, event in connection.execute(statement):
            yield f"event {event}", f"says a time long before the head that was signed before it came as entry {place}"


def _doubled(connection: Connection) -> Iterator[Fault]:
    """Events that are the same in all but their number."""
    one_instant = select(AuditEvent.at).group_by(AuditEvent.at).having(func.count() > 1)  # few, and by the index
    same = aliased(AuditEvent)
    alike = [_said(AuditEvent, name) == _said(same, name) for name in entries.COLUMNS[LeafKind.EVENT] if name != "id"]
    later = (
        select(AuditEvent.id, func.min(same.id))
        .join(same, and_(same.at == AuditEvent.at, same.id < AuditEvent.id))
        .where(AuditEvent.at.in_(one_instant), *alike)
        .group_by(AuditEvent.id)
    )
    for event, first in connection.execute(later.order_by(AuditEvent.id)):
        yield f"event {event}", f"is event {first} again: it was doubled"


def _said(model: Any, name: str) -> Any:
    return func.coalesce(cast(getattr(model, name), Text), "")


def _nodes(connection: Connection, walk: _Walk) -> Iterator[Fault]:
    """The kept heads of subtrees, from which proofs are made."""
    rows = connection.execute(text("SELECT level, place, hash FROM log_nodes ORDER BY level, place"))
    there = {(row.level, row.place): bytes(row.hash) for row in rows}
    for key in sorted(walk.nodes.keys() | there.keys()):
        if walk.nodes.get(key) != there.get(key):
            level, place = key
            first, wide = place << WIDE * level, BLOCK**level
            yield f"entries {first} to {first + wide - 1}", "the kept head of these entries is missing or wrong"
            return


def blocks_of(connection: Connection) -> Iterator[Sequence[Row]]:
    """The log in order, 256 entries at a time."""
    dialect = connection.dialect.name
    if dialect == "sqlite":
        event, letter = (entries.expression(kind, alias, dialect) for kind, alias in zip(LeafKind, "et", strict=True))
        # The driver's own cursor: a million rows pass here.
        cursor: Any = connection.connection.cursor()
        letter = f"(SELECT {letter} FROM letters t WHERE t.id = l.subject_id)"  # noqa: S608 - names of ours
        event = f"CASE WHEN e.id IS NOT NULL THEN {event} END"
        cursor.execute(
            f"SELECT l.id, l.hash, CASE l.kind WHEN 'event' THEN {event} WHEN 'letter' THEN {letter} END, e.at "  # noqa: S608
            "FROM log_leaves l "
            "LEFT JOIN audit_events e ON e.id = CASE l.kind WHEN 'event' THEN l.subject_id END ORDER BY l.id"
        )
        while rows := cursor.fetchmany(BLOCK):
            yield rows
        return
    shown = ", ".join(entries.expression(kind, kind.value, dialect) for kind in entries.TABLES)
    joins = " ".join(
        f"LEFT JOIN {table} {kind.value} ON l.kind = '{kind.value}' AND {kind.value}.id = l.subject_id"
        for kind, table in entries.TABLES.items()
    )
    found = connection.execute(
        text(f"SELECT l.id, l.hash, l.kind, {shown} FROM log_leaves l {joins} ORDER BY l.id"),  # noqa: S608
        execution_options={"yield_per": BLOCK * 16},
    )
    for part in found.partitions(BLOCK):
        yield [_row(*row) for row in part]


def _row(place: int, kept: bytes, kind: str, *columns: Any) -> Row:
    width = len(entries.COLUMNS[LeafKind.EVENT])
    own = columns[:width] if kind == LeafKind.EVENT else columns[width:]
    entry = None if own[0] is None else entries.written((kind, *own))
    return place, bytes(kept), entry, columns[_AT] if kind == LeafKind.EVENT else None
