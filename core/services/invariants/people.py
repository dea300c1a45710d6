"""I5 and I7: who acted, on what, and that the trail says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, func, or_, select

from core.data.models import AuditEvent, Award, Case, CaseEvent, CaseState, Letter, LetterStatus

_cases, _acts, _trail = Case.__table__, CaseEvent.__table__, AuditEvent.__table__


def check(connection: Connection) -> Iterator[tuple[str, str]]:
    """I5: preparer, approver and payer are three people, and what was approved is what was prepared."""
    by = (_cases.c.prepared_by_id, _cases.c.approved_by_id, _cases.c.paid_by_id)
    same = or_(by[0] == by[1], by[1] == by[2], by[0] == by[2])
    for number in connection.scalars(select(_cases.c.number).where(same)):
        yield f"case {number}", "one person prepared, approved or paid it twice"
    approvals = connection.execute(
        select(_cases.c.number, _cases.c.content_hash, _acts.c.move, _acts.c.content_hash.label("approved"))
        .join(_acts, _acts.c.case_id == _cases.c.id)
        .where(_acts.c.move.in_(("approve", "refuse")))
    )
    for row in approvals:
        if row.approved is None or row.approved != row.content_hash:
            yield f"case {row.number}", f"the content of move `{row.move}` is not the content that was prepared"


def check_trail(connection: Connection) -> Iterator[tuple[str, str]]:
    """I7: each act, award and letter has its audit event, and a case is where its last act put it."""
    grouped = select(_trail.c.subject_type, _trail.c.subject_id, _trail.c.action, func.count()).where(_trail.c.success)
    events: Counter[tuple[str, int | None, str]] = Counter()
    for kind, subject, action, count in connection.execute(
        grouped.group_by(_trail.c.subject_type, _trail.c.subject_id, _trail.c.action)
    ):
        events[kind, subject, action] = count

    acts: Counter[tuple[int, str]] = Counter()
    last: dict[int, CaseState] = {}
    for act in connection.execute(select(_acts.c.case_id, _acts.c.move, _acts.c.to_state).order_by(_acts.c.id)):
        acts[act.case_id, act.move] += 1
        last[act.case_id] = act.to_state
    for (case_id, move), count in acts.items():
        if (there := events["case", case_id, f"case.{move}"]) != count:
            yield f"case {case_id}", f"{count} acts `{move}`, {there} audit events of it"
    for case_id, state in connection.execute(select(_cases.c.id, _cases.c.state)):
        if state is not last.get(case_id, CaseState.DRAFT):
            yield f"case {case_id}", f"is {state}, its last act left it {last.get(case_id, CaseState.DRAFT)}"

    for award_id in connection.scalars(select(Award.__table__.c.id)):
        if events["award", award_id, "award.approve"] != 1:
            yield f"award {award_id}", "has no single audit event of its approval"
    letters = Letter.__table__
    for letter in connection.execute(select(letters.c.id, letters.c.number, letters.c.status)):
        wanted = {"letter.number": 1, "letter.issue": int(letter.status is LetterStatus.ISSUED)}
        for action, count in wanted.items():
            there = events["letter", letter.id, action]
            if there != count and letter.status is not LetterStatus.VOID:
                yield f"letter {letter.number}", f"{there} audit events {action}, {count} expected"
