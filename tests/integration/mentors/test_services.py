"""Room, ties, one running pairing, needs kept, meetings counted against hours, feedback once."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import asking
from core.data.queries import mentors as queries
from core.errors import Conflict, Forbidden, Invalid
from core.policy import Month
from core.services import dossiers, meetings, mentoring_needs, mentors, pairings, undo
from tests import factories
from tests.integration.mentors.conftest import TODAY, Register, at

pytestmark = pytest.mark.one_engine


def test_a_pairing_needs_room_presence_no_tie_and_a_tenant_without_a_mentor(
    register: Register, session: Session
) -> None:
    mentor, tenant, other = register.mentor, register.tenant, register.other
    mentor.capacity = 1
    tie = mentors.add_tie(session, mentor, tenant, m.TieKind.SHAREHOLDING, from_on=date(2025, 1, 1))
    assert mentors.tied(session, [mentor.id], [tenant.id, other.id]) == {(mentor.id, tenant.id)}
    with pytest.raises(Conflict, match="辅导以外的关系"):
        pairings.pair(session, mentor, tenant, starts_on=TODAY)
    mentors.end_tie(session, tie, date(2026, 10, 31))
    pairing = pairings.pair(session, mentor, tenant, starts_on=TODAY)
    assert mentors.room_left(session, mentor) == 0
    with pytest.raises(Conflict, match="没有名额"):
        pairings.pair(session, mentor, other, starts_on=TODAY)
    with pytest.raises(Conflict, match="先结束结对"):
        mentors.add_tie(session, mentor, tenant, m.TieKind.KINSHIP)
    second = factories.mentor(session, register.operator)
    with pytest.raises(Conflict, match="已与导师顾远结对"):
        pairings.pair(session, second, tenant, starts_on=TODAY)
    mentors.pause(session, second, until=date(2026, 12, 31), today=TODAY)
    assert mentors.room_left(session, second) == 0
    with pytest.raises(Conflict, match="不接受新的结对"):
        pairings.pair(session, second, other, starts_on=TODAY)
    assert mentors.room_left(session, second, date(2027, 1, 1)) == 3, "the pause is over by then"
    pairings.end(session, pairing, on=TODAY, reason="企业换了方向")
    assert mentors.room_left(session, mentor) == 1
    pairings.pair(session, mentor, tenant, starts_on=TODAY)


def test_nobody_is_offered_whom_a_tie_forbids_that_day(register: Register, session: Session) -> None:
    """The last day of a tie counts: both lists and the act itself agree."""
    mentor, tenant = register.mentor, register.tenant
    tie = mentors.add_tie(session, mentor, tenant, m.TieKind.SHAREHOLDING)
    mentors.end_tie(session, tie, TODAY)
    for day, offered in ((TODAY, False), (date(2026, 11, 26), True)):
        assert (tenant in [it for it, _ in queries.pairable(session, mentor, day)]) is offered
        assert (mentor in [it for it, _ in queries.with_room(session, tenant, day)]) is offered
    with pytest.raises(Conflict, match="辅导以外的关系"):
        pairings.pair(session, mentor, tenant, starts_on=TODAY)
    pairings.pair(session, mentor, tenant, starts_on=date(2026, 11, 26))


def test_whoever_leaves_ends_the_pairings_and_can_be_taken_back(register: Register, session: Session) -> None:
    mentor = register.mentor
    with asking(session, register.as_user(register.manager)):
        pairing = pairings.pair(session, mentor, register.tenant, starts_on=TODAY)
        later = meetings.book(
            session, pairing, starts_at=at(30, 9), minutes=60, form=m.SessionForm.ONLINE, topic="定价"
        ).meeting
        with pytest.raises(Conflict, match="先结束结对"):
            mentors.end(session, mentor, on=TODAY, today=TODAY, title="结束聘任")
        pairings.pair(session, mentor, register.other, starts_on=TODAY)
        with pytest.raises(Conflict, match="不能少于2") as full:
            mentors.edit(session, mentor, {"capacity": 1}, today=TODAY)
        assert full.value.field == "capacity"
        step = pairings.dismiss(session, mentor, on=TODAY, today=TODAY, reason="导师出国", title="结束聘任")
        assert (pairing.ends_on, pairing.ended_reason, later.status) == (TODAY, "导师出国", m.SessionStatus.CANCELLED)
        assert mentors.room_left(session, mentor) == 0
        undo.undo(session, step)
        assert (mentor.status, mentors.room_left(session, mentor)) == (m.MentorStatus.ACTIVE, 3)


def test_a_changed_need_is_a_new_one_and_both_reach_the_dossier(register: Register, session: Session) -> None:
    tenant = register.tenant
    with asking(session, register.as_user(register.founder(tenant))):
        first = mentoring_needs.state(session, tenant, topics=["融资"], text="想见天使投资人", today=date(2026, 11, 1))
        again = mentoring_needs.state(session, tenant, topics=["融资"], text=" 想见天使投资人 ", today=TODAY)
        assert again is first
        second = mentoring_needs.state(
            session, tenant, topics=["出海"], text="想卖到日本", languages=["ja"], today=TODAY
        )
        assert (first.withdrawn_on, second.on_behalf) == (TODAY, False)
    pairings.pair(session, register.mentor, tenant, starts_on=date(2027, 1, 1))
    known = _mentoring(session, tenant)
    assert known == {"needs": ["出海：想卖到日本"], "languages": ["ja"], "hours": None, "running_pairs": 1}
    mentoring_needs.withdraw(session, second, today=TODAY)
    running = pairings.running_of(session, tenant)
    assert running is not None
    pairings.end(session, running, on=TODAY, reason="不需要了")
    assert _mentoring(session, tenant) == {"needs": [], "languages": [], "hours": None, "running_pairs": 0}


def _mentoring(session: Session, tenant: m.Tenant) -> object:
    frozen = dossiers.freeze(session, tenant, period_from="2026-01", period_to="2026-06", applied_on=TODAY)
    return frozen.case["dossier"]["mentoring"]


def test_meetings_are_counted_against_the_hours_of_their_month_in_shanghai(
    register: Register, session: Session
) -> None:
    mentor = register.mentor
    mentor.hours_per_month = 2
    one, two = (
        pairings.pair(session, mentor, t, starts_on=date(2026, 11, 1)) for t in (register.tenant, register.other)
    )
    form = m.SessionForm.IN_PERSON
    assert meetings.book(session, one, starts_at=at(1, 0), minutes=90, form=form, topic="融资").over == 0
    with asking(session, register.as_user(register.founder(register.other))):
        # The tenant sees no meeting of another, and yet what is left of the hours and that the time is taken.
        assert session.scalars(select(m.MentoringSession)).all() == []
        assert session.scalars(select(m.Mentor)).all() == [mentor]
        with pytest.raises(Conflict, match="另一场辅导"):
            meetings.book(session, two, starts_at=at(1, 1), minutes=30, form=form, topic="定价")
        assert meetings.book(session, two, starts_at=at(30, 23), minutes=60, form=form, topic="定价").over == 30
        assert meetings.book(session, two, starts_at=at(1, 0, month=12), minutes=60, form=form, topic="复盘").over == 0
    assert meetings.minutes_in(session, mentor.id, Month.of(TODAY)) == 150
    with pytest.raises(Invalid, match="不能早于结对"):
        meetings.book(session, two, starts_at=at(31, 9, month=10), minutes=60, form=form, topic="定价")


def test_each_side_says_once_what_it_thought_and_only_of_what_took_place(register: Register, session: Session) -> None:
    tenant, now = register.tenant, at(25, 12)
    founder, manager = register.as_user(register.founder(tenant)), register.as_user(register.manager)
    pairing = pairings.pair(session, register.mentor, tenant, starts_on=date(2026, 11, 1))
    booked = [
        meetings.book(
            session, pairing, starts_at=at(day, 9), minutes=60, form=m.SessionForm.ONLINE, topic="定价"
        ).meeting
        for day in (3, 10, 27)
    ]
    with pytest.raises(Conflict, match="还没有开始"):
        meetings.held(session, booked[2], minutes=60, summary="谈了定价", now=now)
    with pytest.raises(Conflict, match="完成后"):
        meetings.rate(session, booked[0], m.Side.TENANT, rating=5, words=None, today=TODAY)
    for meeting, rating in zip(booked, (5, 4), strict=False):
        meetings.held(session, meeting, minutes=50, summary="谈了定价", now=now)
        with asking(session, founder):
            meetings.rate(session, meeting, m.Side.TENANT, rating=rating, words="很有帮助", today=TODAY)
    with asking(session, founder):
        with pytest.raises(Conflict, match="已经评价"):
            meetings.rate(session, booked[0], m.Side.TENANT, rating=1, words=None, today=TODAY)
        with pytest.raises(Forbidden):
            meetings.rate(session, booked[0], m.Side.MENTOR, rating=5, words=None, today=TODAY)
    with asking(session, manager):
        meetings.rate(session, booked[0], m.Side.MENTOR, rating=2, words="准备不足", today=TODAY)
    session.expire_all()
    with asking(session, founder):
        assert {said.side for said in session.scalars(select(m.MentoringFeedback))} == {m.Side.TENANT}
    silent = factories.mentor(session, register.operator)
    # 5 and 4 of a scale from 1 to 5: seven eighths of the way; what the mentor thinks does not count.
    assert mentors.average_rating(session, [register.mentor.id, silent.id]) == {
        register.mentor.id: 875,
        silent.id: None,
    }
