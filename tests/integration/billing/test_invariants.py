"""The checkers of money and of held units are checked: planted faults, each of which is named, and nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from core.data import booked, holding
from core.data import models as m
from core.data.types import utcnow
from core.policy import Month
from core.services import billing
from core.services.invariants import holding as held
from core.services.invariants import money
from tests import factories as f

TODAY = date(2026, 12, 20)


def test_a_sum_that_is_not_what_its_parts_come_to(session: Session) -> None:
    operator = f.operator(session, f.district(session))
    tenant = f.tenant(session, operator)
    lease = f.lease(session, tenant)
    rent = billing.Asked(m.Fee.RENT, 1_000, Month.parse("2026-10"))
    bill = billing.ask_for(
        session, tenant, [rent], kind=m.BillKind.OPENING, due_on=TODAY, today=TODAY, lease=lease
    )  # fmt: skip
    said: dict[str, Any] = {"method": m.PaymentMethod.TRANSFER, "today": TODAY}
    payment = billing.record(session, tenant, amount_fen=900, received_on=TODAY, **said)
    billing.credit(session, bill, {bill.lines[0].id: 300}, kind=m.CreditReason.WAIVER, reason="减免", today=TODAY)
    billing.refund(session, payment, amount_fen=50, refunded_on=TODAY, reason="多付", **said)
    assert list(money.check(session.connection())) == []
    plants = {
        "bill ": update(m.Bill).values(total_fen=999),
        "bill line ": update(m.BillLine).values(paid_fen=699),
        "bill line  ": update(m.BillLine).values(credited_fen=299),
        "payment ": update(m.Payment).values(free_fen=m.Payment.free_fen - 1),
        "payment  ": update(m.Payment).values(refunded_fen=49, free_fen=m.Payment.free_fen + 1),
        "payment   ": update(m.RentPayment).values(paid_fen=701),
    }
    for thing, plant in plants.items():
        with session.begin_nested() as undo:
            session.execute(plant)
            found = list(money.check(session.connection()))
            assert [it[0].split()[:-1] for it in found] == [thing.split()], thing
            undo.rollback()


def test_what_is_held_twice(session: Session) -> None:
    """With the triggers taken away, as no program does."""
    operator = f.operator(session, f.district(session))
    site = f.site(session, operator)
    unit, room = f.space(session, site), f.space(session, site, code="会-1", kind=m.SpaceKind.MEETING_ROOM)
    now = utcnow()
    dialect = session.get_bind().dialect.name
    tables = ("leases", "lease_spaces")
    for statement in (*booked.drop(dialect), *(it for table in tables for it in holding.drop(table, dialect))):
        session.execute(text(statement))
    one, two = (f.lease(session, f.tenant(session, operator), [unit]) for _ in range(2))
    meetings = []
    for n in (0, 59, 120):
        begins = now + timedelta(minutes=n)
        meetings.append(
            m.Booking(
                operator_id=operator.id, space_id=room.id, title="会", starts_at=begins,
                ends_at=begins + timedelta(minutes=60),
            )
        )  # fmt: skip
    session.add_all(meetings)
    session.flush()
    assert [it[0] for it in held.check(session.connection())] == [f"booking {meetings[0].id}", f"lease {one.id}"]
    two.status, meetings[1].cancelled_at = m.LeaseStatus.DRAFT, now
    session.flush()
    assert list(held.check(session.connection())) == []
