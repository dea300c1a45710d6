"""Money that came in: what it pays, the rent it makes a fact of, and taking it back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker
from core.errors import Conflict, Invalid
from core.services import billing
from core.services.invariants import money
from tests import factories as f
from tests.integration.billing.renting import bill_of, pay, rent


def test_the_named_bill_first_then_the_oldest_and_what_is_left_is_kept(session: Session, tenant: m.Tenant) -> None:
    """2,500.00 on the bill of rent: two months and a half. Then 2,700.00: the rest of it after the deposit that was due
    before, and 50.00 are left over."""
    regular = bill_of(session, m.BillKind.REGULAR)
    pay(session, tenant, 250_000, bill=regular, payer_name="青禾(上海) 公司", reference="流水1")
    assert rent(session) == {"2026-12": 100_000, "2027-01": 100_000, "2027-02": 50_000}
    payers = session.scalars(select(m.RentPayment.payer)).all()
    assert set(payers) == {m.Payer.TENANT}
    second = pay(session, tenant, 270_000, payer_name="某某集团", reference="流水2")
    assert second.free_fen == 270_000 - 200_000 - 50_000 - 15_000
    assert rent(session) == dict.fromkeys(("2026-12", "2027-01", "2027-02"), 100_000)
    lines = session.scalars(select(m.BillLine)).all()
    assert all(line.paid_fen == line.amount_fen for line in lines)
    deposit = session.scalars(select(m.RentPayment).where(m.RentPayment.paid_fen > 100_000)).all()
    assert deposit == [], "a deposit is never rent"


def test_a_reversal_opens_the_lines_and_names_the_awards(
    session: Session, tenant: m.Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    regular = bill_of(session, m.BillKind.REGULAR)
    payment = pay(session, tenant, 120_000, bill=regular, reference="流水1")
    with pytest.raises(Conflict, match="已有收款"):
        billing.void(session, regular, "写错")
    monkeypatch.setattr("core.services.billing.payments.awards_on", lambda *_: ["虹人社〔2026〕1号"])
    assert billing.reverse(session, payment, "退回") == ["虹人社〔2026〕1号"]
    assert rent(session) == {}
    assert set(session.scalars(select(m.BillLine.paid_fen))) == {0}
    with pytest.raises(Conflict, match="已经冲销"):
        billing.reverse(session, payment, "再次")
    pay(session, tenant, 120_000, bill=regular, reference="流水1")
    assert rent(session) == {"2026-12": 100_000, "2027-01": 20_000}


def test_what_cannot_be_recorded(session: Session, tenant: m.Tenant) -> None:
    pay(session, tenant, 1, reference="流水1")
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"fen": 0}, "金额应大于0"),
        ({"fen": -5}, "金额应大于0"),
        ({"fen": 10**13}, "金额应大于0"),
        ({"fen": 1, "received_on": date(2026, 12, 21)}, "不能晚于今天"),
        ({"fen": 1, "reference": " 流水1 "}, "已经登记过"),
    ]
    for wrong, sentence in wrongs:
        with pytest.raises((Invalid, Conflict), match=sentence):
            pay(session, tenant, **wrong)
    void = bill_of(session, m.BillKind.DEPOSIT)
    for line in void.lines:
        line.paid_fen = 0
    billing.void(session, void, "写错")
    with pytest.raises(Conflict, match="已作废"):
        pay(session, tenant, 1, bill=void)
    lease = session.scalars(select(m.Lease)).one()
    f.rent(session, lease, "2026-12", 100, voucher="流水9")
    with pytest.raises(Conflict, match="租金台账"):
        pay(session, tenant, 300_000, reference="流水9")


def test_the_database_lets_no_line_be_paid_twice(session: Session, tenant: m.Tenant) -> None:
    line = session.scalars(select(m.BillLine).limit(1)).one()
    line.paid_fen = line.amount_fen + 1
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_taken_back_twice_at_one_moment(engine: Engine, session: Session, tenant: m.Tenant) -> None:
    """Both have read the payment before either takes it back: once is enough, and the other payment stands."""
    regular = bill_of(session, m.BillKind.REGULAR)
    ids = [pay(session, tenant, 40_000, bill=regular, reference=f"流水{n}").id for n in (1, 2)]
    session.commit()
    ready = threading.Barrier(2)

    def back(_: int) -> str:
        with Session(engine, info={"asker": Asker.system("tests")}) as own:
            payment = own.get_one(m.Payment, ids[0])
            ready.wait(10)
            try:
                billing.reverse(own, payment, "退回")
                own.commit()
            except Conflict as error:
                return str(error)
            return "done"

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(back, range(2)))
    assert found == ["done", "这笔收款已经冲销"]
    session.expire_all()
    assert rent(session) == {"2026-12": 40_000}
    assert list(money.check(session.connection())) == []


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=st.lists(st.one_of(st.integers(1, 200_000), st.just("back")), max_size=8))
def test_any_sequence_of_payments_and_reversals_adds_up(
    session: Session, tenant: m.Tenant, acts: list[int | str]
) -> None:
    """Allocated and free are what stands; lines are paid by what was allocated; rent is what its lines were paid."""
    with session.begin_nested() as undo:
        standing: list[m.Payment] = []
        for act in acts:
            if act == "back" and standing:
                billing.reverse(session, standing.pop(), "退回")
            elif isinstance(act, int):
                standing.append(pay(session, tenant, act))
        free = sum(it.free_fen for it in standing)
        paid = session.scalar(select(func.coalesce(func.sum(m.BillLine.paid_fen), 0)))
        assert paid + free == sum(it.amount_fen for it in standing)
        lines = session.execute(
            select(m.BillLine.month, m.BillLine.paid_fen).where(m.BillLine.fee == m.Fee.RENT, m.BillLine.paid_fen > 0)
        )
        assert rent(session) == {line.month: line.paid_fen for line in lines}
        undo.rollback()
