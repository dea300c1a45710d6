"""I2 and I3: one letter for each award and each refusal, and numbers without gap or duplicate."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from core.data.models import (
    Award,
    Case,
    CaseState,
    Decision,
    Issuer,
    Letter,
    LetterCounter,
    LetterKind,
    LetterReplacement,
    LetterStatus,
)
from core.letters.numbering import format_number

_SENT = (
    CaseState.ISSUED,
    CaseState.PAID,
    CaseState.CLOSED,
    CaseState.REVOKING,
)  # states that only follow an award's letter
_cases, _decisions, _awards, _letters = Case.__table__, Decision.__table__, Award.__table__, Letter.__table__
_replacements = LetterReplacement.__table__
_standing = _letters.c.status != LetterStatus.VOID


def check(connection: Connection, cutoff: datetime) -> Iterator[tuple[str, str]]:
    """I2. What was decided before `cutoff` must have its letter by now."""
    for decision in connection.execute(select(_decisions.c.id, _decisions.c.capsule, _decisions.c.capsule_digest)):
        found = "sha256:" + hashlib.sha256(decision.capsule).hexdigest()
        if found != decision.capsule_digest:
            yield f"decision {decision.id}", f"its capsule hashes to {found}, recorded is {decision.capsule_digest}"
    yield from _awarded(connection, cutoff)
    yield from _refused(connection, cutoff)
    yield from _agreement(connection)
    yield from _voided(connection, cutoff)


def _awarded(connection: Connection, cutoff: datetime) -> Iterator[tuple[str, str]]:
    """A standing award has one letter, that of its own decision; a case that went on has it issued."""
    rows = connection.execute(
        select(
            _awards.c.id,
            _awards.c.approved_at,
            _cases.c.number,
            _cases.c.state,
            _letters.c.status,
            _letters.c.replaces_id,
        )
        .join(_cases, _cases.c.id == _awards.c.case_id)
        .outerjoin(
            _letters,
            and_(_letters.c.case_id == _awards.c.case_id, _letters.c.kind == LetterKind.AWARD, _standing),
        )
        .where(_awards.c.revoked_at.is_(None))
    ).all()
    for award_id, count in Counter(row.id for row in rows).items():
        if count > 1:
            yield f"award {award_id}", f"{count} letters"
    for row in rows:
        if row.status is LetterStatus.ISSUED or row.replaces_id is not None:
            continue  # a successor that is late is told of by `_voided`
        if row.state in _SENT:
            yield f"case {row.number}", f"is {row.state} without an issued letter"
        elif row.approved_at < cutoff:
            yield f"case {row.number}", f"approved, its letter is {row.status or 'not numbered'}: {_REMEDY}"


def _refused(connection: Connection, cutoff: datetime) -> Iterator[tuple[str, str]]:
    """A refused case has the letter of its last decision."""
    last = select(func.max(_decisions.c.id)).group_by(_decisions.c.case_id)
    rows = connection.execute(
        select(_cases.c.number, _letters.c.status, _letters.c.replaces_id)
        .join(_decisions, _decisions.c.case_id == _cases.c.id)
        .outerjoin(
            _letters,
            and_(_letters.c.decision_id == _decisions.c.id, _letters.c.kind == LetterKind.REFUSAL, _standing),
        )
        .where(_cases.c.state == CaseState.REFUSED, _decisions.c.id.in_(last), _decisions.c.decided_at < cutoff)
    )
    for row in rows:
        if row.replaces_id is None and row.status is not LetterStatus.ISSUED:
            yield f"case {row.number}", f"refused, its letter is {row.status or 'not numbered'}: {_REMEDY}"


_REMEDY = "run `hongcai letters issue --all-approved`"


def _agreement(connection: Connection) -> Iterator[tuple[str, str]]:
    """A letter says what its decision and award say."""
    rows = connection.execute(
        select(
            _letters,
            _decisions.c.capsule_digest.label("decided_digest"),
            _decisions.c.case_id.label("decided_case"),
            _awards.c.amount_fen.label("awarded_fen"),
            _awards.c.decision_id.label("awarded_decision"),
        )
        .join(_decisions, _decisions.c.id == _letters.c.decision_id)
        .outerjoin(_awards, _awards.c.id == _letters.c.award_id)
    )
    for row in rows:
        thing = f"letter {row.number}"
        if row.capsule_digest != row.decided_digest or row.case_id != row.decided_case:
            yield thing, "its case or capsule is not its decision's"
        if (row.kind is LetterKind.AWARD) != (row.award_id is not None):
            yield thing, f"is a letter of kind {row.kind} and names award {row.award_id}"
        if row.award_id is not None and (row.amount_fen, row.decision_id) != (row.awarded_fen, row.awarded_decision):
            yield thing, f"its amount or decision is not its award's ({row.amount_fen} and {row.awarded_fen} fen)"


def _voided(connection: Connection, cutoff: datetime) -> Iterator[tuple[str, str]]:
    """A void letter was replaced as two people had said, and its successor says the same of the same decision; what
    they said before `cutoff` is done."""
    new = _letters.alias()
    rows = connection.execute(
        select(_letters, new.c.id.label("new_id"), new.c.status.label("new_status"), _replacements.c.decided_at,
               new.c.decision_id.label("new_decision"), new.c.capsule_digest.label("new_digest"))
        .outerjoin(new, new.c.replaces_id == _letters.c.id)
        .outerjoin(_replacements, and_(_replacements.c.letter_id == _letters.c.id, _replacements.c.granted.is_(True)))
        .where((_letters.c.status == LetterStatus.VOID) | new.c.id.is_not(None) | _replacements.c.id.is_not(None))
    )  # fmt: skip
    for row in rows:
        thing = f"letter {row.number}"
        if row.decided_at is None:
            yield thing, "is void or replaced, and nobody confirmed that it be"
        elif (row.new_id is None) != (row.status is not LetterStatus.VOID):
            yield thing, "is void without a successor, or has one and is not void"
        elif row.new_status is not LetterStatus.ISSUED and row.decided_at < cutoff:
            yield thing, f"is to be replaced, its successor is {row.new_status or 'not numbered'}: {_REMEDY}"
        if row.new_id is not None and (row.decision_id, row.capsule_digest) != (row.new_decision, row.new_digest):
            yield thing, "its successor is of another decision or capsule"


def check_numbers(connection: Connection) -> Iterator[tuple[str, str]]:
    """I3: per issuer and year the numbers are 1 … n, the counter is n, and the text is made of them."""
    marks = {row.id: row.mark for row in connection.execute(select(Issuer.__table__))}
    taken: dict[tuple[int, int], list[int]] = {}
    for letter in connection.execute(select(_letters).order_by(_letters.c.seq)):
        taken.setdefault((letter.issuer_id, letter.year), []).append(letter.seq)
        wanted = format_number(marks[letter.issuer_id], letter.year, letter.seq)
        if letter.number != wanted:
            yield f"letter {letter.number}", f"should be {wanted}"
    counters = {(row.issuer_id, row.year): row.last for row in connection.execute(select(LetterCounter.__table__))}
    for issuer_id, year in sorted(taken.keys() | counters.keys()):
        numbers, last = taken.get((issuer_id, year), []), counters.get((issuer_id, year), 0)
        highest = max(numbers, default=0)
        if numbers != [*range(1, highest + 1)]:
            missing = sorted(set(range(1, highest + 1)) - set(numbers))
            double = sorted(n for n, count in Counter(numbers).items() if count > 1)
            yield f"issuer {marks[issuer_id]} {year}", f"numbers missing: {missing}, given twice: {double}"
        if last != highest:
            yield f"issuer {marks[issuer_id]} {year}", f"the counter is at {last}, the last letter has {highest}"
