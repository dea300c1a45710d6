"""What the bank says: booked where it fits, told row by row where not; money that comes back later."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.data import models as m
from core.data.asker import Asker, asking
from core.data.queries import reconciliation
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid
from core.services import disbursement, payees, pools
from core.services.pools import booking
from tests import factories
from tests.integration.payouts.conftest import PAID_ON, Till, good, reading

AMOUNT = 300_000
WRONG: dict[str, dict[str, Any]] = {
    "没有这个参考号": {"reference": "BF999"},
    "金额100.00元与送出的3,000.00元不同": {"yuan": 100},
    "末四位9999": {"account": "6222000099999999"},
    "没有记账日期": {"on": None},
    "今天之后": {"on": "2026-12-02"},
    "凭证号": {"voucher": None},
    "看不懂处理结果": {"said": "嗯"},
}


def carried_over(till: Till, case: m.Case) -> m.Pool:
    """The next year's pool, which the case draws on: what was left was carried over before it was accepted."""
    following = factories.pool(till.session, till.scene.district, till.scene.policy, year=2027)
    with asking(till.session, Asker.system("tests")):
        pool = pools.pool_of(till.session, case)
        pools.uncommit(till.session, pool, case, AMOUNT)
        pool.carried_at = utcnow()
        till.session.flush()
        pools.commit(till.session, pools.pool_of(till.session, case), case, AMOUNT)
    return following


def test_a_file_with_bad_rows_books_nothing_until_they_are_accepted(till: Till) -> None:
    other = till.sent(till.issued())
    batch = till.sent(till.issued(2))
    fits, bad = batch.rows
    for why, instead in WRONG.items():
        found = disbursement.sort(till.session, batch, reading([good(fits), good(bad, **instead)]), PAID_ON)
        assert [why in str(wrong.why) for wrong in found.wrong] == [True], (why, [str(w.why) for w in found.wrong])
    for lines, why in (
        ([good(fits), good(bad), good(bad)], "出现2次"),
        ([good(fits), good(other.rows[0])], f"属于批次{other.number}"),
    ):
        found = disbursement.sort(till.session, batch, reading(lines), PAID_ON)
        assert all(why in str(wrong.why) for wrong in found.wrong)
        assert found.wrong
    lines = [good(fits), good(bad, yuan=100)]
    with pytest.raises(Invalid, match="1行对不上"):
        till.book(batch, lines)
    assert [row.state for row in batch.rows] == [m.PayoutState.PENDING] * 2
    till.book(batch, lines, but_wrong=True)
    assert [row.state for row in batch.rows] == [m.PayoutState.PAID, m.PayoutState.PENDING]
    assert batch.state is m.BatchState.SENT
    assert till.wrong() == []


def test_the_same_file_twice_changes_nothing(till: Till) -> None:
    batch = till.sent(till.issued(2))
    lines = [good(row) for row in batch.rows]
    till.book(batch, lines)
    before = till.session.query(m.AuditEvent).count(), till.session.query(m.PoolEntry).count()
    again = till.book(batch, lines)
    assert (again.fresh, again.known) == (0, 2)
    assert (till.session.query(m.AuditEvent).count(), till.session.query(m.PoolEntry).count()) == before
    told = disbursement.sort(till.session, batch, reading([good(batch.rows[0], said="退汇")]), PAID_ON)
    assert "登记退汇" in str(told.wrong[0].why)


def test_a_failed_payment_waits_for_its_account_to_be_checked_again(till: Till) -> None:
    [case] = till.issued()
    batch = till.sent([case])
    [row] = batch.rows
    till.book(batch, [good(row, said="失败", on=None, voucher=None, failure="户名账号不符")])
    assert (row.state, row.failure, batch.state) == (m.PayoutState.FAILED, "户名账号不符", m.BatchState.SETTLED)
    assert case.state is m.CaseState.ISSUED
    with pytest.raises(Conflict, match="重新核对"):
        till.draft([case])
    till.scene.check_payee(case, "与银行核实，账号无误")
    again = till.sent([case])
    till.book(again, [good(again.rows[0])])
    assert case.state is m.CaseState.PAID
    assert till.wrong() == []


def test_a_bank_may_mend_what_it_said_of_a_payment_that_failed(till: Till) -> None:
    first, second = till.issued(2)
    batch = till.sent([first, second])
    failed = {"said": "失败", "on": None, "voucher": None, "failure": "系统故障"}
    till.book(batch, [good(row, **failed) for row in batch.rows])
    assert batch.state is m.BatchState.SETTLED
    till.scene.check_payee(second)
    again = till.sent([second])
    lines = [good(row) for row in batch.rows]
    found = till.book(batch, lines, but_wrong=True)
    assert [second.number in str(it.why) and again.number in str(it.why) for it in found.wrong] == [True]
    row = batch.rows[0]
    assert (row.state, row.failure, row.voucher, first.state) == (
        m.PayoutState.PAID,
        None,
        "HD000001",
        m.CaseState.PAID,
    )
    till.book(again, [good(again.rows[0])])
    found = disbursement.sort(till.session, batch, reading(lines), PAID_ON)
    assert [again.number in str(it.why) for it in found.wrong] == [True]  # paid there: still no second time here
    assert (found.known, found.fresh) == (1, 0)
    assert till.wrong() == []


def test_pools_are_held_in_one_order_and_not_while_gathering(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two batches that draw on the same two pools the other way round would wait for each other."""
    cases = till.issued(2)
    carried_over(till, cases[0])  # the older case draws on the younger pool
    held: list[int] = []
    real = booking.hold
    monkeypatch.setattr(booking, "hold", lambda session, pool: (held.append(pool.id), real(session, pool)))
    batch = till.sent(cases)
    assert held == []
    till.book(batch, [good(row) for row in batch.rows])
    assert held == sorted(row.pool_id for row in batch.rows)


def test_money_that_comes_back_is_confirmed_by_a_second_person(till: Till) -> None:
    batch = till.paid()
    [row] = batch.rows
    day = date(2026, 12, 20)
    said = {"returned_on": day, "reason": "账户已销户", "reference": "TH1", "today": day}
    with pytest.raises(Invalid, match="退汇日期"):
        till.as_(till.payer, disbursement.report, row, **said | {"returned_on": date(2026, 11, 30)})
    till.as_(till.payer, disbursement.report, row, **said)
    assert row.state is m.PayoutState.PAID
    with pytest.raises(Forbidden, match="不同的人"):
        till.as_(till.payer, disbursement.confirm, till.scene.registry, row, today=day)
    till.as_(till.other, disbursement.confirm, till.scene.registry, row, today=day)
    assert (row.state, row.case.state, row.case.paid_by_id) == (m.PayoutState.RETURNED, m.CaseState.ISSUED, None)
    assert till.pool() == (300_000, 0)
    assert not payees.is_checked(row.case)
    till.scene.check_payee(row.case)
    again = till.sent([row.case])
    till.book(again, [good(again.rows[0])])
    assert till.pool() == (0, 300_000)
    assert till.wrong() == []


def test_a_case_counts_in_the_pool_that_paid_it_and_what_was_paid_before_batches_apart(till: Till) -> None:
    session = till.session
    carried, old = till.issued(2)
    following = carried_over(till, carried)
    with asking(session, Asker.system("tests")):  # as the button did it that was there before batches
        pools.pay(session, pools.pool_of(session, old), old, AMOUNT)
    batch = till.sent([carried])
    till.book(batch, [good(batch.rows[0])])
    assert batch.rows[0].pool_id == following.id
    old.state, old.paid_by_id = m.CaseState.PAID, till.payer.id
    of = {"operator_id": old.operator_id, "tenant_id": old.tenant_id, "case_id": old.id, "role": "payer"}
    session.add(m.CaseEvent(move="pay", from_state=m.CaseState.ISSUED, to_state=m.CaseState.PAID, **of))
    entry = session.query(m.PoolEntry).filter_by(case_id=old.id, move=m.PoolMove.PAY).one()

    def books() -> list[tuple[int, int, int, int, bool]]:
        session.flush()
        found = till.as_(till.payer, reconciliation.books)
        return [(it.pool.year, it.paid, it.before, it.cases, it.agree) for it in found]

    assert books() == [(2027, AMOUNT, 0, AMOUNT, True), (2026, 0, 0, AMOUNT, False)]
    assert {why for _what, why in till.wrong()} == {
        "is named by 0 payments, expected are 1", "was paid by 0 payments, its acts say 1",
    }  # fmt: skip
    entry.before_batches = True
    assert books() == [(2027, AMOUNT, 0, AMOUNT, True), (2026, 0, AMOUNT, AMOUNT, True)]
    assert till.wrong() == []


def test_the_invariant_sees_what_is_wrong(till: Till) -> None:
    batch = till.paid()
    [row] = batch.rows
    for spoil in (
        lambda: setattr(batch, "total_fen", 1),
        lambda: setattr(row, "payee_bank", "别的银行"),
        lambda: setattr(row, "shares", [["区级财政", 10_000, 1]]),
        lambda: setattr(row.case, "paid_by_id", None),
        lambda: setattr(row, "state", m.PayoutState.FAILED),
        lambda: till.session.add(
            m.PoolEntry(
                district_id=batch.district_id, pool_id=row.pool_id, case_id=row.case_id, move=m.PoolMove.PAY,
                amount_fen=1,
            )
        ),
    ):  # fmt: skip
        savepoint = till.session.begin_nested()
        spoil()
        assert till.wrong() != []
        savepoint.rollback()
        till.session.expire_all()
    assert till.wrong() == []
