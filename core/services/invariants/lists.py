"""I6, of the lists of letters that no longer stand: numbered, chained, signed, in the trail, never shorter; what fell
before the newest, as the trail says, is on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import Connection, select, union

from core.data.models import AuditEvent, Letter, RevocationNote
from core.letters.revocation import Entry, RevocationList, digest, parse, read
from core.transparency.note import NoteError, Verifier, unread

COMMITTED = timedelta(minutes=10)  # longer than any transaction takes from writing an event to its end
_notes, _events, _letters = RevocationNote.__table__, AuditEvent.__table__, Letter.__table__


def check(connection: Connection, keys: Sequence[Verifier] = ()) -> Iterator[tuple[str, str]]:
    """Everything that is wrong with the lists. Without `keys` their signatures are not looked at."""
    said = select(_events.c.detail).where(_events.c.action == "revocations.sign").order_by(_events.c.id)
    trail = {detail["list"]: detail["digest"] for detail in connection.scalars(said)}
    before: RevocationList | None = None
    previous, number = "none", 0
    for row in connection.execute(select(_notes.c.id, _notes.c.note).order_by(_notes.c.id)):
        number, thing = number + 1, f"revocation list {row.id}"
        try:
            found = read(row.note, keys) if keys else parse(unread(row.note))
        except NoteError as error:
            yield thing, str(error)
            return
        if (row.id, found.number, found.previous) != (number, number, previous):
            yield thing, "does not follow the one before it: a list was taken out or made anew"
            return
        if trail.get(number) != digest(row.note):
            yield thing, "is not the one that the trail has under this number"
        if before is not None and (gone := [entry.number for entry in before.entries if entry not in found.entries]):
            yield thing, f"lacks what was on the one before it: {', '.join(gone[:3])}"
        before, previous = found, digest(row.note)
    if more := [missing for missing in trail if missing > number]:
        yield f"revocation list {min(more)}", "is in the trail, and is not kept"
    if before is not None:
        yield from _left_off(connection, before, before.entries)


def _left_off(connection: Connection, newest: RevocationList, entries: tuple[Entry, ...]) -> Iterator[tuple[str, str]]:
    """Letters that fell, as the trail says, before the newest list was made, and are not on it."""
    early = _events.c.at < newest.as_of - COMMITTED
    voided = (
        select(_letters.c.number, _letters.c.file_sha256)
        .join(_events, _events.c.subject_id == _letters.c.id)
        .where(_events.c.action == "letter.void", early)
    )
    revoked = (
        select(_letters.c.number, _letters.c.file_sha256)
        .join(_events, _events.c.subject_id == _letters.c.award_id)
        .where(_events.c.action == "award.revoke", early, _letters.c.file_sha256.is_not(None))
    )
    listed = {(entry.number, entry.file_sha256) for entry in entries}
    for number, file_sha256 in connection.execute(union(voided, revoked)):
        if (number, file_sha256 or "") not in listed:
            yield number, f"no longer stands, and is not on list {newest.number} of such letters"
