"""What is owed by age, of today and of days past, and the account that says how it came about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.queries import arrears, bills, occupancy, statement
from core.errors import DomainError
from core.policy import Month
from core.services import billing
from core.services.billing import Asked
from tests import factories as f

BEGAN = date(2026, 3, 1)
TRANSFER = m.PaymentMethod.TRANSFER
CLOCKS = ("bills", "corrections", "refunds", "payments", "journal")


@pytest.fixture
def tenant(session: Session) -> m.Tenant:
    operator = f.operator(session, f.district(session))
    session.add(m.BillingBook(operator_id=operator.id, from_month="2026-01"))
    made = f.tenant(session, operator, name="青禾公司")
    session.commit()
    return made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """The day on which acts are done."""
    now = [BEGAN]
    for name in CLOCKS:
        at = f"core.services.billing.{name}.utcnow"
        monkeypatch.setattr(at, lambda: datetime(now[0].year, now[0].month, now[0].day, 4, tzinfo=UTC))
    return now


def bill(session: Session, tenant: m.Tenant, today: date, *fens: int, due_in: int = 0, deposit: int = 0) -> m.Bill:
    lines = [Asked(m.Fee.SERVICE, fen) for fen in fens] + ([Asked(m.Fee.DEPOSIT, deposit)] if deposit else [])
    due_on = today + timedelta(days=due_in)
    return billing.ask_for(session, tenant, lines, kind=m.BillKind.EXTRA, due_on=due_on, today=today)


def row(session: Session, day: date, today: date) -> Any:
    return session.execute(arrears.listing(day, today).statement).one()


def test_ages_of_today_and_of_a_day_past(session: Session, tenant: m.Tenant, clock: list[date]) -> None:
    """Bills of 1.00, 2.00, 4.00 … due 0, 1, 30, 31, 60, 61, 90, 91, 180 and 181 days ago, and a deposit apart."""
    today = BEGAN + timedelta(days=200)
    ages = (-5, 0, 1, 30, 31, 60, 61, 90, 91, 180, 181)
    for n, age in enumerate(ages):
        bill(session, tenant, today - timedelta(days=max(age, 0)), 2**n, due_in=max(-age, 0))
    bill(session, tenant, BEGAN, deposit=7_000)
    found = row(session, today, today)
    assert (found.d0, found.d30, found.d60) == (1 + 2, 4 + 8, 16 + 32)
    assert (found.d90, found.d180, found.older) == (64 + 128, 256 + 512, 1024)
    assert (found.rest_fen, found.late_fen, found.deposit_fen) == (2047, 2044, 7_000)
    assert found.oldest == BEGAN
    assert [arrears.bucket(age) for age in ages] == ["d0"] * 2 + ["d30"] * 2 + ["d60"] * 2 + ["d90"] * 2 + [
        "d180", "d180", "older",
    ]  # fmt: skip

    clock[0] = today
    before = row(session, today - timedelta(days=31), today)
    billing.record(session, tenant, amount_fen=9_047, received_on=today, method=TRANSFER, today=today)
    assert session.execute(arrears.listing(today, today).statement).all() == []
    assert row(session, today - timedelta(days=31), today) == before, "what is paid today was owed then"
    assert bills.totals(session, today) == (0, 0, 0, 0)


def test_a_tenant_that_left_is_there(session: Session, tenant: m.Tenant) -> None:
    today = BEGAN + timedelta(days=40)
    bill(session, tenant, BEGAN, 500)
    assert row(session, today, today).state == "none"
    lease = f.lease(session, tenant, starts_on=date(2025, 1, 1), ends_on=date(2026, 12, 31))
    assert row(session, today, today).state == "in"
    lease.status, lease.ends_on = m.LeaseStatus.ENDED, date(2026, 3, 31)
    session.flush()
    assert row(session, today, today).state == "ended"
    tenant.stage = m.Stage.EXITED
    session.flush()
    assert row(session, today, today).state == "gone"
    assert [(it.name, it.fen, it.day) for it in arrears.late(session, today)] == [("青禾公司", 500, BEGAN)]
    assert arrears.open_of(session, tenant.id) == (1, 500)


def test_where_bills_are_made_they_say_which_rent_is_open(session: Session, tenant: m.Tenant) -> None:
    lease = f.lease(session, tenant, starts_on=date(2025, 1, 1), ends_on=None)
    f.rent(session, lease, "2025-01")
    today = date(2026, 5, 20)
    assert occupancy.arrears(session, today, [lease])[lease.id] == occupancy.Arrears(), "nothing is billed"
    for month, due_on in (("2026-04", date(2026, 4, 1)), ("2026-05", date(2026, 5, 20))):
        billing.ask_for(
            session, tenant, [Asked(m.Fee.RENT, 300, Month.parse(month)), Asked(m.Fee.SERVICE, 5)],
            kind=m.BillKind.EXTRA, due_on=due_on, today=due_on, lease=lease,
        )  # fmt: skip
    found = occupancy.arrears(session, today, [lease])[lease.id]
    assert found == occupancy.Arrears(("2026-04",), 300, this_month=True)


ACTS = (
    "bill",
    "deposit",
    "pay",
    "late",
    "use",
    "reverse",
    "credit",
    "uncredit",
    "refund",
    "unrefund",
    "void",
    "offset",
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 9_000), st.integers(0, 3)), max_size=14))
@example(acts=[("bill", 1, 0), ("pay", 1, 0), ("reverse", 1, 1), ("late", 1, 0)])
def test_any_account_closes_with_what_is_owed_less_what_is_free(
    session: Session, tenant: m.Tenant, clock: list[date], acts: list[tuple[str, int, int]]
) -> None:
    """Whatever is done, on each day the account's balance is what arrears say less the credit; and what was said of a
    day is said of it later, but for money written down late."""
    with session.begin_nested() as undo:
        clock[0], said, late = BEGAN, {}, False
        for act, fen, days in acts:
            said[clock[0]] = owed(session, tenant, clock[0], clock[0])
            clock[0] += timedelta(days=days)
            late = late or act == "late"
            with session.begin_nested() as attempt:
                try:
                    do(session, tenant, act, fen, clock[0])
                except DomainError:
                    attempt.rollback()
        today = clock[0]
        said[today] = owed(session, tenant, today, today)
        lines = session.scalars(select(m.BillLine).join(m.Bill).where(m.Bill.status == m.BillStatus.OPEN))
        free = session.scalar(select(func.coalesce(func.sum(m.Payment.free_fen), 0)))
        assert said[today] == (sum(it.rest_fen for it in lines), free)
        for day, (rest, credit) in said.items():
            shown = statement.statement(session, tenant.id, BEGAN, day)
            again = owed(session, tenant, day, today + timedelta(days=1))
            assert shown.closing_fen == again[0] - again[1]
            assert late or again == (rest, credit)
            assert statement.statement(session, tenant.id, day, today).opening_fen + sum(
                it.fen for it in shown.entries if it.on == day
            ) == shown.closing_fen  # fmt: skip
        undo.rollback()


def owed(session: Session, tenant: m.Tenant, day: date, today: date) -> tuple[int, int]:
    found = arrears.bills(session, tenant.id, day, today)
    return sum(it.rest_fen for it in found), arrears.free_of(session, tenant.id, day)


def do(session: Session, tenant: m.Tenant, act: str, fen: int, today: date) -> None:  # noqa: C901  a branch for each act
    def newest(model: Any, *where: Any) -> Any:
        return session.scalars(select(model).where(*where).order_by(model.id.desc())).first()

    payment = newest(m.Payment, m.Payment.reversed_at.is_(None))
    of = newest(m.Bill, m.Bill.status == m.BillStatus.OPEN)
    note = newest(m.CreditNote, m.CreditNote.undone_at.is_(None))
    back = newest(m.Refund, m.Refund.undone_at.is_(None))
    match act:
        case "bill":
            bill(session, tenant, today, fen, 50)
        case "deposit":
            bill(session, tenant, today, deposit=fen)
        case "pay" | "late":
            on = max(BEGAN, today - timedelta(days=2)) if act == "late" else today
            billing.record(session, tenant, amount_fen=fen, received_on=on, method=TRANSFER, today=today)
        case "use":
            for it in bills.free_of(session, tenant.id):
                billing.settle(session, it)
        case "reverse" if payment:
            billing.reverse(session, payment, "退")
        case "credit" if of:
            session.refresh(of)
            kind = m.CreditReason.WAIVER
            billing.credit(session, of, {of.lines[0].id: min(fen, 800)}, kind=kind, reason="减", today=today)
        case "uncredit" if note and note.kind is m.CreditReason.WAIVER:
            billing.undo_credit(session, note, "错")
        case "refund" if payment:
            said = {"refunded_on": today, "method": TRANSFER, "reason": "退", "today": today}
            billing.refund(session, payment, amount_fen=min(fen, payment.free_fen), **said)
        case "unrefund" if back:
            billing.undo_refund(session, back, "退汇")
        case "void" if of:
            session.refresh(of)
            billing.void(session, of, "错")
        case "offset":
            for it in session.scalars(select(m.Bill).where(m.Bill.status == m.BillStatus.OPEN)).all():
                session.refresh(it)
                if billing.deposit_held(it):
                    billing.offset_deposit(session, it, amount_fen=min(fen, 300), reason="抵", today=today)
                    return
