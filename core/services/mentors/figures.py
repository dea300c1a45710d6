"""What is counted about mentors: room, ratings, ties. Reads within the asker's reach."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from core.data.models import (
    Mentor,
    MentoringFeedback,
    MentoringSession,
    MentorStatus,
    MentorTie,
    Pairing,
    Side,
)

WORST, BEST = 1, 5
"""Ends of the scale of ratings."""


def takes_pairs(on: date | None = None) -> ColumnElement[bool]:
    """SQL: mentors that take tenants; with a day, also those whose pause is over by then."""
    active = Mentor.status == MentorStatus.ACTIVE
    return active if on is None else or_(active, and_(Mentor.status == MentorStatus.PAUSED, Mentor.paused_until < on))


def is_there(mentor: Mentor, on: date | None = None) -> bool:
    """The same of one mentor in hand."""
    if mentor.status is MentorStatus.PAUSED:
        return on is not None and mentor.paused_until is not None and mentor.paused_until < on
    return mentor.status is MentorStatus.ACTIVE


def available(session: Session, on: date) -> list[Mentor]:
    """The asker's mentors that take tenants on a day, room or not, by id."""
    return list(session.scalars(select(Mentor).where(takes_pairs(on)).order_by(Mentor.id)))


def appointed(session: Session, on: date) -> dict[int, int]:
    """How many mentors each of the asker's operators has on a day: appointed and not ended, paused or not. An operator
    that keeps no register is left out; one whose mentors have all left has 0."""
    there = and_(Mentor.appointed_on <= on, or_(Mentor.ended_on.is_(None), Mentor.ended_on >= on))
    rows = session.execute(
        select(Mentor.operator_id, func.count().filter(there).label("there")).group_by(Mentor.operator_id)
    )
    return {row.operator_id: row.there for row in rows}


def running(session: Session, mentor_ids: Collection[int]) -> dict[int, int]:
    """How many pairings of each mentor run; those without any are left out."""
    rows = session.execute(
        select(Pairing.mentor_id, func.count().label("taken"))
        .where(Pairing.mentor_id.in_(mentor_ids), Pairing.ends_on.is_(None))
        .group_by(Pairing.mentor_id)
    )
    return {row.mentor_id: row.taken for row in rows}


def room_left(session: Session, mentor: Mentor, on: date | None = None) -> int:
    """How many more tenants the mentor takes; 0 while paused or ended. `on`: a pause that is over by then is over."""
    if not is_there(mentor, on):
        return 0
    return max(0, mentor.capacity - running(session, [mentor.id]).get(mentor.id, 0))


def average_rating(session: Session, mentor_ids: Collection[int]) -> dict[int, int | None]:
    """What tenants think of each mentor, in permille of the scale (all 1s are 0, all 5s are 1000), rounded half up;
    None where nobody has said yet."""
    rows = session.execute(
        select(Pairing.mentor_id, func.count(), func.sum(MentoringFeedback.rating))
        .join(MentoringSession, MentoringSession.id == MentoringFeedback.session_id)
        .join(Pairing, Pairing.id == MentoringSession.pairing_id)
        .where(Pairing.mentor_id.in_(mentor_ids), MentoringFeedback.side == Side.TENANT)
        .group_by(Pairing.mentor_id)
    )
    found: dict[int, int | None] = dict.fromkeys(mentor_ids)
    for mentor, count, total in rows:
        span = (BEST - WORST) * count
        found[mentor] = (2000 * (int(total) - WORST * count) + span) // (2 * span)
    return found


def tied(
    session: Session, mentor_ids: Collection[int], tenant_ids: Collection[int], on: date | None = None
) -> set[tuple[int, int]]:
    """Pairs (mentor, tenant) with a tie other than mentoring: on a day or later, or (`on` None) any ever recorded."""
    query = select(MentorTie.mentor_id, MentorTie.tenant_id).where(
        MentorTie.mentor_id.in_(mentor_ids), MentorTie.tenant_id.in_(tenant_ids)
    )
    if on is not None:
        query = query.where(or_(MentorTie.to_on.is_(None), MentorTie.to_on >= on))
    return {(mentor, tenant) for mentor, tenant in session.execute(query)}
