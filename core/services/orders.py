"""督办: the district asks whoever has a case, or the desk it waits at, to be done by a day; they answer."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Case, CaseOrder, Role
from core.data.queries import clocks as reads
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.services import audit, cases, clocks


def load(session: Session, order_id: int) -> CaseOrder:
    found = session.scalars(select(CaseOrder).where(CaseOrder.id == order_id)).one_or_none()
    if found is None:
        raise NotFound("没有这份督办单，或您无权查看")
    return found


def write(session: Session, case: Case, *, text: str, wanted_on: date | None, today: date) -> CaseOrder:
    """Ask for a case to be done by a day. One order a state waits for its answer at a time."""
    cases.lock(session, case)
    asker = audit.asker_of(session)
    if not asker.may(Role.DISTRICT_ADMIN):
        raise Forbidden("只有区级管理人员可以督办")
    clock = reads.running(session, case)
    if clock is None or (role := clock.desk) is None:
        raise Conflict("本件目前不在任何岗位办理，不需要督办")
    if wanted_on is None or wanted_on < today:
        raise Invalid("请填写要求办结的日期，不能早于今天", field="wanted_on")
    waiting = select(CaseOrder.id).where(CaseOrder.clock_id == clock.id, CaseOrder.answered_at.is_(None))
    if session.scalar(waiting) is not None:
        raise Conflict("本件已有督办单等待回复，请刷新页面查看")
    there = reads.assignment(session, case)
    row = CaseOrder(
        district_id=case.district_id,
        case_id=case.id,
        clock_id=clock.id,
        role=role,
        user_id=there.user_id if there is not None and there.role is role else None,
        text=clocks.sentence(text, field="text"),
        wanted_on=wanted_on,
        by_id=asker.user_id,
    )
    session.add(row)
    detail = {"state": clock.state, "role": role.value, "to": row.user_id, "wanted_on": wanted_on.isoformat()}
    audit.record(session, "case.order", case, detail=detail)
    session.flush()
    return row


def answer(session: Session, row: CaseOrder, text: str) -> None:
    """By anybody of the desk that was asked; once."""
    case = cases.load(session, row.case_id)
    cases.lock(session, case)
    session.refresh(row)
    asker = audit.asker_of(session)
    if not asker.may(row.role):
        raise Forbidden("请由被督办的岗位回复")
    if row.answered_at is not None:
        raise Conflict("这份督办单已有回复，请刷新页面查看")
    row.answer = clocks.sentence(text, field="answer")
    row.answered_at, row.answered_by_id = utcnow(), asker.user_id
    audit.record(session, "case.order.answer", case, detail={"order": row.id})
    session.flush()
