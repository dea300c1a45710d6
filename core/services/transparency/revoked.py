"""撤销列表: which letters no longer stand, gathered from the tables and signed (`core.letters.revocation`).

A list is made when another letter fell, and each day. The event that records it, with its digest, is an entry of the
log: a list that was quietly made anew, or shortened, is not the one that the log has.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session, aliased

from core import SHANGHAI
from core.data.models import (
    AuditEvent,
    Award,
    CaseEvent,
    Decision,
    Issuer,
    Letter,
    LetterKind,
    LetterStatus,
    RevocationNote,
)
from core.data.queries.locks import lock_name
from core.letters.revocation import Entry, RevocationList, digest, following, parse
from core.services import audit
from core.transparency.note import Signer, unread

ACTION = "revocations.sign"
LOCK = "revocation list"
FRESH = timedelta(hours=24)  # after so long the same letters are listed again, so that an old list shows by its date
_NOBODY = literal("")
Fallen = Select[str, str, str | None, Any, str]
_LETTER = Letter.number, Letter.capsule_digest, Letter.file_sha256  # no whole rows: it is asked after each letter


def newest(session: Session) -> RevocationNote | None:
    """The list that was signed last."""
    return session.scalars(select(RevocationNote).order_by(RevocationNote.id.desc()).limit(1)).first()


def sign(session: Session, signer: Signer, at: datetime) -> RevocationNote:
    """The newest list; made and signed where a letter fell since, the key is another, or a day has gone by. For a
    session that sees everything."""
    lock_name(session, LOCK)
    last = newest(session)
    before = (parse(unread(last.note)), last.note) if last is not None else None
    made = following(before, origin=signer.name, at=at, issuers=_issuers(session), entries=gathered(session))
    key_id = signer.verifier.id.hex()
    if last and before and _same(before[0], made) and last.key_id == key_id and at - last.as_of < FRESH:
        return last
    note = made.signed(signer)
    row = RevocationNote(id=made.number, as_of=made.as_of, entries=len(made.entries), key_id=key_id, note=note)
    session.add(row)
    detail = {"list": made.number, "entries": len(made.entries), "digest": digest(note)}
    audit.record(session, ACTION, row, detail=detail)
    session.flush()
    return row


def event_of(note: RevocationNote) -> Select[int]:
    """The id of the event that records a list."""
    about = AuditEvent.subject_type == "revocationnote", AuditEvent.subject_id == note.id
    return select(AuditEvent.id).where(AuditEvent.action == ACTION, *about)


def _same(a: RevocationList, b: RevocationList) -> bool:
    return (a.origin, a.issuers, a.entries) == (b.origin, b.issuers, b.entries)


def now(session: Session, origin: str, number: str, at: datetime) -> RevocationList:
    """What the tables say of one letter at this moment, in the form of a list. For a session that sees everything."""
    entries = tuple(gathered(session, number))
    return RevocationList(origin, 0, at, at, "none", tuple(_issuers(session)), entries)


def gathered(session: Session, number: str | None = None) -> Iterator[Entry]:
    """Every letter that no longer stands, or the one of that number."""
    yield from _entries(session, "void", _void(), number)
    yield from _entries(session, "revoked", _revoked(), number)
    yield from _entries(session, "overturned", _overturned(), number)


def _issuers(session: Session) -> list[str]:
    return [*session.scalars(select(Issuer.name).distinct().order_by(Issuer.name))]


def _entries(session: Session, kind: str, wanted: Fallen, number: str | None) -> Iterator[Entry]:
    if number is not None:
        wanted = wanted.where(Letter.number == number)
    for own, digest_, file_sha256, since, successor in session.execute(wanted):
        day = since.astimezone(SHANGHAI).date() if isinstance(since, datetime) else since
        yield Entry(own, kind, day, digest_, file_sha256 or "", successor or "")


def _void() -> Fallen:
    new = aliased(Letter)
    return (
        select(*_LETTER, func.coalesce(new.issued_on, Letter.issued_on), new.number)
        .outerjoin(new, new.replaces_id == Letter.id)
        .where(Letter.status == LetterStatus.VOID)
    )


def _revoked() -> Fallen:
    return (
        select(*_LETTER, Award.revoked_at, _NOBODY)
        .join(Award, Award.id == Letter.award_id)
        .where(Award.revoked_at.is_not(None), Letter.status != LetterStatus.VOID)
    )


def _overturned() -> Fallen:
    """Refusals whose appeal was upheld after they were decided (`services.letters.standing`)."""
    first = (
        select(func.min(CaseEvent.at))
        .where(
            CaseEvent.case_id == Letter.case_id,
            CaseEvent.move == "uphold_appeal",
            CaseEvent.at > Decision.decided_at,
        )
        .correlate(Letter, Decision)
        .scalar_subquery()
    )
    return (
        select(*_LETTER, first, _NOBODY)
        .join(Decision, Decision.id == Letter.decision_id)
        .where(Letter.kind == LetterKind.REFUSAL, Letter.status != LetterStatus.VOID, first.is_not(None))
    )
