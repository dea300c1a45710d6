"""What makes a bill less or gives money back: nothing is lost on the way, and rent stays what was paid of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker
from core.errors import Conflict, Invalid
from core.policy import Month
from core.services import billing, leases
from core.services.billing import Asked
from core.services.invariants import money
from tests import factories as f
from tests.integration.billing.renting import BEGIN, TODAY, bill_of, pay, rent

WAIVER = m.CreditReason.WAIVER


def lease_of(session: Session) -> m.Lease:
    return session.scalars(select(m.Lease)).one()


def test_a_waiver_takes_what_is_owed_first_then_what_was_paid(session: Session, tenant: m.Tenant) -> None:
    """December's 1,000.00 was paid to 600.00. A waiver of 700.00: 400.00 was owed, 300.00 is free and no rent."""
    bill = bill_of(session, m.BillKind.REGULAR)
    payment = pay(session, tenant, 60_000, bill=bill)
    december = bill.lines[0]
    note, freed, _awards = billing.credit(session, bill, {december.id: 70_000}, kind=WAIVER, reason="减免", today=TODAY)
    assert (note.number, note.total_fen) == ("DX202612-00001", 70_000)
    assert freed == [(payment, 30_000)]
    assert (december.paid_fen, december.credited_fen, december.rest_fen) == (30_000, 70_000, 0)
    assert (payment.free_fen, rent(session)) == (30_000, {"2026-12": 30_000})
    with pytest.raises(Invalid, match="未减的金额之间"):
        billing.credit(session, bill, {december.id: 30_001}, kind=WAIVER, reason="减免", today=TODAY)
    with pytest.raises(Invalid, match="至少一项"):
        billing.credit(session, bill, {december.id: 0}, kind=WAIVER, reason="减免", today=TODAY)
    billing.undo_credit(session, note, "写错")
    assert (december.credited_fen, december.rest_fen, payment.free_fen) == (0, 70_000, 30_000)
    billing.settle(session, payment, bill=bill)
    assert rent(session) == {"2026-12": 60_000}
    with pytest.raises(Conflict, match="已经撤销"):
        billing.undo_credit(session, note, "写错")


def test_money_goes_back_only_where_it_is_free(session: Session, tenant: m.Tenant) -> None:
    payment = pay(session, tenant, 200_000 + 315_000 + 40_000, reference="流水1")
    assert payment.free_fen == 40_000
    said: dict[str, Any] = {"refunded_on": TODAY, "method": m.PaymentMethod.TRANSFER, "reason": "多付", "today": TODAY}
    for wrong in ({"amount_fen": 40_001}, {"amount_fen": 0}, {"amount_fen": 1, "refunded_on": date(2026, 12, 21)}):
        with pytest.raises(Invalid):
            billing.refund(session, payment, **(said | wrong))
    refund = billing.refund(session, payment, amount_fen=40_000, **said)
    assert (payment.free_fen, payment.refunded_fen) == (0, 40_000)
    with pytest.raises(Conflict, match="先撤销退款"):
        billing.reverse(session, payment, "退回")
    billing.undo_refund(session, refund, "退汇")
    assert (payment.free_fen, payment.refunded_fen) == (40_000, 0)
    with pytest.raises(Conflict, match="已经撤销"):
        billing.undo_refund(session, refund, "退汇")


def test_a_deposit_pays_what_is_owed_and_is_rent_from_then_on(session: Session, tenant: m.Tenant) -> None:
    """2,000.00 held; 1,200.00 of it pays December and 200.00 of January, the rest goes back."""
    deposit = bill_of(session, m.BillKind.DEPOSIT)
    with pytest.raises(Conflict, match="还没有收齐"):
        billing.offset_deposit(session, deposit, amount_fen=1, reason="抵扣", today=TODAY)
    paid = pay(session, tenant, 200_000, bill=deposit, payer_name="青禾（上海）公司", reference="流水1")
    assert (rent(session), billing.deposit_held(deposit)) == ({}, 200_000)
    made = billing.offset_deposit(session, deposit, amount_fen=120_000, reason="抵扣", today=TODAY)
    assert (made.method, made.amount_fen, made.free_fen) == (m.PaymentMethod.OFFSET, 120_000, 0)
    assert rent(session) == {"2026-12": 100_000, "2027-01": 20_000}
    assert {it.payer for it in session.scalars(select(m.RentPayment))} == {m.Payer.TENANT}
    assert (billing.deposit_held(deposit), paid.refunded_fen, paid.free_fen) == (80_000, 120_000, 0)
    refunds = billing.return_deposit(
        session, deposit, amount_fen=80_000, refunded_on=TODAY, method=m.PaymentMethod.TRANSFER, reason="退租",
        today=TODAY,
    )  # fmt: skip
    assert [(it.payment_id, it.amount_fen) for it in refunds] == [(paid.id, 80_000)]
    assert (billing.deposit_held(deposit), deposit.rest_fen, paid.refunded_fen) == (0, 0, 200_000)
    with pytest.raises(Invalid, match="不超过已收的押金"):
        billing.offset_deposit(session, deposit, amount_fen=1, reason="抵扣", today=TODAY)
    with pytest.raises(Conflict, match="请冲销抵扣形成的"):
        billing.undo_refund(session, session.scalars(select(m.Refund).where(m.Refund.into_id == made.id)).one(), "错")
    billing.reverse(session, made, "写错")
    assert rent(session) == {}
    session.refresh(paid)
    assert (billing.deposit_held(deposit), paid.refunded_fen, paid.free_fen) == (120_000, 80_000, 0)


def test_a_notice_takes_the_days_after_it_off_the_bill(session: Session, tenant: m.Tenant) -> None:
    """Paid for three months; the lease ends on 10 January: of January 10 of 31 days stay, February goes. Taking the
    notice back asks for it again."""
    payment = pay(session, tenant, 315_000, bill=bill_of(session, m.BillKind.REGULAR))
    lease = lease_of(session)
    notes, awards = leases.give_notice(
        session, lease, by=m.NoticeBy.TENANT, on=TODAY, last_day=date(2027, 1, 10), today=TODAY
    )
    rest = 32_258 + 1_613  # 10 of 31 days of 1,000.00 and of 50.00
    assert [note.total_fen for note in notes] == [2 * 105_000 - rest]
    assert (rent(session), awards) == ({"2026-12": 100_000, "2027-01": 32_258}, [])
    assert payment.free_fen == 2 * 105_000 - rest
    assert billing.beyond(session, lease) == []
    leases.take_notice_back(session, lease)
    bill = bill_of(session, m.BillKind.REGULAR)
    session.refresh(bill)
    assert bill.rest_fen == payment.free_fen
    billing.settle(session, payment, bill=bill)
    assert rent(session) == dict.fromkeys(("2026-12", "2027-01", "2027-02"), 100_000)


def test_a_bill_by_hand(session: Session, tenant: m.Tenant) -> None:
    lease = lease_of(session)
    october = Asked(m.Fee.RENT, 90_000, Month.parse("2026-10"))
    said: dict[str, Any] = {"kind": m.BillKind.OPENING, "due_on": date(2026, 10, 5), "today": TODAY}
    bill = billing.ask_for(session, tenant, [october, Asked(m.Fee.OTHER, 1, what="门禁卡")], lease=lease, **said)
    assert (bill.number, bill.total_fen, bill.first) == ("ZD202612-00003", 90_001, date(2026, 10, 1))
    pay(session, tenant, 90_000)
    assert rent(session) == {"2026-10": 90_000}, "it has been due longest"
    other = f.tenant(session, session.get_one(m.Operator, tenant.operator_id), name="别家")
    wrongs: list[tuple[list[Asked], dict[str, Any], str]] = [
        ([], {}, "至少一项"),
        ([Asked(m.Fee.OTHER, 0)], {}, "大于0"),
        ([october], {}, "选择协议"),
        ([Asked(m.Fee.RENT, 1)], {"lease": lease}, "哪个月"),
        ([Asked(m.Fee.RENT, 1, BEGIN)], {"lease": lease}, "已经在账单ZD202612-0000"),
        ([Asked(m.Fee.OTHER, 1)], {"kind": m.BillKind.EXTRA}, "不能早于今天"),
    ]
    for lines, wrong, sentence in wrongs:
        with pytest.raises((Invalid, Conflict), match=sentence):
            billing.ask_for(session, tenant, lines, **(said | wrong))
    with pytest.raises(Invalid, match="自己的协议"):
        billing.ask_for(session, other, [october], lease=lease, **said)


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_two_payments_of_one_line_at_one_moment(engine: Engine, session: Session, tenant: m.Tenant) -> None:
    """Both have read the bill before either pays. On SQLite the second could not even read it so: the transaction is
    the lock."""
    tenant_id, bill_id = tenant.id, bill_of(session, m.BillKind.REGULAR).id
    session.commit()
    ready = threading.Barrier(2)

    def one(reference: str) -> None:
        with Session(engine, info={"asker": Asker.system("tests")}) as own:
            bill = own.get_one(m.Bill, bill_id)
            assert sum(line.paid_fen for line in bill.lines) == 0
            ready.wait(10)
            pay(own, own.get_one(m.Tenant, tenant_id), 70_000, bill=bill, reference=reference)
            own.commit()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, ("流水1", "流水2")))
    session.expire_all()
    assert sum(line.paid_fen for line in session.get_one(m.Bill, bill_id).lines) == 140_000
    assert rent(session) == {"2026-12": 100_000, "2027-01": 40_000}
    assert list(money.check(session.connection())) == []


ACT = st.one_of(
    st.tuples(st.just("pay"), st.integers(1, 250_000)),
    st.tuples(st.just("reverse"), st.integers(0, 5)),
    st.tuples(st.just("credit"), st.integers(1, 120_000)),
    st.tuples(st.just("undo_credit"), st.integers(0, 5)),
    st.tuples(st.just("refund"), st.integers(1, 120_000)),
    st.tuples(st.just("undo_refund"), st.integers(0, 5)),
    st.tuples(st.just("offset"), st.integers(1, 120_000)),
    st.tuples(st.just("settle"), st.just(0)),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=st.lists(ACT, max_size=10))
def test_any_sequence_of_acts_adds_up(session: Session, tenant: m.Tenant, acts: list[tuple[str, int]]) -> None:
    """Money that came in is on lines, free, or went back; lines are what their allocations and credit notes come to;
    rent is what its lines were paid. An act that is refused changes nothing."""
    with session.begin_nested() as undo:
        for act, n in acts:
            with session.begin_nested() as step:
                try:
                    _act(session, tenant, act, n)
                except (Invalid, Conflict):
                    step.rollback()
        session.flush()
        session.expire_all()
        assert list(money.check(session.connection())) == []
        lines = session.scalars(select(m.BillLine)).all()
        owed = sum(line.rest_fen for line in lines)
        came = session.scalars(select(m.Payment).where(m.Payment.reversed_at.is_(None))).all()
        assert sum(line.amount_fen - line.credited_fen for line in lines) == owed + sum(
            it.amount_fen - it.free_fen - it.refunded_fen for it in came
        )
        undo.rollback()


def _act(session: Session, tenant: m.Tenant, act: str, n: int) -> None:
    def nth(model: Any, *criteria: Any) -> Any:
        found = session.scalars(select(model).where(*criteria).order_by(model.id)).all()
        if not found:
            raise Conflict("nothing there")
        return found[n % len(found)]

    if act == "pay":
        pay(session, tenant, n)
    elif act == "reverse":
        billing.reverse(session, nth(m.Payment, m.Payment.reversed_at.is_(None)), "退回")
    elif act == "credit":
        line = nth(m.BillLine)
        billing.credit(session, line.bill, {line.id: n}, kind=WAIVER, reason="减免", today=TODAY)
    elif act == "undo_credit":
        billing.undo_credit(
            session, nth(m.CreditNote, m.CreditNote.kind == WAIVER, m.CreditNote.undone_at.is_(None)), "写错"
        )
    elif act == "refund":
        billing.refund(
            session, nth(m.Payment), amount_fen=n, refunded_on=TODAY, method=m.PaymentMethod.CASH, reason="多付",
            today=TODAY,
        )  # fmt: skip
    elif act == "undo_refund":
        billing.undo_refund(session, nth(m.Refund), "退汇")
    elif act == "offset":
        deposit = bill_of(session, m.BillKind.DEPOSIT)
        billing.offset_deposit(session, deposit, amount_fen=n, reason="抵扣", today=TODAY)
    else:
        billing.settle(session, nth(m.Payment, m.Payment.reversed_at.is_(None)))


def test_the_pages(session: Session, tenant: m.Tenant, client_as: Callable[..., Any]) -> None:
    """By the manager, with every form refused once and nothing lost; staff and the tenant only read."""
    operator = session.get_one(m.Operator, tenant.operator_id)
    manager = client_as(f.user(session, m.Role.OPERATOR_MANAGER, operator=operator))
    staff = client_as(f.user(session, m.Role.OPERATOR_STAFF, operator=operator))
    founder = client_as(f.user(session, m.Role.FOUNDER, tenant=tenant))
    deposit, regular = (bill_of(session, it).id for it in (m.BillKind.DEPOSIT, m.BillKind.REGULAR))
    line = session.scalars(
        select(m.BillLine.id).where(m.BillLine.bill_id == regular).order_by(m.BillLine.place)
    ).first()
    session.commit()
    body = {"tenant_id": tenant.id, "amount_fen": "2100", "received_on": "2026-01-05", "method": "transfer"}
    assert "请选择企业" in staff.post("/payments/new", data=body | {"tenant_id": ""}).text
    made = staff.post("/payments/new", data=body)
    assert made.status_code == 302, made.text
    payment = made.location
    assert "2,100.00" in founder.get(payment).text
    assert "2,100.00" in manager.get("/payments").text

    credit = {"credit-kind": "waiver", "credit-parts-0-line_id": line, "credit-parts-0-amount_fen": "950"}
    assert staff.post(f"/bills/{regular}/credit-notes", data=credit | {"credit-reason": "减免"}).status_code == 403
    refused = manager.post(f"/bills/{regular}/credit-notes", data=credit)
    assert (refused.status_code, 'value="950"' in refused.text) == (422, True)
    done = manager.post(
        f"/bills/{regular}/credit-notes", data=credit | {"credit-reason": "减免"}, follow_redirects=True
    )
    assert "转为预收" in done.text
    note = session.scalars(select(m.CreditNote)).one()
    assert founder.get(f"/bills/{regular}/credit-notes/{note.id}/paper").mimetype == "application/pdf"
    session.commit()

    back = {"refund-amount_fen": "51", "refund-refunded_on": "2026-01-06", "refund-method": "transfer"}
    refused = manager.post(f"{payment}/refunds", data=back | {"refund-reason": "多付"})
    assert (refused.status_code, "不超过未使用的部分" in refused.text, 'value="51"' in refused.text) == (
        422,
        True,
        True,
    )
    back |= {"refund-reason": "多付", "refund-amount_fen": "50"}
    assert manager.post(f"{payment}/refunds", data=back).status_code == 302
    assert "多付" in founder.get(payment).text
    refund = session.scalars(select(m.Refund)).one().id
    session.commit()
    assert manager.post(f"{payment}/reversal", data={"reason": "退回"}).status_code == 409
    assert manager.post(f"{payment}/refunds/{refund}/undoing", data={"reason": "退汇"}).status_code == 302
    assert manager.post(f"/bills/{regular}/credit-notes/{note.id}/undoing", data={"reason": "写错"}).status_code == 302

    off = {"offset-amount_fen": "500", "offset-reason": "抵扣"}
    assert "不能多于" in manager.post(f"/bills/{deposit}/deposit/offset", data=off | {"offset-amount_fen": "9999"}).text
    assert manager.post(f"/bills/{deposit}/deposit/offset", data=off).status_code == 302
    home = {"deposit-amount_fen": "1500", "deposit-refunded_on": "2026-01-06", "deposit-method": "transfer"}
    assert manager.post(f"/bills/{deposit}/deposit/return", data=home | {"deposit-reason": "退租"}).status_code == 302
    assert "退租" in manager.get(f"/bills/{deposit}").text
    offset = session.scalars(select(m.Payment.id).where(m.Payment.method == m.PaymentMethod.OFFSET)).one()
    session.commit()
    assert manager.post(f"/payments/{offset}/reversal", data={"reason": "写错"}).status_code == 302

    new = {"tenant_id": tenant.id, "kind": "opening", "due_on": "2025-01-05", "lines-0-fee": "rent"}
    new |= {"lines-0-amount_fen": "12.5", "lines-0-month": "2025-01"}
    refused = staff.post("/bills/new", data=new)
    assert (refused.status_code, "选择协议" in refused.text, 'value="12.5"' in refused.text) == (422, True, True)
    made = staff.post("/bills/new", data=new | {"lease_id": lease_of(session).id})
    assert made.status_code == 302, made.text
    assert "期初欠款" in founder.get(made.location).text
