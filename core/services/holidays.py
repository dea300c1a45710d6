"""工作日历: a district's exceptions to the published calendar. What a change does to the limits of running cases is
listed before, and done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from core.data.models import CalendarDay, Case, CaseClock, CasePause, Role
from core.data.queries.locks import lock_calendar
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.policy import digest
from core.services import audit, calendar, clocks

LONGEST = 31  # days that are set at once
Changes = Mapping[date, bool | None]  # of each day: worked, not worked, or (None) as published


class Shift(NamedTuple):
    """A running case whose last day moves."""

    case: Case
    before: date
    after: date


def load(session: Session, day_id: int) -> CalendarDay:
    found = session.scalars(select(CalendarDay).where(CalendarDay.id == day_id)).one_or_none()
    if found is None:
        raise NotFound("没有这一天的设置，或您无权查看")
    return found


def days_between(first: date, last: date | None) -> list[date]:
    """The days that are to be set, at most a month."""
    last = last or first
    if last < first:
        raise Invalid("截止日期早于起始日期，请调换", field="last")
    if (last - first).days >= LONGEST:
        raise Invalid("一次最多设置31天，请分次设置", field="last")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def shifts(session: Session, district_id: int, changes: Changes) -> list[Shift]:
    """The cases whose limit would end on another day, the earliest first. Only a limit that runs over one of these
    days can be touched, or one that stood still over them after its last day (with no changes: any); what is paused has
    no last day until it goes on."""
    asked = (
        select(CaseClock, Case)
        .join(Case, Case.id == CaseClock.case_id)
        .options(selectinload(CaseClock.pauses))
        .where(
            Case.district_id == district_id,
            Case.due_on.is_not(None),
            CaseClock.ended_on.is_(None),
            CaseClock.limit_days.is_not(None),
        )
        .order_by(Case.due_on, Case.id)
    )
    if changes:
        touched = or_(Case.due_on >= min(changes), CaseClock.pauses.any(CasePause.ended_on >= min(changes)))
        asked = asked.where(touched, CaseClock.started_on < max(changes))
    own = calendar.own_days(session, district_id, date.min)
    then = {day: working for day, working in (own | dict(changes)).items() if working is not None}
    found = []
    for clock, case in session.execute(asked):
        due = clocks.due_day(clock.started_on, clock.limit_days or 0, clocks.spans_of(clock), then)
        if case.due_on is not None and due != case.due_on:
            found.append(Shift(case, case.due_on, due))
    return found


def seen(changes: Changes, moved: Sequence[Shift]) -> str:
    """What somebody has looked at, to be told from what is there when they confirm."""
    return digest(
        {
            "days": [[day.isoformat(), working] for day, working in sorted(changes.items())],
            "cases": [[it.case.id, it.before.isoformat(), it.after.isoformat()] for it in moved],
        }
    )


def set_days(session: Session, days: Sequence[date], *, working: bool, note: str, confirmed: str | None) -> int:
    """Say of these days that they are worked, or not; returns how many cases end on another day by it."""
    district_id = _may(session)
    note = clocks.sentence(note, field="note", most=120)
    changes: dict[date, bool | None] = dict.fromkeys(days, working)
    moved = _apply(session, district_id, changes, confirmed)
    there = {
        row.day: row
        for row in session.scalars(
            select(CalendarDay).where(CalendarDay.district_id == district_id, CalendarDay.day.in_(days))
        )
    }
    for day in days:
        row = there.get(day) or CalendarDay(district_id=district_id, day=day)
        row.working, row.note = working, note
        session.add(row)
        audit.record(session, "calendar.set", row, detail={"day": day.isoformat(), "working": working, "cases": moved})
    session.flush()
    return moved


def remove(session: Session, row: CalendarDay, *, reason: str, confirmed: str | None) -> int:
    """The day is again as published; returns how many cases end on another day by it."""
    district_id = _may(session)
    reason = clocks.sentence(reason, field="reason")
    moved = _apply(session, district_id, {row.day: None}, confirmed)
    detail = {"day": row.day.isoformat(), "working": row.working, "reason": reason, "cases": moved}
    audit.record(session, "calendar.remove", row, detail=detail)
    session.delete(row)
    session.flush()
    return moved


def recount(session: Session, district_id: int) -> int:
    """Move the last days that a calendar published since has put elsewhere (until then a year is counted by weekends);
    returns how many cases end on another day by it."""
    return _apply(session, district_id, {}, None) if shifts(session, district_id, {}) else 0


def _apply(session: Session, district_id: int, changes: Changes, confirmed: str | None) -> int:
    """Move the last days, if they are those that were shown."""
    lock_calendar(session, district_id)
    ids = [it.case.id for it in shifts(session, district_id, changes)]
    if ids:  # as they are once nobody else holds them
        held = select(Case).where(Case.id.in_(ids)).order_by(Case.id).with_for_update()
        session.scalars(held.execution_options(populate_existing=True)).all()
    moved = shifts(session, district_id, changes)
    if confirmed is not None and confirmed != seen(changes, moved):
        raise Conflict("受影响的申请件有了变化，请核对新的清单后再保存")
    for it in moved:
        it.case.due_on = it.after
        detail = {"from": it.before.isoformat(), "to": it.after.isoformat()}
        audit.record(session, "case.due_moved", it.case, detail=detail)
    return len(moved)


def _may(session: Session) -> int:
    asker = audit.asker_of(session)
    if not asker.may(Role.DISTRICT_ADMIN) or asker.district_id is None:
        raise Forbidden("只有区级管理人员可以修改工作日历")
    return asker.district_id
