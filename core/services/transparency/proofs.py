"""Proofs from the log: that a letter is in it, and that a head somebody holds is the beginning of today's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.asker import Asker
from core.data.models import AuditEvent, CasePaper, LeafKind, Letter, LogLeaf
from core.data.queries.audit import told
from core.errors import Conflict
from core.letters.proof import make_proof
from core.services.keys.reading import compromised_log_ids
from core.services.transparency import checking, entries, keeping, revoked
from core.services.transparency.tree import KeptTree, size_of
from core.transparency import checkpoint as checkpoints
from core.transparency.checkpoint import Checkpoint
from core.transparency.merkle import consistent, included, leaf_hash
from core.transparency.note import Verifier


def of_letter(session: Session, letter: Letter) -> bytes:
    """`FILE.pdf.proof` of an issued letter. Raises `Conflict` where no signed head has it under it yet, or where the
    letter is not what was taken in."""
    leaf = session.scalars(
        select(LogLeaf).where(LogLeaf.kind == LeafKind.LETTER, LogLeaf.subject_id == letter.id)
    ).first()
    head = keeping.covering(session, leaf.id, compromised_log_ids(session)) if leaf is not None else None
    if leaf is None or head is None:
        raise Conflict("通知书刚刚发出，还没有列入日志签名点；一般一分钟之内即可下载，请稍后再试")
    entry = entries.one(session.connection(), LeafKind.LETTER, letter.id)
    if entry is None or leaf_hash(entry) != leaf.hash:
        raise Conflict(
            "通知书的记录与发出时列入日志的不一致，不能出具证明；请平台管理人员运行 hongcai audit verify 核查"
        )
    path = KeptTree(session, head.size).inclusion(leaf.id)
    if not included(leaf.hash, leaf.id, head.size, path, head.root):  # what would not verify is not handed out
        raise Conflict("日志与签名点不一致，不能出具证明；请平台管理人员运行 hongcai audit verify 核查")
    return make_proof(entry=entry, index=leaf.id, path=path, checkpoint=head.note)


def logged_at(session: Session, file_sha256: str) -> datetime | None:
    """When a signed head first had the letter or paper with this file under it: a letter's own entry, a paper's issue
    in the trail. None where it has none yet."""
    letter = select(LogLeaf.id).join(Letter, Letter.id == LogLeaf.subject_id)
    place = session.scalar(letter.where(LogLeaf.kind == LeafKind.LETTER, Letter.file_sha256 == file_sha256).limit(1))
    if place is None:
        issue = select(LogLeaf.id).join(AuditEvent, AuditEvent.id == LogLeaf.subject_id)
        issue = issue.join(CasePaper, CasePaper.id == AuditEvent.subject_id)
        issue = issue.where(
            LogLeaf.kind == LeafKind.EVENT, AuditEvent.action == "paper.issue", AuditEvent.subject_type == "casepaper"
        )
        place = session.scalar(issue.where(CasePaper.file_sha256 == file_sha256).order_by(LogLeaf.id).limit(1))
    head = keeping.covering(session, place, compromised_log_ids(session)) if place is not None else None
    return head.signed_at if head is not None else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of a head that somebody holds: `same`; `grown`, and the proof that it only grew; `shrunk`: the log
    has fewer entries now; `forked`: its entries no longer give that head; `another log`."""

    what: Literal["same", "grown", "shrunk", "forked", "another log"]
    held: Checkpoint
    now: Checkpoint
    proof: tuple[bytes, ...] = ()


def compare(session: Session, note: str, keys: Sequence[Verifier]) -> Comparison:
    """Compare a head that was handed out with the newest one. Raises `NoteError` for what no known key signed, and
    `Conflict` where nothing was signed yet."""
    held = checkpoints.read(note, keys)
    newest = keeping.newest(session)
    if newest is None:
        raise Conflict("日志还没有签名点，请平台管理人员运行 hongcai audit checkpoint")
    now = checkpoints.read(newest.note, keys)
    if held.origin != now.origin:
        return Comparison("another log", held, now)
    if held.size > min(now.size, size_of(session)):
        return Comparison("shrunk", held, now)
    path = tuple(KeptTree(session, now.size).consistency(held.size)) if 0 < held.size < now.size else ()
    if not consistent(held.size, now.size, path, held.root, now.root):
        return Comparison("forked", held, now)
    return Comparison("same" if held.size == now.size else "grown", held, now, path)


def hashes(session: Session, size: int) -> Iterator[bytes]:
    """The hashes of the first `size` entries, in order: 32 bytes each, and they say nothing to who has not the rows."""
    wanted = select(LogLeaf.hash).where(LogLeaf.id < size).order_by(LogLeaf.id)
    for found in session.scalars(wanted.execution_options(yield_per=4096)):
        yield bytes(found)


def lines(session: Session, district_id: int | None = None, *, reader: Asker | None = None) -> Iterator[bytes]:
    """Entries of the log with their places, of one district if that is given: a line of JSON for each. For a `reader`
    without what the trail keeps from them.

    {"index":4711,"entry":"[\\"event\\",812,…]"}
    """
    mine = _of_district(session, district_id, reader) if district_id is not None else None
    for block in checking.blocks_of(session.connection()):
        for place, _kept, entry, _said in block:
            if entry is None:
                continue
            kind, subject_id, *_rest = json.loads(entry)
            if mine is None or subject_id in mine[LeafKind(kind)]:
                line = {"index": place, "entry": entry.decode()}
                yield json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _of_district(session: Session, district_id: int, reader: Asker | None) -> dict[LeafKind, set[int]]:
    # What is signed for all districts (the lists of revoked letters) is every district's to hold.
    mine = (AuditEvent.district_id == district_id) | (AuditEvent.action == revoked.ACTION)
    events = select(AuditEvent.id).where(mine, *(told(reader) if reader is not None else ()))
    letters = select(Letter.id).where(Letter.district_id == district_id)
    return {LeafKind.EVENT: {*session.scalars(events)}, LeafKind.LETTER: {*session.scalars(letters)}}
