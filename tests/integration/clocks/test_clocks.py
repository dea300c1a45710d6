"""Clocks of cases on both engines: limits, pauses, the green lane, who has a case, orders, escalations, calendar."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import core
from core.config import Settings
from core.data import models as m
from core.data.asker import Asker, asking
from core.data.engine import reading
from core.data.queries import clocks as reads
from core.errors import Conflict, Forbidden, Invalid
from core.jobs import escalating
from core.services import assessments, assignments, clocks, green_lane, holidays, moves, orders
from core.services.invariants.clocks import check
from core.services.needs import Act
from tests import factories, scenes
from tests.scenes import Scene

WHY = "等区市场监管局回函"


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings) -> Scene:
    with app.app_context():
        return Scene(session, app.extensions["registry"], settings.files)


def sound(scene: Scene) -> None:
    scene.session.flush()
    assert [*check(scene.session.connection())] == []


def trail(scene: Scene, case: m.Case) -> list[str]:
    asked = select(m.AuditEvent.action).where(m.AuditEvent.subject_type == "case", m.AuditEvent.subject_id == case.id)
    return list(scene.session.scalars(asked.order_by(m.AuditEvent.id)))


def test_the_clock_of_a_case_from_state_to_state(scene: Scene) -> None:
    case = scene.until(m.CaseState.ACCEPTED)
    submitted, accepted = scene.session.scalars(select(m.CaseClock).order_by(m.CaseClock.id)).all()
    assert (submitted.state, submitted.limit_days, submitted.used_days) == ("submitted", 5, 1)
    assert (accepted.started_on, accepted.ended_on, case.due_on) == (scenes.ACCEPTED, None, date(2026, 11, 24))
    first = scene.staff["first"]

    with asking(scene.session, scene.as_user(first)):
        for reason, note, field in (("weather", WHY, "reason"), ("outside_check", "等", "note")):
            with pytest.raises(Invalid) as refused:
                clocks.pause(scene.session, case, reason=reason, note=note, today=date(2026, 11, 5))
            assert refused.value.field == field
        clocks.pause(scene.session, case, reason="outside_check", note=WHY, today=date(2026, 11, 5))
        assert case.due_on is None
        with pytest.raises(Conflict, match="2026-11-05"):
            clocks.pause(scene.session, case, reason="hearing", note=WHY, today=date(2026, 11, 6))
        standing = clocks.standing(scene.session, case, date(2026, 12, 30))
        assert standing is not None
        assert (standing.left, standing.pause is not None) == (13, True)
        sound(scene)
        clocks.resume(scene.session, case, today=date(2026, 11, 12))  # a Thursday a week later: five working days
        assert case.due_on == date(2026, 12, 1)
        with pytest.raises(Conflict, match="没有暂停"):
            clocks.resume(scene.session, case, today=date(2026, 11, 12))
        clocks.pause(scene.session, case, reason="force_majeure", note="台风停工三天", today=date(2026, 11, 13))
    with asking(scene.session, scene.as_user(scene.staff["payer"])), pytest.raises(Forbidden):
        clocks.resume(scene.session, case, today=date(2026, 11, 13))

    # Taking the data again stays in the state: its limit goes on, and the pause is over.
    scene.act(first, case, "refresh", date(2026, 11, 16), opinion="重新取数")
    assert (reads.running(scene.session, case), case.due_on) == (accepted, date(2026, 12, 2))
    sound(scene)
    with asking(scene.session, scene.as_user(scene.staff["admin"])):
        clocks.pause(scene.session, case, reason="correction", note="等企业补充材料", today=date(2026, 11, 17))
    scene.act(first, case, "first_pass", date(2026, 11, 19))  # a move ends the pause
    assert (accepted.ended_on, accepted.used_days) == (date(2026, 11, 19), 12 - 5 - 1 - 2)
    assert reads.open_pause(scene.session, case) is None
    assert case.due_on == date(2026, 12, 3)
    sound(scene)
    assert [a for a in trail(scene, case) if "pause" in a or "resume" in a] == [
        "case.pause", "case.resume", "case.pause", "case.pause",
    ]  # fmt: skip
    scene.session.add(
        m.CaseClock(
            operator_id=case.operator_id, tenant_id=case.tenant_id, case_id=case.id, state="accepted",
            started_on=date(2026, 11, 20),
        )
    )  # fmt: skip
    with pytest.raises(IntegrityError):
        scene.session.flush()


def test_two_who_pause_at_once_and_nobody_is_less_late_by_it(scene: Scene, engine: Engine) -> None:
    case = scene.until(m.CaseState.ACCEPTED)
    who = scene.as_user(scene.staff["first"])
    scene.session.commit()
    start, answers = threading.Barrier(2), []

    def act() -> None:
        with Session(engine, expire_on_commit=False, info={"asker": who}) as own:
            with reading():
                mine = own.scalars(select(m.Case).where(m.Case.id == case.id)).one()
                own.commit()
            start.wait(timeout=180)
            try:
                clocks.pause(own, mine, reason="hearing", note=WHY, today=scenes.REVIEWED)
                own.commit()
                answers.append("done")
            except Conflict:
                answers.append("told")

    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=180)
    assert sorted(answers) == ["done", "told"]
    scene.session.expire_all()
    with asking(scene.session, who):
        clocks.resume(scene.session, case, today=scenes.REVIEWED)
        late = case.due_on + timedelta(days=7)  # five working days
        clocks.pause(scene.session, case, reason="hearing", note="举行听证", today=late)
        standing = clocks.standing(scene.session, case, late + timedelta(days=30))
        assert (standing.left, case.due_on) == (-5, None)
        clocks.resume(scene.session, case, today=late + timedelta(days=30))
        assert clocks.standing(scene.session, case, late + timedelta(days=30)).left == -5
    sound(scene)  # I20 counts what stood still after the last day too


def test_a_holiday_within_a_pause_that_began_late_counts_too(scene: Scene) -> None:
    """The last day is gone, but a pause after it has moved it, by days that the calendar says."""
    case = scene.until(m.CaseState.ACCEPTED)
    with asking(scene.session, scene.as_user(scene.staff["first"])):
        late = case.due_on + timedelta(days=7)
        clocks.pause(scene.session, case, reason="hearing", note="举行听证", today=late)
        clocks.resume(scene.session, case, today=late + timedelta(days=14))
    due, saturday = case.due_on, late + timedelta(days=(5 - late.weekday()) % 7 + 7)
    with asking(scene.session, scene.as_user(scene.staff["admin"])):
        assert holidays.set_days(scene.session, [saturday], working=True, note="区里安排上班", confirmed=None) == 1
    assert case.due_on > due
    sound(scene)


def test_the_green_lane(scene: Scene) -> None:
    case = scene.until(m.CaseState.ACCEPTED)
    day = date(2026, 11, 5)
    with asking(scene.session, scene.as_user(scene.staff["first"])), pytest.raises(Forbidden):
        green_lane.mark(scene.session, scene.registry, case, reason="talent", note="区级人才项目", today=day)
    with asking(scene.session, scene.as_user(scene.staff["window"])):
        green_lane.mark(scene.session, scene.registry, case, reason="talent", note="区级人才项目", today=day)
        assert case.due_on == date(2026, 11, 13)  # eight working days instead of fifteen
        with pytest.raises(Conflict):
            green_lane.mark(scene.session, scene.registry, case, reason="other", note="再加一次", today=day)
        sound(scene)
        green_lane.take_off(scene.session, scene.registry, case, reason="项目已取消", today=day)
        assert case.due_on == date(2026, 11, 24)
        # Ten working days are gone: the shorter limit makes nobody late, only due today.
        green_lane.mark(
            scene.session, scene.registry, case, reason="hardship", note="厂房受灾", today=date(2026, 11, 17)
        )
        assert case.due_on == date(2026, 11, 17)
    scene.act(scene.staff["first"], case, "first_pass", date(2026, 11, 17))
    assert case.due_on == date(2026, 11, 24)  # five instead of ten
    scene.act(scene.staff["second"], case, "second_pass", date(2026, 11, 18))
    scene.act(scene.staff["second"], case, "publish", date(2026, 11, 19))
    assert (case.publication_ends_on, case.due_on) == (date(2026, 11, 26), date(2026, 11, 27))
    card = assessments.card_of(scene.registry, case.policy_key)
    said = card.workflow._replace(green_limits={"published": 9})
    clocks.set_limit(scene.session, case, said, green=True, today=date(2026, 11, 19))
    assert case.due_on == date(2026, 12, 2)
    sound(scene)


def test_a_case_is_had_by_one_person_at_a_time(scene: Scene) -> None:
    case = scene.until(m.CaseState.ACCEPTED)
    session, today = scene.session, core.today().date()
    mine = scene.staff["first"]
    other = factories.user(session, m.Role.FIRST_REVIEWER, district=scene.district, name="同岗员")
    with asking(session, scene.as_user(other)):
        there = assignments.take(session, case)
        with pytest.raises(Conflict, match="已由您办理"):
            assignments.take(session, case)
    with pytest.raises(Conflict, match="同岗员"):
        scene.act(mine, case, "first_pass", scenes.REVIEWED)
    with asking(session, scene.as_user(mine)):
        with pytest.raises(Conflict, match="同岗员"):
            clocks.pause(session, case, reason="hearing", note=WHY, today=scenes.REVIEWED)
        for over in (None, there.id + 1):
            with pytest.raises(Conflict, match="接手"):
                assignments.take(session, case, over=over)
        with pytest.raises(Forbidden):
            assignments.put_back(session, case)
        assignments.take(session, case, over=there.id)
    with asking(session, scene.as_user(scene.staff["second"])), pytest.raises(Forbidden):
        assignments.take(session, case)
    # Who stands in for an absent colleague has what that one has.
    lent = m.Membership(user_id=mine.id, role=m.Role.FIRST_REVIEWER, district_id=scene.district.id)
    assignments.require_own(session, case, Asker.member(lent, acting=scene.staff["second"].id))
    with asking(session, scene.as_user(scene.staff["window"])):
        assert {p.id for p in assignments.candidates(session, case, today)} == {mine.id, other.id}
        for nobody in (None, scene.staff["second"].id):
            with pytest.raises(Invalid):
                assignments.give(session, case, nobody, today=today)
        assignments.give(session, case, other.id, today=today)
        assignments.put_back(session, case)
    scene.act(mine, case, "first_pass", scenes.REVIEWED)  # on what nobody has: it is theirs
    kinds = [(a.kind, a.user_id, a.ended_at is None) for a in reversed(reads.assignments(session, case))]
    assert kinds[-4:] == [
        (m.AssignmentKind.TAKEN, other.id, False), (m.AssignmentKind.TAKEN_OVER, mine.id, False),
        (m.AssignmentKind.GIVEN, other.id, False), (m.AssignmentKind.ACTED, mine.id, False),
    ]  # fmt: skip
    assert reads.assignment(session, case) is None  # the next desk has it
    taken_over = session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "case.assign.taken_over")).one()
    assert (taken_over.detail["from"], taken_over.detail["to"]) == (other.id, mine.id)
    # Who prepared a case cannot be given it again.
    factories.membership(session, mine, m.Role.SECOND_REVIEWER, district=scene.district)
    with asking(session, scene.as_user(scene.staff["admin"])), pytest.raises(Conflict, match="前一步"):
        assignments.give(session, case, mine.id, today=today)
    # What a colleague has does not stop the applicant.
    with asking(session, scene.as_user(scene.staff["second"])):
        assignments.take(session, case)
    scene.act(scene.founder_of(case.tenant), case, "withdraw", scenes.REVIEWED, confirmed=True)
    assert (reads.assignment(session, case), reads.running(session, case), case.due_on) == (None, None, None)


def test_orders_and_their_answers(scene: Scene) -> None:
    case = scene.until(m.CaseState.ACCEPTED)
    session, first, day = scene.session, scene.staff["first"], date(2026, 11, 25)
    with asking(session, scene.as_user(first)):
        assignments.take(session, case)
        with pytest.raises(Forbidden):
            orders.write(session, case, text="请尽快办结", wanted_on=day, today=day)
    with asking(session, scene.as_user(scene.staff["admin"])):
        with pytest.raises(Invalid) as refused:
            orders.write(session, case, text="请尽快办结", wanted_on=day - timedelta(days=1), today=day)
        assert refused.value.field == "wanted_on"
        row = orders.write(session, case, text="请于本周内办结", wanted_on=day, today=day)
        assert (row.role, row.user_id) == (m.Role.FIRST_REVIEWER, first.id)
        with pytest.raises(Conflict, match="等待回复"):
            orders.write(session, case, text="请于本周内办结", wanted_on=day, today=day)
        with pytest.raises(Forbidden):
            orders.answer(session, row, "不该由我回复")
    with asking(session, scene.as_user(first)):
        orders.answer(session, row, "已联系企业，明日办结")
        with pytest.raises(Conflict, match="已有回复"):
            orders.answer(session, row, "再回复一次")
    # Tenants and operators see none of it.
    for who in (scene.founder_of(case.tenant), scene.manager):
        with asking(session, scene.as_user(who)):
            assert session.scalars(select(m.CaseOrder)).all() == []
    assert trail(scene, case)[-2:] == ["case.order", "case.order.answer"]


def test_each_level_is_noted_once_for_each_stay(scene: Scene, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    case = scene.until(m.CaseState.ACCEPTED)
    assert case.due_on == date(2026, 11, 24)
    now: list[date] = []
    monkeypatch.setattr(core, "today", lambda: core.datetime.combine(now[0], core.datetime.min.time(), core.SHANGHAI))

    def on(day: date) -> int:
        now[:] = [day]
        scene.session.commit()
        return escalating.escalate(app)

    assert [on(date(2026, 11, day)) for day in (19, 20, 20, 24, 25, 30)] == [0, 1, 0, 0, 1, 0]
    with asking(scene.session, scene.as_user(scene.staff["first"])):
        clocks.pause(scene.session, case, reason="hearing", note=WHY, today=date(2026, 12, 1))
    assert on(date(2026, 12, 10)) == 0  # what stands still is not late
    with asking(scene.session, scene.as_user(scene.staff["first"])):
        clocks.resume(scene.session, case, today=date(2026, 12, 10))
    assert [on(date(2026, 12, day)) for day in (10, 11)] == [0, 1]
    scene.act(scene.staff["first"], case, "first_pass", date(2026, 12, 11))
    scene.act(scene.staff["second"], case, "send_back", date(2026, 12, 11), opinion="请补充核查")
    assert case.due_on == date(2027, 1, 1)
    assert on(date(2027, 3, 1)) == 1  # a stay of its own, found late: the highest level alone
    levels = scene.session.execute(
        select(m.CaseEscalation.clock_id, m.CaseEscalation.level).order_by(m.CaseEscalation.id)
    ).all()
    assert [level for _clock, level in levels] == [1, 2, 3, 3]
    assert len({clock for clock, _level in levels}) == 2
    assert trail(scene, case).count("case.escalate") == 4
    scene.session.add(
        m.CaseEscalation(
            district_id=case.district_id, case_id=case.id, clock_id=levels[-1].clock_id, level=3, due_on=case.due_on
        )
    )
    with pytest.raises(IntegrityError):
        scene.session.flush()


def test_exceptions_move_the_last_days_that_they_touch(scene: Scene) -> None:
    session = scene.session
    touched, apart = scene.until(m.CaseState.ACCEPTED), scene.until(m.CaseState.SUBMITTED)
    stopped = scene.until(m.CaseState.ACCEPTED)
    with asking(session, scene.as_user(scene.staff["first"])):
        clocks.pause(session, stopped, reason="hearing", note=WHY, today=scenes.REVIEWED)
    days = holidays.days_between(date(2026, 11, 19), date(2026, 11, 22))  # Thursday to Sunday
    off = dict.fromkeys(days, False)
    with asking(session, scene.as_user(scene.staff["window"])), pytest.raises(Forbidden):
        holidays.set_days(session, days, working=False, note="台风停工", confirmed=None)
    with asking(session, scene.as_user(scene.staff["admin"])):
        for first, last in ((days[1], days[0]), (days[0], days[0] + timedelta(days=31))):
            with pytest.raises(Invalid):
                holidays.days_between(first, last)
        moved = holidays.shifts(session, scene.district.id, off)
        assert [(it.case.id, it.before, it.after) for it in moved] == [
            (touched.id, date(2026, 11, 24), date(2026, 11, 26))
        ]
        with pytest.raises(Conflict, match="核对新的清单"):
            holidays.set_days(session, days, working=False, note="台风停工", confirmed="sha256:0")
        shown = holidays.seen(off, moved)
        assert holidays.set_days(session, days, working=False, note="台风停工", confirmed=shown) == 1
        assert (touched.due_on, apart.due_on, stopped.due_on) == (date(2026, 11, 26), date(2026, 11, 9), None)
        assert holidays.set_days(session, days[2:3], working=True, note="周六补班", confirmed=None) == 1
        assert touched.due_on == date(2026, 11, 25)
        sound(scene)
        rows = session.scalars(select(m.CalendarDay).order_by(m.CalendarDay.day)).all()
        assert [row.working for row in rows] == [False, False, True, False]
        assert holidays.remove(session, rows[2], reason="补班取消", confirmed=None) == 1
        assert touched.due_on == date(2026, 11, 26)
    with asking(session, scene.as_user(scene.staff["first"])):
        clocks.resume(session, stopped, today=date(2026, 11, 23))
    # Two days were gone before the pause; thirteen after it.
    assert stopped.due_on == date(2026, 12, 10)
    sound(scene)
    touched.due_on = date(2026, 11, 27)  # as counted before the year's calendar was published
    with asking(session, Asker.system("job:escalate_cases")):
        assert holidays.recount(session, scene.district.id) == 1
    assert touched.due_on == date(2026, 11, 26)
    sound(scene)
    actions = session.scalars(
        select(m.AuditEvent.action).where(m.AuditEvent.subject_type == "calendarday").order_by(m.AuditEvent.id)
    ).all()
    assert actions == ["calendar.set"] * 5 + ["calendar.remove"]


def test_a_move_waits_for_a_change_of_the_calendar(scene: Scene, engine: Engine) -> None:
    """Both orders end with a last day that the calendar says: neither reads what the other is about to change."""
    case = scene.until(m.CaseState.SUBMITTED)
    window, admin = scene.as_user(scene.staff["window"]), scene.as_user(scene.staff["admin"])
    scene.session.commit()
    start, problems = threading.Barrier(2), []

    def run(who: Any, work: Any) -> None:
        try:
            with Session(engine, expire_on_commit=False, info={"asker": who}) as own:
                start.wait(timeout=180)
                work(own)
                own.commit()
        except Exception as error:  # noqa: BLE001  # whatever it is, the test must show it
            problems.append(error)

    def accept(own: Session) -> None:
        mine = own.scalars(select(m.Case).where(m.Case.id == case.id)).one()
        moves.move(own, scene.registry, mine, "accept", Act(), today=scenes.ACCEPTED)

    def change(own: Session) -> None:
        holidays.set_days(own, [date(2026, 11, 10)], working=False, note="全区停电一天", confirmed=None)

    threads = [threading.Thread(target=run, args=args) for args in ((window, accept), (admin, change))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=180)
    assert problems == []
    scene.session.expire_all()
    assert case.due_on == date(2026, 11, 25)
