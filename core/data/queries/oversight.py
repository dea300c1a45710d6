"""What is late, near its limit or paused, for the district's board; how long states took; the orders written."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from core.data.models import (
    Case,
    CaseAssignment,
    CaseClock,
    CaseEscalation,
    CaseGreenLane,
    CaseOrder,
    CasePause,
    Operator,
    Recovery,
    RecoveryState,
    Role,
    Tenant,
    User,
)
from core.data.queries import publications
from core.data.queries.paging import Listing

FAR = date(9999, 12, 31)


def paused_since() -> ColumnElement[Any]:
    """Since when a case's clock stands still, if it does. (Through the tables: it hangs on a case that is seen.)"""
    pauses = CasePause.__table__
    asked = select(pauses.c.started_on).where(pauses.c.case_id == Case.id, pauses.c.ended_on.is_(None))
    return asked.correlate(Case.__table__).scalar_subquery()


def in_green_lane() -> ColumnElement[bool]:
    lanes = CaseGreenLane.__table__
    return exists().where(lanes.c.case_id == Case.id, lanes.c.ended_at.is_(None))


def listing(today: date, soon: date, unnoticed: Collection[str] = ()) -> Listing:
    """The running cases that are late, due up to `soon`, or paused. `unnoticed`: the policies that give no notice
    before the decision."""
    person = aliased(User)
    highest = (
        select(func.coalesce(func.max(CaseEscalation.level), 0))
        .where(CaseEscalation.clock_id == CaseClock.id)
        .correlate(CaseClock)
        .scalar_subquery()
    )
    paused = CasePause.id.is_not(None)
    waiting = exists().where(CaseOrder.clock_id == CaseClock.id, CaseOrder.answered_at.is_(None))
    due = func.coalesce(Case.due_on, FAR)
    return Listing(
        statement=select(
            Case.id,
            Case.number,
            Case.policy_key,
            Case.state,
            publications.phase(today, unnoticed).label("phase"),
            CaseClock.desk.label("at"),
            Case.due_on,
            Tenant.name.label("tenant"),
            Operator.name.label("operator"),
            person.name.label("person"),
            CaseClock.started_on,
            CaseClock.limit_days,
            CasePause.started_on.label("paused"),
            CasePause.reason.label("pause_reason"),
            highest.label("level"),
            waiting.label("ordered"),
            in_green_lane().label("green"),
        )
        .join(CaseClock, CaseClock.case_id == Case.id)
        .join(Tenant, Tenant.id == Case.tenant_id)
        .join(Operator, Operator.id == Case.operator_id)
        .outerjoin(CasePause, (CasePause.case_id == Case.id) & CasePause.ended_on.is_(None))
        .outerjoin(CaseAssignment, (CaseAssignment.case_id == Case.id) & CaseAssignment.ended_at.is_(None))
        .outerjoin(person, person.id == CaseAssignment.user_id)
        .where(CaseClock.ended_on.is_(None), or_(Case.due_on <= soon, paused)),
        key=Case.id,
        sorts={
            "number": Case.number,
            "tenant": Tenant.name,
            "due_on": due,
            "level": highest,
            "person": func.coalesce(person.name, ""),
        },
        search=(Case.number, Tenant.name, Operator.name, func.coalesce(person.name, "")),
        filters={
            "due": lambda value: {"late": due < today, "soon": (due >= today) & (due < FAR), "paused": paused}[value],
            "desk": lambda value: CaseClock.desk == Role(value),
            "policy": lambda value: Case.policy_key == value,
            "green": lambda value: in_green_lane() if value == "yes" else ~in_green_lane(),
            "order": lambda value: waiting if value == "waiting" else ~waiting,
        },
    )


def all_rows(session: Session, listed: Listing) -> list[Row[Any]]:
    """All of the board, the latest first, to be counted by desk and person."""
    return list(session.execute(listed.statement.order_by(listed.sorts["due_on"], Case.id)))


def overdue_recoveries(session: Session, today: date) -> list[Row[Any]]:
    """The files of 追回 that were decided and whose day is past, the latest first. `appealed`: an appeal waits."""
    appealed = Recovery.appealed_at.is_not(None) & Recovery.judged_at.is_(None)
    wanted = (
        select(
            Recovery.id,
            Recovery.number,
            Recovery.due_on,
            Case.policy_key,
            Tenant.name.label("tenant"),
            Operator.name.label("operator"),
            case((appealed, True), else_=False).label("appealed"),
        )
        .join(Case, Case.id == Recovery.case_id)
        .join(Tenant, Tenant.id == Recovery.tenant_id)
        .join(Operator, Operator.id == Recovery.operator_id)
        .where(Recovery.state == RecoveryState.DECIDED, Recovery.due_on < today)
    )
    return list(session.execute(wanted.order_by(Recovery.due_on, Recovery.id)))


def handled(session: Session, since: date, *, but: Collection[str]) -> list[Row[Any]]:
    """What stays that ended since a day took: state, working days used, and their limit; `but` those of some states."""
    return list(
        session.execute(
            select(CaseClock.state, CaseClock.used_days, CaseClock.limit_days).where(
                CaseClock.ended_on >= since, CaseClock.used_days.is_not(None), CaseClock.state.not_in(but)
            )
        )
    )


def orders_listing() -> Listing:
    """The orders of the district, with their cases."""
    person = aliased(User)
    waiting = CaseOrder.answered_at.is_(None) & CaseClock.ended_on.is_(None)
    state = case((CaseOrder.answered_at.is_not(None), "answered"), (waiting, "waiting"), else_="moved")
    return Listing(
        statement=select(
            CaseOrder.id,
            CaseOrder.at,
            CaseOrder.text,
            CaseOrder.wanted_on,
            CaseOrder.role,
            CaseOrder.answer,
            state.label("state"),
            person.name.label("person"),
            Case.number,
            Tenant.name.label("tenant"),
        )
        .join(CaseClock, CaseClock.id == CaseOrder.clock_id)
        .join(Case, Case.id == CaseOrder.case_id)
        .join(Tenant, Tenant.id == Case.tenant_id)
        .outerjoin(person, person.id == CaseOrder.user_id),
        key=CaseOrder.id,
        sorts={"at": CaseOrder.id, "wanted_on": CaseOrder.wanted_on, "number": Case.number, "tenant": Tenant.name},
        search=(Case.number, Tenant.name, CaseOrder.text, func.coalesce(person.name, "")),
        filters={"state": lambda value: state == value},
    )


def waiting_orders(session: Session, roles: Collection[Any]) -> int:
    """How many orders wait for an answer of these desks."""
    asked = (
        select(func.count())
        .select_from(CaseOrder)
        .join(CaseClock, CaseClock.id == CaseOrder.clock_id)
        .where(CaseOrder.answered_at.is_(None), CaseClock.ended_on.is_(None), CaseOrder.role.in_(roles))
    )
    return session.scalar(asked) or 0
