"""I5 and I7: who acted, on what, and that the trail says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, text

from core import SHANGHAI
from core.data.models import AuditEvent, Award, Case, CaseEvent, CaseState, Letter, LetterStatus, PayeeChange

_THREE = "'platform_admin', 'security_admin', 'audit_admin'"
_PREPARING = ("first_pass", "first_refuse")
_cases, _acts, _trail = Case.__table__, CaseEvent.__table__, AuditEvent.__table__
_changes = PayeeChange.__table__


def check(connection: Connection) -> Iterator[tuple[str, str]]:
    """I5: preparer, approver and payer are three people, what was decided is what was prepared, and nobody judges
    what they had a part in."""
    by = (_cases.c.prepared_by_id, _cases.c.approved_by_id, _cases.c.paid_by_id)
    same = or_(by[0] == by[1], by[1] == by[2], by[0] == by[2])
    for number in connection.scalars(select(_cases.c.number).where(same)):
        yield f"case {number}", "one person prepared, approved or paid it twice"
    yield from _check_content(connection)
    yield from _check_judges(connection)
    yield from _check_posts(connection)


def _check_posts(connection: Connection) -> Iterator[tuple[str, str]]:
    """Nobody holds two of the three administrators' posts, or one beside an auditor's; and no auditor another post in
    the same district; what was lent to somebody on leave counts, too."""
    today = datetime.now(SHANGHAI).date()
    running = "m.ended_at IS NULL AND (m.ends_on IS NULL OR m.ends_on >= :today)"
    pairs = text(
        "WITH posts AS (SELECT m.user_id, m.role, m.district_id FROM memberships m"  # noqa: S608
        f" WHERE {running}"
        " UNION ALL SELECT d.to_user_id, m.role, m.district_id FROM memberships m"
        " JOIN delegations d ON d.membership_id = m.id AND d.revoked_at IS NULL AND d.ends_on >= :today"
        f" WHERE {running})"
        " SELECT DISTINCT a.user_id FROM posts a JOIN posts b ON b.user_id = a.user_id AND b.role <> a.role"
        f" WHERE a.role IN ({_THREE}) AND b.role IN ({_THREE}, 'auditor')"
        " OR a.role = 'auditor' AND b.district_id = a.district_id ORDER BY a.user_id"
    )
    for user_id in connection.scalars(pairs, {"today": today}):
        yield f"user {user_id}", "holds posts that are to be kept apart (docs/adr/0011)"


def _check_content(connection: Connection) -> Iterator[tuple[str, str]]:
    """Each decision is on the content that was prepared last before it, or that with an account which was changed by
    three people since; and the case still has that of its last one, unless an appeal made it fall."""
    hashes = dict(connection.execute(select(_cases.c.number, _cases.c.content_hash)).all())
    approved = select(_changes.c.content_before, _changes.c.content_after).where(_changes.c.state == "approved")
    rebound = {before: after for before, after in connection.execute(approved) if before is not None}
    prepared: dict[str, str | None] = {}
    decided: dict[str, str | None] = {}
    for number, act in _acts_in_order(connection, (*_PREPARING, "approve", "refuse", "uphold_appeal")):
        if act.move in _PREPARING:
            prepared[number] = act.content_hash
        elif act.move == "uphold_appeal":
            decided.pop(number, None)
        else:
            decided[number] = act.content_hash
            if act.content_hash is None or act.content_hash not in _bound_to(prepared.get(number), rebound):
                yield f"case {number}", f"the content of move `{act.move}` is not the content that was prepared"
    for number, content in decided.items():
        if content is not None and content != hashes[number]:
            yield f"case {number}", "its content is not the content that was decided on"


def _bound_to(content: str | None, rebound: Mapping[str, str]) -> set[str | None]:
    """What was prepared, and what it became by changes of the account. A content names its case: no two share one."""
    found: set[str | None] = set()
    while content is not None and content not in found:
        found.add(content)
        content = rebound.get(content)
    return found


def _check_judges(connection: Connection) -> Iterator[tuple[str, str]]:
    """An appeal is judged by none of those who decided before; a revocation by none who prepared or proposed it."""
    judging = ("not_admit", *_PREPARING, "second_pass", "refuse", "approve")
    deciding = {"uphold_appeal": judging, "dismiss_appeal": judging, "revoke": (*_PREPARING, "propose_revocation")}
    acted: dict[tuple[str, int], set[str]] = {}
    for number, act in _acts_in_order(connection, (*judging, *deciding, "propose_revocation")):
        before = acted.setdefault((number, act.actor_id or 0), set())
        if act.actor_id and (both := before & {*deciding.get(act.move, ())}):
            yield f"case {number}", f"one person made the moves `{min(both)}` and `{act.move}`"
        before.add(act.move)


def _acts_in_order(connection: Connection, moves: tuple[str, ...]) -> Iterator[tuple[str, Row[Any]]]:
    acts = select(_cases.c.number, _acts).join(_acts, _acts.c.case_id == _cases.c.id).where(_acts.c.move.in_(moves))
    yield from ((act.number, act) for act in connection.execute(acts.order_by(_acts.c.id)))


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

    yield from _check_awards(connection, events)


def _check_awards(connection: Connection, events: Counter[tuple[str, int | None, str]]) -> Iterator[tuple[str, str]]:
    for award in connection.execute(select(Award.__table__.c.id, Award.__table__.c.revoked_at)):
        if events["award", award.id, "award.approve"] != 1:
            yield f"award {award.id}", "has no single audit event of its approval"
        if events["award", award.id, "award.revoke"] != int(award.revoked_at is not None):
            yield f"award {award.id}", "its revocation and the audit events of it do not agree"
    letters = Letter.__table__
    for letter in connection.execute(select(letters.c.id, letters.c.number, letters.c.status)):
        wanted = {"letter.number": 1, "letter.issue": int(letter.status is LetterStatus.ISSUED)}
        for action, count in wanted.items():
            there = events["letter", letter.id, action]
            if there != count and letter.status is not LetterStatus.VOID:
                yield f"letter {letter.number}", f"{there} audit events {action}, {count} expected"
