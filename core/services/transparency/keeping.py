"""Taking rows into the log, and signing its head.

Rows are taken in after they were written, by one at a time: the trail itself is written by many at once, and none of
them waits for the log. What is not under a head yet is not protected by it, so a head is signed soon after
(`core.jobs.signing`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from core.data.models import LeafKind, LogCheckpoint, LogLeaf, LogNode
from core.data.queries.locks import lock_name
from core.services.transparency import entries
from core.services.transparency.tree import growing
from core.transparency import merkle
from core.transparency.checkpoint import Checkpoint
from core.transparency.note import Signer

LOCK = "transparency log"
AT_ONCE = 2_000  # rows of an INSERT
# Ids are given out before a transaction commits, so one of a slow transaction may come below those already taken in.
# Rows further back than this are found by the daily run, which looks at all.
LOOK_BACK = 100_000
FRESH = timedelta(hours=24)  # after so long the same head is signed again, so that an old one shows by its date


def take_in(session: Session, *, everything: bool = False) -> int:
    """Append what is not in the log yet; returns how many entries. Others who do the same wait for this transaction."""
    lock_name(session, LOCK)
    session.flush()
    connection, edge = session.connection(), growing(session)
    before = edge.size
    found = chain.from_iterable(
        ((kind, *row) for row in entries.pending(connection, kind, None if everything else _above(session, kind)))
        for kind in LeafKind
    )
    hashed = [(kind, subject_id, merkle.leaf_hash(entry)) for kind, subject_id, entry in found]
    leaves = [
        {"id": place, "kind": kind, "subject_id": subject_id, "hash": leaf}
        for place, (kind, subject_id, leaf) in enumerate(hashed, before)
    ]
    nodes = [
        {"level": level, "place": place, "hash": head}
        for level, place, head in edge.extend([leaf for _kind, _id, leaf in hashed])
    ]
    for model, rows in ((LogLeaf, leaves), (LogNode, nodes)):
        for first in range(0, len(rows), AT_ONCE):
            session.execute(insert(model), rows[first : first + AT_ONCE])
    return edge.size - before


def _above(session: Session, kind: LeafKind) -> int:
    newest = session.scalar(select(func.max(LogLeaf.subject_id)).where(LogLeaf.kind == kind))
    return (newest or 0) - LOOK_BACK


def sign(
    session: Session, signer: Signer, at: datetime, *, everything: bool = False, beside: Signer | None = None
) -> LogCheckpoint:
    """Take in what is new and sign the head; the newest checkpoint where it still says all there is. `beside`: the key
    that `signer` replaced, which signs the first head too, so that whoever knows the old one alone can go on."""
    take_in(session, everything=everything)
    last, edge = newest(session), growing(session)
    known = last is not None and (last.size, last.key_id) == (edge.size, signer.verifier.id.hex())
    if last is not None and known and at - last.signed_at < FRESH:
        return last
    head = Checkpoint(signer.name, edge.size, edge.root(), at)
    row = LogCheckpoint(
        id=last.id + 1 if last is not None else 1,  # without gaps, so that one taken away is missed
        size=head.size,
        root=head.root,
        signed_at=at,
        key_id=signer.verifier.id.hex(),
        note=head.signed(signer, *_handing_over(last, beside)),
    )
    session.add(row)
    session.flush()
    return row


def _handing_over(last: LogCheckpoint | None, beside: Signer | None) -> list[Signer]:
    known = last is not None and beside is not None and last.key_id == beside.verifier.id.hex()
    return [beside] if beside is not None and known else []


def newest(session: Session) -> LogCheckpoint | None:
    """The last head that was signed."""
    return session.scalars(select(LogCheckpoint).order_by(LogCheckpoint.id.desc()).limit(1)).first()


def recent(session: Session, most: int) -> list[LogCheckpoint]:
    """The last heads that were signed, the newest first."""
    return [*session.scalars(select(LogCheckpoint).order_by(LogCheckpoint.id.desc()).limit(most))]


def covering(session: Session, place: int, but: Collection[str] = ()) -> LogCheckpoint | None:
    """The first head that has the entry at `place` under it: it says since when at the latest the entry is there.
    `but`: ids of keys whose heads prove nothing."""
    wanted = select(LogCheckpoint).where(LogCheckpoint.size > place, LogCheckpoint.key_id.not_in(but))
    return session.scalars(wanted.order_by(LogCheckpoint.id).limit(1)).first()
