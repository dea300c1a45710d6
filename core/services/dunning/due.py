"""Whom to ask now, and what a letter says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from core.data.models import (
    Bill,
    BillKind,
    BillLine,
    Dunning,
    DunningBill,
    DunningHold,
    DunningLevel,
    DunningRule,
    Tenant,
)
from core.data.queries import arrears
from core.services.dunning.levels import LEVELS, next_level


@dataclass(frozen=True, slots=True)
class Late:
    """A bill past due: what is owed of it, for how long, and the level it reaches now."""

    bill: Bill
    rest_fen: int
    days: int
    level: DunningLevel | None


@dataclass(frozen=True, slots=True)
class Due:
    """A tenant to be asked, at the highest level of its bills, and all of its bills that are late."""

    tenant: Tenant
    level: DunningLevel
    bills: Sequence[Late]

    @property
    def total_fen(self) -> int:
        return sum(it.rest_fen for it in self.bills)

    @property
    def days(self) -> int:
        return max(it.days for it in self.bills)


@dataclass(frozen=True, slots=True)
class Row:
    number: str
    kind: BillKind
    first: date
    last: date
    due_on: date
    days: int
    rest_fen: int


@dataclass(frozen=True, slots=True)
class Letter:
    """What is printed; of one that is not sent yet, `number` is None."""

    number: str | None
    level: DunningLevel
    tenant: Tenant
    on: date
    pay_by: date
    rows: Sequence[Row]
    total_fen: int
    pay_to: str | None


def due(
    session: Session, rule: DunningRule, today: date, *, tenant_id: int | None = None, held: bool = False
) -> list[Due]:
    """The operator's tenants that are to be asked now, the longest late first; those on hold only with `held`."""
    lines = arrears.lines(today, today, tenant_id)
    owed = lines.where(BillLine.operator_id == rule.operator_id, Bill.due_on < today).subquery()
    late = session.execute(
        select(Bill, func.sum(owed.c.rest))
        .join(owed, owed.c.bill_id == Bill.id)
        .group_by(Bill.id)
        .order_by(Bill.due_on, Bill.id)
        .options(joinedload(Bill.tenant))
    ).all()
    sent = _sent(session, rule.operator_id, tenant_id)
    days = (rule.reminder_days, rule.demand_days, rule.final_days)
    by_tenant: dict[int, list[Late]] = defaultdict(list)
    for bill, rest in late:
        level = next_level(days, bill.due_on, sent.get(bill.id, {}), today)
        by_tenant[bill.tenant_id].append(Late(bill, int(rest), (today - bill.due_on).days, level))
    off = set() if held else set(holds(session, rule.operator_id, today))
    found = []
    for tenant, bills in by_tenant.items():
        levels = [it.level for it in bills if it.level is not None]
        if levels and tenant not in off:
            found.append(Due(bills[0].bill.tenant, max(levels, key=LEVELS.index), bills))
    return found


def count(session: Session, rule: DunningRule, today: date) -> int:
    return len(due(session, rule, today))


def _sent(session: Session, operator_id: int, tenant_id: int | None) -> dict[int, dict[DunningLevel, date]]:
    """The days on which each level of a bill was sent, by bill, since dunning of it was begun (anew)."""
    query = (
        select(DunningBill.bill_id, DunningBill.level, Dunning.sent_on)
        .join(Dunning, Dunning.id == DunningBill.dunning_id)
        .where(
            DunningBill.operator_id == operator_id, DunningBill.level.is_not(None), DunningBill.restarted_at.is_(None)
        )
    )
    if tenant_id is not None:
        query = query.where(DunningBill.tenant_id == tenant_id)
    found: dict[int, dict[DunningLevel, date]] = defaultdict(dict)
    for bill, level, on in session.execute(query):
        if level is not None:
            found[bill][level] = on
    return found


def holds(session: Session, operator_id: int, today: date) -> dict[int, DunningHold]:
    """The operator's holds that are in force, by tenant."""
    query = select(DunningHold).where(
        DunningHold.operator_id == operator_id, DunningHold.until >= today, DunningHold.lifted_at.is_(None)
    )
    return {it.tenant_id: it for it in session.scalars(query.order_by(DunningHold.id))}


def hold_of(session: Session, tenant: Tenant, today: date) -> DunningHold | None:
    return holds(session, tenant.operator_id, today).get(tenant.id)


def letter_to(it: Due, rule: DunningRule, today: date) -> Letter:
    """What the letter would say that was sent now."""
    rows = [_row(late.bill, late.days, late.rest_fen) for late in it.bills]
    by = today + timedelta(days=rule.grace_days)
    return Letter(None, it.level, it.tenant, today, by, rows, it.total_fen, rule.pay_to)


def letter_of(made: Dunning) -> Letter:
    """What a letter said that was sent."""
    rows = [_row(it.bill, it.days, it.rest_fen) for it in made.bills]
    return Letter(made.number, made.level, made.tenant, made.sent_on, made.pay_by, rows, made.total_fen, made.pay_to)


def _row(bill: Bill, days: int, rest_fen: int) -> Row:
    return Row(bill.number, bill.kind, bill.first, bill.last, bill.due_on, days, rest_fen)
