"""An order about a world's case and an exception of its calendar, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.data import models as m

NAMES = ("order", "calendar_day")


def rows(session: Session, case: m.Case, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    clock = session.scalars(
        select(m.CaseClock).where(m.CaseClock.case_id == case.id, m.CaseClock.ended_on.is_(None))
    ).one()
    order = m.CaseOrder(
        district_id=case.district_id, case_id=case.id, clock_id=clock.id, role=m.Role.PAYER, text=f"{mark}请尽快办结",
        wanted_on=date(2026, 12, 1),
    )  # fmt: skip
    day = m.CalendarDay(district_id=case.district_id, day=date(2026, 10, 9), working=False, note=f"{mark}停电")
    session.add_all([order, day])
    session.flush()
    return {"order": order, "calendar_day": day}


def _soon() -> str:
    return f"{core.today().date() + timedelta(days=9)}"


# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "clocks.pause": lambda w: {"reason": "hearing", "note": "举行听证会"},
    "clocks.mark": lambda w: {"reason": "talent", "note": "人才项目"},
    "clocks.take_off": lambda w: {"reason": "项目取消"},
    "assignments.give": lambda w: {"user_id": w.users["payer"].id},
    "orders.write": lambda w: {"text": "请尽快办结", "wanted_on": _soon()},
    "orders.answer": lambda w: {"answer": "正在办理"},
    "holidays.add": lambda w: {"first": "2027-01-01", "working": "no", "note": "元旦放假"},
    "holidays.remove": lambda w: {"reason": "通知取消"},
}
