"""辅导记录: booking a mentor's time, what came of it, and what each side thought."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.asker import Reach
from core.data.models import (
    Mentor,
    MentoringFeedback,
    MentoringSession,
    Pairing,
    SessionForm,
    SessionStatus,
    Side,
)
from core.data.queries.across import across
from core.data.queries.locks import lock_operator
from core.errors import Conflict, Forbidden, Invalid
from core.policy import Month
from core.services import audit, mentors
from core.services.typed import within

COUNTED = (SessionStatus.BOOKED, SessionStatus.HELD)
"""Meetings that take a mentor's time."""
SHORTEST, LONGEST = 5, 720  # minutes


class Booked(NamedTuple):
    """A meeting, and by how many minutes the mentor's hours of that month are exceeded with it (0: they are not)."""

    meeting: MentoringSession
    over: int


def minutes_in(session: Session, mentor_id: int, month: Month) -> int:
    """Minutes of a mentor booked or held in a month of Shanghai, over all their tenants: only the sum is handed back,
    so a tenant may ask as well."""
    first = datetime.combine(month.first, datetime.min.time(), SHANGHAI)
    after = datetime.combine((month + 1).first, datetime.min.time(), SHANGHAI)
    with across(session, "mentor.minutes") as wide:
        return sum(
            wide.scalars(
                select(MentoringSession.minutes)
                .join(Pairing, Pairing.id == MentoringSession.pairing_id)
                .where(
                    Pairing.mentor_id == mentor_id,
                    MentoringSession.status.in_(COUNTED),
                    MentoringSession.starts_at >= first,
                    MentoringSession.starts_at < after,
                )
            )
        )


def book(
    session: Session, pairing: Pairing, *, starts_at: datetime, minutes: int, form: SessionForm, topic: str
) -> Booked:
    """A meeting of the pairing. Raises `Conflict` where the mentor has another at that time; more than the mentor's
    hours of the month are booked all the same, and said."""
    lock_operator(session, pairing.operator_id)
    session.refresh(pairing)
    if pairing.ends_on is not None:
        raise Conflict("这个结对已经结束，不能再约辅导")
    _check_minutes(minutes)
    if not topic.strip():
        raise Invalid("请写明这次想谈什么，导师好准备", field="topic")
    if starts_at.astimezone(SHANGHAI).date() < pairing.starts_on:
        raise Invalid("辅导不能早于结对之日（%(day)s）", field="on", day=pairing.starts_on.isoformat())
    if _busy(session, pairing.mentor_id, starts_at, minutes):
        raise Conflict("导师在这个时段已有另一场辅导，请换一个时间", field="at")
    meeting = MentoringSession(
        operator_id=pairing.operator_id,
        tenant_id=pairing.tenant_id,
        pairing_id=pairing.id,
        starts_at=starts_at,
        minutes=minutes,
        form=form,
        topic=within(topic, 120, field="topic"),
        status=SessionStatus.BOOKED,
        booked_by_id=audit.asker_of(session).user_id,
    )
    session.add(meeting)
    audit.record(session, "meeting.book", meeting, detail={"pairing": pairing.id, "minutes": minutes})
    session.flush()
    month = Month.of(starts_at.astimezone(SHANGHAI).date())
    limit = session.get_one(Mentor, pairing.mentor_id).hours_per_month * 60
    return Booked(meeting, max(0, minutes_in(session, pairing.mentor_id, month) - limit))


def held(session: Session, meeting: MentoringSession, *, minutes: int, summary: str, now: datetime) -> None:
    """It took place: how long, and what came of it (both sides read that)."""
    _refuse_done(session, meeting)
    _refuse_future(meeting, now)
    _check_minutes(minutes)
    if not summary.strip():
        raise Invalid("请写几句辅导的内容和结论，双方都能看到", field="summary")
    meeting.status, meeting.minutes, meeting.summary = SessionStatus.HELD, minutes, summary.strip()
    audit.record(session, "meeting.held", meeting, detail={"minutes": minutes})
    session.flush()


def cancel(session: Session, meeting: MentoringSession) -> None:
    """It will not, or did not, take place, and both knew."""
    _refuse_done(session, meeting)
    meeting.status = SessionStatus.CANCELLED
    audit.record(session, "meeting.cancel", meeting)
    session.flush()


def missed(session: Session, meeting: MentoringSession, *, now: datetime) -> None:
    """One side waited in vain."""
    _refuse_done(session, meeting)
    _refuse_future(meeting, now)
    meeting.status = SessionStatus.MISSED
    audit.record(session, "meeting.missed", meeting)
    session.flush()


def rate(
    session: Session, meeting: MentoringSession, side: Side, *, rating: int, words: str | None, today: date
) -> MentoringFeedback:
    """What one side thought of a meeting, once. A tenant speaks for itself, its operator for the mentor, who has no
    account."""
    reach = audit.asker_of(session).reach
    if (reach is Reach.TENANT and side is not Side.TENANT) or (reach is Reach.OPERATOR and side is not Side.MENTOR):
        raise Forbidden("只能填写自己一方的评价")
    session.execute(select(MentoringSession.id).where(MentoringSession.id == meeting.id).with_for_update())
    session.refresh(meeting)
    if meeting.status is not SessionStatus.HELD:
        raise Conflict("辅导完成后才能评价")
    if any(given.side is side for given in meeting.feedback):
        raise Conflict("这次辅导已经评价过了")
    if not mentors.WORST <= rating <= mentors.BEST:
        raise Invalid("请选择1到5分", field="rating")
    feedback = MentoringFeedback(
        operator_id=meeting.operator_id,
        tenant_id=meeting.tenant_id,
        session_id=meeting.id,
        side=side,
        rating=rating,
        words=within(words, 400, field="words") or None,
        given_on=today,
        given_by_id=audit.asker_of(session).user_id,
    )
    meeting.feedback.append(feedback)
    audit.record(session, "meeting.rate", feedback, detail={"meeting": meeting.id, "side": side.value})
    session.flush()
    return feedback


def _busy(session: Session, mentor_id: int, starts_at: datetime, minutes: int) -> bool:
    ends_at = starts_at + timedelta(minutes=minutes)
    with across(session, "mentor.busy") as wide:
        near = wide.execute(
            select(MentoringSession.starts_at, MentoringSession.minutes)
            .join(Pairing, Pairing.id == MentoringSession.pairing_id)
            .where(
                Pairing.mentor_id == mentor_id,
                MentoringSession.status == SessionStatus.BOOKED,
                MentoringSession.starts_at < ends_at,
                MentoringSession.starts_at > starts_at - timedelta(minutes=LONGEST),
            )
        ).all()
    return any(begun + timedelta(minutes=length) > starts_at for begun, length in near)


def _check_minutes(minutes: int) -> None:
    if not SHORTEST <= minutes <= LONGEST:
        raise Invalid("时长应在%(least)s到%(most)s分钟之间", field="minutes", least=SHORTEST, most=LONGEST)


def _refuse_done(session: Session, meeting: MentoringSession) -> None:
    session.execute(select(MentoringSession.id).where(MentoringSession.id == meeting.id).with_for_update())
    session.refresh(meeting)
    if meeting.status is not SessionStatus.BOOKED:
        raise Conflict("这次辅导已经登记过结果，请刷新页面查看")


def _refuse_future(meeting: MentoringSession, now: datetime) -> None:
    if meeting.starts_at > now:
        raise Conflict("辅导还没有开始，不能登记结果；不开了请取消")
