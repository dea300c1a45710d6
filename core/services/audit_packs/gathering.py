"""What belongs into the pack of a letter. Of persons there is what auditors may read: pseudonyms in the capsule, staff
as numbers, and the papers as the applicant handed them in (docs/packages.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from core.config import Settings
from core.data.models import (
    ActPaper,
    AuditEvent,
    CaseEvent,
    CasePaper,
    LeafKind,
    Letter,
    LetterStatus,
    LogLeaf,
    PaperStatus,
    Recovery,
    RecoveryPaper,
    StoredFile,
)
from core.data.models.kept import KeptFile
from core.data.queries.audit import READ
from core.errors import Conflict, Invalid
from core.letters import keylist
from core.letters.revocation import NAME, Entry, parse
from core.letters.roots import as_pem
from core.letters.store import Store
from core.services import files
from core.services.file_names import clean_name
from core.services.keys import trust
from core.services.replays import Kept
from core.services.transparency import entries, keeping, proofs, revoked
from core.transparency.note import unread

LIST, STATEMENT = f"log/{NAME}", f"keys/{keylist.NAME}"
MOST_LETTERS = 500
BLOCK = 500  # rows of a query
MOST_HASHES = 1_000_000  # of a longer log the hashes are left out: whoever keeps them has them


class Places(NamedTuple):
    """Where an instance keeps things: signed files, uploads, keys; and the roots its signers chain to (DER)."""

    letters: Path
    uploads: Path
    signing: Path
    roots: Sequence[bytes]

    @classmethod
    def of(cls, settings: Settings) -> Places:
        """Those of an instance. Raises `Invalid` where a trusted root cannot be read."""
        return cls(settings.letters, settings.files, settings.signing, trust.roots(settings))


@dataclass(slots=True)
class Part:
    """One letter. Values of `files` are bytes, or the place of a file that is read when the ZIP is written."""

    number: str
    folder: str
    amount_fen: int
    kept: Kept
    files: dict[str, bytes | Path] = field(default_factory=dict)
    papers: list[dict[str, Any]] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    trail: list[dict[str, Any]] = field(default_factory=list)
    acts: list[dict[str, Any]] = field(default_factory=list)
    proved: bool = True  # False: no signed head of the log has it under it yet
    fallen: Entry | None = None  # why it no longer stands
    listed: bool = False  # whether the list in the pack says so: a letter may have fallen since that was signed


@dataclass(slots=True)
class Gathered:
    parts: list[Part]
    common: dict[str, bytes] = field(default_factory=dict)  # keys and what is said of them; head, list, entries …
    entries: bool = False


def gather(session: Session, letters: Sequence[Letter], places: Places) -> Gathered:
    """Everything of some letters, in the order of their numbers. Raises `Invalid` where they are too many or one has no
    file yet, `Conflict` where a file is not in the store."""
    if not letters:
        raise Invalid("请至少选一份通知书")
    if len(letters) > MOST_LETTERS:
        raise Invalid("一个证据包最多%(most)s份通知书，请分成几个", most=MOST_LETTERS)
    ordered = sorted(letters, key=lambda it: (it.issuer_id, it.year, it.seq))
    parts, events = [], set[int]()
    for place, letter in enumerate(ordered, 1):
        part, ids = _part(session, letter, place, places)
        parts.append(part)
        events |= ids
    found = Gathered(parts)
    events |= _standing(session, found, ordered)
    _log(session, found, places, {LeafKind.EVENT: events, LeafKind.LETTER: {it.id for it in ordered}})
    return found


def _part(session: Session, letter: Letter, place: int, places: Places) -> tuple[Part, set[int]]:
    if letter.file_sha256 is None:
        raise Invalid("通知书%(number)s还在制作中，稍后再试", number=letter.number)
    decision, case = letter.decision, letter.case
    name = clean_name(letter.number)
    kept = Kept(
        case.number, decision.id, case.district_id, case.policy_key, decision.capsule_digest, bytes(decision.capsule)
    )
    part = Part(letter.number, f"{place:03d}_{name}", letter.amount_fen, kept)
    pdf = Store(places.letters).path(letter.file_sha256)
    if not pdf.exists():
        raise Conflict("通知书%(number)s的文件不在存储中，请联系平台管理人员从备份恢复", number=letter.number)
    part.files[f"{name}.pdf"] = pdf
    if letter.status is LetterStatus.ISSUED:
        try:
            part.files[f"{name}.pdf.proof"] = proofs.of_letter(session, letter)
        except Conflict:
            part.proved = False
    else:
        part.proved = False
    part.files["capsule.json"] = bytes(decision.capsule)
    _papers(session, part, letter, places)
    _evidence(part, json.loads(decision.capsule))
    part.acts = [
        {
            "at": act.at.isoformat(timespec="seconds"),
            "move": act.move,
            "from": act.from_state,
            "to": act.to_state,
            "role": act.role,
            "staff": act.actor_id,
            "opinion": act.opinion or "",
        }
        for act in session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id))
    ]
    events = list(_events(session, letter))
    part.trail = [_told(event) for event in events]
    return part, {event.id for event in events}


def _events(session: Session, letter: Letter) -> Iterator[AuditEvent]:
    """The trail of the letter, its case, its decision, its award, its papers and its files of recovery; not who of the
    auditors looked at them."""
    of = [("letter", [letter.id]), ("case", [letter.case_id]), ("decision", [letter.decision_id])]
    of.append(("award", [letter.award_id] if letter.award_id else []))
    of.append(("casepaper", [*session.scalars(select(CasePaper.id).where(CasePaper.case_id == letter.case_id))]))
    of.append(("recovery", [*session.scalars(select(Recovery.id).where(Recovery.case_id == letter.case_id))]))
    about = [and_(AuditEvent.subject_type == kind, AuditEvent.subject_id.in_(ids)) for kind, ids in of if ids]
    yield from session.scalars(
        select(AuditEvent).where(or_(*about), AuditEvent.action.not_like(f"{READ}%")).order_by(AuditEvent.id)
    )


def _told(event: AuditEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "at": event.at.isoformat(timespec="microseconds"),
        "actor": event.actor,
        "action": event.action,
        "subject": f"{event.subject_type} {event.subject_id}",
        "success": event.success,
        "detail": event.detail,
    }


def _papers(session: Session, part: Part, letter: Letter, places: Places) -> None:
    """Papers of the case, of statements and appeals, those that evidence lines name, and the papers of the
    procedure."""
    case = letter.case
    of_acts = select(ActPaper).where(ActPaper.case_id == case.id).order_by(ActPaper.id)
    of_files = (
        select(RecoveryPaper)
        .join(Recovery, Recovery.id == RecoveryPaper.recovery_id)
        .where(Recovery.case_id == case.id)
        .order_by(RecoveryPaper.id)
    )
    hashes = {row["paper"] for row in json.loads(letter.decision.capsule)["evidence"] if row.get("paper")}
    of_lines = select(StoredFile).where(StoredFile.tenant_id == case.tenant_id, StoredFile.sha256.in_(hashes))
    found: list[tuple[str, KeptFile]] = [(it.kind, it.file) for it in case.documents]
    found += [("statement", it.file) for it in session.scalars(of_acts)]
    found += [("recovery", it.file) for it in session.scalars(of_files)]
    found += [("evidence", it) for it in session.scalars(of_lines.order_by(StoredFile.id))]
    for kind, file in found:
        _add(part, kind, file.name, file.sha256, files.path_of(places.uploads, file.sha256))
    made = select(CasePaper).where(CasePaper.case_id == case.id, CasePaper.status == PaperStatus.ISSUED)
    for paper in session.scalars(made.order_by(CasePaper.id)):
        if paper.file_sha256 is not None:
            path = Store(places.letters).path(paper.file_sha256)
            _add(part, paper.kind.value, f"{paper.number}.pdf", paper.file_sha256, path)


def _add(part: Part, kind: str, name: str, sha256: str, path: Path) -> None:
    """One paper, once; that its file is gone is said, not passed over."""
    if any(row["sha256"] == sha256 for row in part.papers):
        return
    file = f"papers/{len(part.papers) + 1:02d}_{clean_name(name)}"
    there = path.exists()
    part.papers.append({"kind": kind, "file": file if there else "", "name": name, "sha256": sha256})
    if there:
        part.files[file] = path


def _evidence(part: Part, capsule: dict[str, Any]) -> None:
    used = {use["line"]: use["amount_fen"] for use in capsule["uses"]}
    of = {row["sha256"]: row["file"] for row in part.papers}
    for row in capsule["evidence"]:
        paper = row.get("paper") or ""
        part.evidence.append(
            {
                "line": row["line"],
                "used_fen": used.get(row["line"]),
                "grade": row["grade"],
                "paper": paper,
                "file": of.get(paper, ""),
            }
        )


def _standing(session: Session, found: Gathered, letters: Sequence[Letter]) -> set[int]:
    """Which of them no longer stand, and the newest list of all that do not; returns the event that the log has of
    it."""
    fallen = {(entry.number, entry.capsule_digest): entry for entry in revoked.gathered(session)}
    newest = revoked.newest(session)
    listed = parse(unread(newest.note)) if newest is not None else None
    for part, letter in zip(found.parts, letters, strict=True):
        part.fallen = fallen.get((letter.number, letter.capsule_digest))
        part.listed = listed is not None and listed.of(letter.number, letter.capsule_digest) is not None
    if newest is None:
        return set()
    found.common[LIST] = newest.note.encode()
    return {*session.scalars(revoked.event_of(newest))}


def _log(session: Session, found: Gathered, places: Places, ids: dict[LeafKind, set[int]]) -> None:
    """Keys and what is said of them, the head of the log that has all of it under it, the hashes under that, and the
    entries themselves."""
    found.common["keys/log.keys"] = "".join(f"{key}\n" for key in trust.log_keys(places.signing)).encode()
    found.common["keys/issuer-root.pem"] = as_pem(places.roots).encode()
    if (statement := places.signing / keylist.NAME).exists():
        found.common[STATEMENT] = statement.read_bytes()
    head = keeping.newest(session)
    if head is None:
        return
    found.common["log/checkpoint"] = head.note.encode()
    if head.size > MOST_HASHES:
        return
    found.common["log/checkpoint.hashes"] = b"".join(proofs.hashes(session, head.size))
    taken = sorted(row for kind, wanted in ids.items() for row in _entries(session, kind, wanted))
    told = ({"index": index, "entry": entry.decode()} for index, entry in taken)
    lines = (json.dumps(it, ensure_ascii=False, separators=(",", ":")) + "\n" for it in told)
    found.common["log/entries.jsonl"] = "".join(lines).encode()
    found.entries = True


def _entries(session: Session, kind: LeafKind, ids: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    """Those of the rows that are in the log, with their places there."""
    ordered = sorted(ids)
    for first in range(0, len(ordered), BLOCK):
        some = ordered[first : first + BLOCK]
        wanted = select(LogLeaf.subject_id, LogLeaf.id).where(LogLeaf.kind == kind, LogLeaf.subject_id.in_(some))
        indexes = {row.subject_id: row.id for row in session.execute(wanted)}
        for subject_id, entry in entries.of(session.connection(), kind, [*indexes]):
            yield indexes[subject_id], entry
