"""督办升级: that a case comes near its limit, or went past it, is noted: each level once for each stay in a state, and
none below one that was noted already. What stands still is not late."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import Case, CaseClock, CaseEscalation
from core.services import calendar

SOON, LONG = 2, 5  # working days before and after the last day
AHEAD = timedelta(days=21)  # no two working days are further apart than this, whatever holidays lie between


class Found(NamedTuple):
    """A case that reached a level: 1 its last day is near, 2 it is past, 3 it is long past."""

    case: Case
    clock: CaseClock
    level: int


def level_of(left: int) -> int:
    """How urgent it is with so many working days left; 0 where it is not."""
    if left < -LONG:
        return 3
    return 2 if left < 0 else int(left <= SOON)


def due(session: Session, today: date) -> list[Found]:
    """The running cases, of all districts that the asker sees, that reached a level not noted yet."""
    noted = (
        select(func.coalesce(func.max(CaseEscalation.level), 0))
        .where(CaseEscalation.clock_id == CaseClock.id)
        .correlate(CaseClock)
        .scalar_subquery()
    )
    asked = (
        select(Case, CaseClock, noted)
        .join(CaseClock, CaseClock.case_id == Case.id)
        .where(CaseClock.ended_on.is_(None), Case.due_on <= today + AHEAD)
        .order_by(Case.due_on, Case.id)
    )
    own: dict[int, calendar.Own] = {}
    found = []
    for case, clock, highest in session.execute(asked):
        if case.district_id not in own:
            own[case.district_id] = calendar.own_days(session, case.district_id, date.min)
        level = level_of(calendar.days_left(case.due_on, today, own[case.district_id]))
        if level > highest:
            found.append(Found(case, clock, level))
    return found


def note(session: Session, it: Found) -> CaseEscalation:
    """Note the level; the database refuses it twice."""
    row = CaseEscalation(
        district_id=it.case.district_id,
        case_id=it.case.id,
        clock_id=it.clock.id,
        level=it.level,
        due_on=it.case.due_on,
    )
    session.add(row)
    session.flush()
    return row
