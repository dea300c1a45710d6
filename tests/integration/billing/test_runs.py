"""The monthly run: what it makes, once, however often it is broken off and begun again."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.data import models as m
from core.errors import Conflict, Invalid
from core.policy import Month
from core.services import billing, leases
from core.services.leases import Terms
from tests import factories as f

DECEMBER, TODAY = Month.parse("2026-12"), date(2026, 11, 25)
FIRST, LAST = date(2026, 12, 10), date(2027, 12, 9)


@pytest.fixture
def operator(session: Session) -> m.Operator:
    return f.operator(session, f.district(session))


def signed(session: Session, operator: m.Operator, code: str, **more: Any) -> m.Lease:
    site = session.scalars(select(m.Site).where(m.Site.operator_id == operator.id)).first() or f.site(session, operator)
    room = f.space(session, site, code=code, area_cm2=600_000)
    terms: dict[str, Any] = {"basis": m.RateBasis.MONTH, "rate": 310_000, "deposit_months": 2}
    made = leases.draft(session, f.tenant(session, operator), Terms([room], FIRST, LAST, **(terms | more)))
    leases.sign(session, made, on=TODAY, today=TODAY)
    return made


def run(session: Session, operator: m.Operator, month: Month, begin: Month | None = DECEMBER) -> m.BillingRun:
    made = billing.ask(session, operator.id, month, TODAY, begin=begin)
    after: int | None = 0
    while after is not None:
        after = billing.make_next(session, made, after, TODAY)
    return made


def bills(session: Session) -> list[tuple[str, str, date, int]]:
    query = select(m.Bill).where(m.Bill.status == m.BillStatus.OPEN).order_by(m.Bill.number)
    return [(it.number, it.kind.value, it.due_on, it.total_fen) for it in session.scalars(query)]


def test_a_deposit_and_the_first_instalment(session: Session, operator: m.Operator) -> None:
    """From 10 December, three months at a time, five days ahead: 22 of 31 days, two whole months; 300.00 of property
    fee a month and 1.00 for service."""
    lease = signed(
        session, operator, "A-1", pay_months=3, due_days=5, fees={m.FeeKind.PROPERTY: 30_000, m.FeeKind.SERVICE: 100}
    )
    run(session, operator, DECEMBER)
    assert bills(session) == [
        ("ZD202612-00001", "deposit", date(2026, 12, 5), 620_000),
        ("ZD202612-00002", "regular", date(2026, 12, 5), 220_000 + 620_000 + 21_290 + 60_000 + 71 + 200),
    ]
    lines = session.scalars(select(m.BillLine).where(m.BillLine.fee == m.Fee.RENT).order_by(m.BillLine.place)).all()
    assert [(line.month, line.amount_fen) for line in lines] == [
        ("2026-12", 220_000), ("2027-01", 310_000), ("2027-02", 310_000),
    ]  # fmt: skip
    assert {it.tenant_id for it in session.scalars(select(m.Bill))} == {lease.tenant_id}


def test_run_again_it_makes_only_what_is_missing(session: Session, operator: m.Operator) -> None:
    signed(session, operator, "A-1")
    run(session, operator, DECEMBER)
    before = bills(session)
    run(session, operator, DECEMBER)
    assert bills(session) == before
    signed(session, operator, "A-2")
    run(session, operator, DECEMBER)
    assert [it[0] for it in bills(session)] == [f"ZD202612-{n:05d}" for n in (1, 2, 3, 4)]
    bill = session.scalars(select(m.Bill).where(m.Bill.number == "ZD202612-00002")).one()
    billing.void(session, bill, "租金写错")
    with pytest.raises(Conflict, match="已经作废"):
        billing.void(session, bill, "再次")
    run(session, operator, Month.parse("2027-01"))
    numbers = [it[0] for it in bills(session)]
    assert len(numbers) == 3 + 1 + 2, "the voided month anew, and January of two leases"
    assert len(set(numbers)) == len(numbers)


def test_killed_at_any_piece_and_begun_again(session: Session, operator: m.Operator, monkeypatch: Any) -> None:
    """Each piece is rolled back once after it was made, then the run goes on: the same bills as without, in a row."""
    monkeypatch.setattr("core.services.billing.runs.PIECE", 2)
    for n in range(7):
        signed(session, operator, f"A-{n}")
    made = billing.ask(session, operator.id, DECEMBER, TODAY, begin=DECEMBER)
    run_id, after = made.id, 0
    session.commit()
    while True:
        billing.make_next(session, billing.run_of(session, run_id), after, TODAY)
        session.rollback()  # the power goes
        found = billing.make_next(session, billing.run_of(session, run_id), after, TODAY)
        session.commit()
        if found is None:
            break
        after = found
    again = billing.make_next(session, billing.run_of(session, run_id), 0, TODAY)
    assert again is None, "a run that is over makes nothing"
    made = billing.run_of(session, run_id)
    assert (made.state, made.done, made.whole) == (m.BillingState.DONE, 7, 7)
    assert [it[0] for it in bills(session)] == [f"ZD202612-{n:05d}" for n in range(1, 15)]


def test_numbers_go_on_after_five_digits(session: Session, operator: m.Operator) -> None:
    signed(session, operator, "A-1")
    run(session, operator, DECEMBER)
    first, second = session.scalars(select(m.Bill).order_by(m.Bill.number)).all()
    first.number, second.number = "ZD202612-99998", "ZD202612-99999"
    for code, numbers in (("A-2", (100_000, 100_001)), ("A-3", (100_002, 100_003))):
        signed(session, operator, code)
        run(session, operator, DECEMBER)
        assert {f"ZD202612-{n}" for n in numbers} <= {it[0] for it in bills(session)}


def test_the_preview_is_what_the_run_makes(session: Session, operator: m.Operator) -> None:
    for n in range(3):
        signed(session, operator, f"A-{n}", pay_months=n + 1)
    shown = billing.preview(session, operator.id, DECEMBER, DECEMBER, TODAY)
    assert session.scalar(select(func.count()).select_from(m.Bill)) == 0
    run(session, operator, DECEMBER)
    assert sorted(charge.total_fen for _lease, charge in shown) == sorted(it[3] for it in bills(session))
    assert billing.preview(session, operator.id, DECEMBER, DECEMBER, TODAY) == []


def test_what_was_due_before_the_book_is_not_asked_for(session: Session, operator: m.Operator) -> None:
    f.lease(session, f.tenant(session, operator), starts_on=date(2024, 1, 1), ends_on=None, deposit_fen=900_000)
    run(session, operator, DECEMBER)
    assert [(it[1], it[3]) for it in bills(session)] == [("regular", 450_000)]


def test_what_cannot_be_asked_for(session: Session, operator: m.Operator) -> None:
    with pytest.raises(Invalid, match="从哪个月开始"):
        billing.ask(session, operator.id, DECEMBER, TODAY)
    with pytest.raises(Invalid, match="最多提前3个月"):
        billing.ask(session, operator.id, Month.parse("2027-03"), TODAY, begin=DECEMBER)
    billing.ask(session, operator.id, DECEMBER, TODAY, begin=DECEMBER)
    with pytest.raises(Conflict, match="还在进行"):
        billing.ask(session, operator.id, DECEMBER, TODAY)
    with pytest.raises(Invalid, match="更早的月份"):
        billing.ask(session, operator.id, Month.parse("2026-11"), TODAY)


def test_the_index_refuses_a_second_bill_for_a_period(session: Session, operator: m.Operator) -> None:
    signed(session, operator, "A-1")
    run(session, operator, DECEMBER)
    bill = session.scalars(select(m.Bill).where(m.Bill.kind == m.BillKind.REGULAR)).one()
    same = {key: getattr(bill, key) for key in (
        "kind", "lease_id", "first", "last", "issued_on", "due_on", "total_fen", "operator_id", "tenant_id"
    )}  # fmt: skip
    session.add(m.Bill(number="another", **same))
    with pytest.raises(IntegrityError):
        session.flush()
