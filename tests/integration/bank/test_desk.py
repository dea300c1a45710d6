"""Lines come in once, are booked once, and wait again when their payment is taken back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.data.queries import bank as reads
from core.errors import Conflict, Invalid
from core.services import bank, billing
from tests.support.statements import file


def bring(session: Session, operator: m.Operator, *rows: tuple[str, ...]) -> m.BankStatement:
    return bank.keep(session, operator.id, bank.read(file(*rows), "明细.csv", today=today()))


def today() -> date:
    return core.today().date()


def lines(session: Session) -> list[m.BankLine]:
    return list(session.scalars(select(m.BankLine).order_by(m.BankLine.id)))


def tenant(session: Session, name: str) -> m.Tenant:
    return session.scalars(select(m.Tenant).where(m.Tenant.name == name)).one()


def states(session: Session) -> list[str]:
    session.expire_all()
    return [row.state for row in session.execute(reads.listing().statement.order_by(m.BankLine.id))]


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(m.Payment).where(m.Payment.reversed_at.is_(None))) or 0


def test_a_line_comes_in_once(session: Session, operator: m.Operator) -> None:
    rows = (("3100.00", "青禾公司", "房租", "N1"), ("5", "路人", "", "N2"))
    made = bring(session, operator, *rows)
    assert (len(made.lines), made.outgoing, made.repeated) == (2, 1, 0)
    assert {line.payer_tail for line in made.lines} == {"2233"}, "of an account number four digits are kept"
    with pytest.raises(Conflict, match="没有新的收入"):
        bring(session, operator, *rows)
    more = bring(session, operator, *rows, ("6", "路人", "", "N3"))
    assert ([line.reference for line in more.lines], more.repeated) == (["N3"], 2)
    twin = {column.key: getattr(more.lines[0], column.key) for column in m.BankLine.__mapper__.column_attrs}
    session.add(m.BankLine(**twin | {"id": None}))
    with pytest.raises(IntegrityError):
        session.flush()


def test_from_booking_to_reversal_and_back(session: Session, operator: m.Operator) -> None:
    bring(session, operator, ("3100", "青禾公司", "房租", "N1"), ("7", "某银行", "结息", "N2"))
    rent, interest = lines(session)
    payment = bank.book(session, rent, tenant(session, "青禾公司"), today())
    assert (payment.reference, payment.payer_name, payment.free_fen) == ("N1", "青禾公司", 0)
    assert (payment.method, payment.note) == (m.PaymentMethod.TRANSFER, "房租")
    assert session.scalars(select(m.RentPayment.paid_fen)).all() == [310_000]
    with pytest.raises(Conflict, match="已经入账"):
        bank.book(session, rent, tenant(session, "青禾公司"), today())
    with pytest.raises(Invalid, match="原因"):
        bank.set_aside(session, interest, " ")
    bank.set_aside(session, interest, "利息")
    assert states(session) == ["booked", "aside"]
    for act in (
        lambda: bank.book(session, interest, tenant(session, "青禾公司"), today()),
        lambda: bank.set_aside(session, interest, "利息"),
        lambda: bank.set_aside(session, rent, "利息"),
    ):
        with pytest.raises(Conflict):
            act()
    bank.take_back(session, interest)
    with pytest.raises(Conflict, match="没有搁置"):
        bank.take_back(session, interest)
    billing.reverse(session, payment, "退回")
    assert states(session) == ["waits", "waits"]
    again = bank.book(session, rent, tenant(session, "青禾公司"), today())
    assert (states(session), again.id != payment.id) == (["booked", "waits"], True)
    billing.reverse(session, again, "退回")
    bank.set_aside(session, rent, "退款")
    assert states(session) == ["aside", "waits"]


def test_what_was_recorded_by_hand_is_not_counted_twice(session: Session, operator: m.Operator) -> None:
    def by_hand(reference: str | None, fen: int) -> m.Payment:
        return billing.record(
            session, tenant(session, "青禾公司"), amount_fen=fen, received_on=today() - timedelta(days=2),
            method=m.PaymentMethod.TRANSFER, today=today(), reference=reference,
        )  # fmt: skip

    before = by_hand("N1", 310_000)
    bring(
        session, operator, ("3100", "青禾公司", "", "N1"), ("20", "蓝图公司", "", "N2"), ("30", "蓝图公司", "", "N3"),
        ("40", "蓝图公司", "", "N4"),
    )  # fmt: skip
    first, second, third, fourth = lines(session)
    assert (first.payment_id, states(session)) == (before.id, ["booked", "waits", "waits", "waits"])
    later, other, unnumbered = by_hand("N2", 2_000), by_hand("N3", 2_999), by_hand(None, 4_000)
    assert bank.book(session, second, tenant(session, "蓝图公司"), today()) == later
    with pytest.raises(Conflict, match="金额不同"):
        bank.book(session, third, tenant(session, "蓝图公司"), today())
    assert reads.similar(session, fourth) == [unnumbered]
    with pytest.raises(Conflict):
        bank.join(session, fourth, other)
    bank.join(session, fourth, unnumbered)
    assert states(session) == ["booked", "booked", "waits", "booked"]
    assert count(session) == 4


def test_a_number_that_a_bank_gives_to_several(session: Session, operator: m.Operator) -> None:
    bring(session, operator, ("10", "青禾公司", "", "批1"), ("20", "蓝图公司", "", "批1"))
    one, other = lines(session)
    bank.book(session, one, tenant(session, "青禾公司"), today())
    made = bank.book(session, other, tenant(session, "蓝图公司"), today())
    assert made.reference == f"批1#{other.id}"


def test_all_that_is_certain_and_nothing_else(session: Session, operator: m.Operator) -> None:
    number = session.scalars(
        select(m.Bill.number).join(m.Tenant, m.Tenant.id == m.Bill.tenant_id).where(m.Tenant.name == "蓝图公司")
    ).one()
    bring(
        session, operator, ("3100", "青禾公司", "", "N1"), ("3100", "青禾公司", "", "N2"),
        ("2000", "周明", number, "N3"), ("1", "青禾公司", "", "N4"), ("3100", "路人", "", "N5"),
    )  # fmt: skip
    found = bank.matches(session, operator.id, lines(session))
    certain = {line_id for line_id, it in found.items() if it.certainty is bank.Certainty.CERTAIN}
    assert len(certain) == 2
    everything = {line.id for line in lines(session)}
    done = bank.book_certain(session, operator.id, everything, today())
    assert (done.lines, done.fen, done.left) == (2, 510_000, [])
    assert states(session) == ["booked", "waits", "booked", "waits", "waits"]
    assert bank.book_certain(session, operator.id, everything, today()).lines == 0
    assert session.scalar(select(func.sum(m.BillLine.amount_fen - m.BillLine.paid_fen))) == 0
    # 周明 has paid for 蓝图公司 now: known the next time
    bring(session, operator, ("2000", "周明", "", "N6"))
    reasons = bank.matches(session, operator.id, lines(session)[-1:])[lines(session)[-1].id].proposals[0].reasons
    assert bank.Reason.PAYER in reasons


def test_one_that_cannot_be_booked_does_not_stop_the_others(session: Session, operator: m.Operator) -> None:
    bring(session, operator, ("3100", "青禾公司", "", "N1"), ("2000", "蓝图公司", "", "N2"))
    lease = session.scalars(
        select(m.Lease).join(m.Tenant, m.Tenant.id == m.Lease.tenant_id).where(m.Tenant.name == "青禾公司")
    ).one()
    month = f"{today():%Y-%m}"
    session.add(
        m.RentPayment(
            operator_id=operator.id, tenant_id=lease.tenant_id, lease_id=lease.id, month=month, paid_fen=1, voucher="N1"
        )
    )
    done = bank.book_certain(session, operator.id, {line.id for line in lines(session)}, today())
    assert (done.lines, [str(it)[:4] for it in done.left]) == (1, ["租金台账"])
    assert states(session) == ["waits", "booked"]


def test_of_eight_who_book_a_line_at_once_one_does(session: Session, operator: m.Operator, engine: Engine) -> None:
    bring(session, operator, ("3100", "青禾公司", "", "N1"))
    line_id, tenant_id = lines(session)[0].id, tenant(session, "青禾公司").id
    session.commit()
    start = threading.Barrier(8)

    def book(_n: int) -> bool:
        with Session(engine, info=session.info) as own:
            line, who = own.get_one(m.BankLine, line_id), own.get_one(m.Tenant, tenant_id)
            own.commit()
            start.wait(timeout=180)
            try:
                bank.book(own, line, who, today())
                own.commit()
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(book, range(8))) == 1
    assert (count(session), states(session)) == (1, ["booked"])
