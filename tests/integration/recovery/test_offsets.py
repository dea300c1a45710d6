"""抵扣: what a tenant owes is kept back from its next payment, the oldest file first; it goes if the payment does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.errors import Conflict
from core.services import clocks, disbursement, pools
from core.services.invariants import Violation
from core.services.pools import booking
from core.services.recovery import offsets
from tests.integration.payouts.conftest import good
from tests.integration.recovery.conftest import Desk

S, R = m.CaseState, m.RecoveryState
AMOUNT = 300_000
BUDGET = 100_000_000
Wrong = Callable[[], list[Violation]]


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is held, in turn: "case 7", "pool"."""
    kept: list[str] = []
    case, pool = clocks.hold, booking.hold

    def hold_case(session: Session, it: m.Case) -> None:
        kept.append(f"case {it.id}")
        case(session, it)

    def hold_pool(session: Session, it: m.Pool) -> None:
        kept.append("pool")
        pool(session, it)

    monkeypatch.setattr(clocks, "hold", hold_case)
    monkeypatch.setattr(booking, "hold", hold_pool)
    return kept


def _cases_before_pools(held: list[str]) -> set[str]:
    """Who holds a pool and then waits for a case may be waited for by whoever has that case and wants the pool."""
    return set(held[: held.index("pool")])


def test_an_offset_settles_a_file_and_goes_when_the_payment_comes_back(
    desk: Desk, wrong: Wrong, held: list[str]
) -> None:
    owing, file, case = desk.two()
    batch = desk.till.draft([case])
    (row,) = batch.rows
    assert desk.as_("payer", offsets.most, row) == AMOUNT - 1
    with pytest.raises(Conflict, match="最多可以抵扣2,999"):
        desk.as_("payer", disbursement.keep_back, batch, row, AMOUNT)
    desk.as_("payer", disbursement.keep_back, batch, row, 100_000)
    desk.as_("payer", disbursement.keep_back, batch, row, 299_999)
    assert (row.net_fen, batch.total_fen) == (1, 1)
    with pytest.raises(Conflict, match="还差0"):
        desk.receive(file, 2)
    desk.as_("payer", disbursement.prepare, batch)
    desk.as_(desk.till.other, disbursement.release, batch)
    body = desk.as_("payer", disbursement.take, batch, csv=True).decode("utf-8-sig")
    assert "|" not in body
    assert "0.01" in body
    assert "3000" not in body.replace("BF", "")
    assert wrong() == []
    found = desk.till.book(batch, [good(row, yuan=AMOUNT / 100)], but_wrong=True)
    assert (len(found.wrong), row.state) == (1, m.PayoutState.PENDING)
    held.clear()
    desk.book(batch)
    assert _cases_before_pools(held) == {f"case {owing.id}", f"case {case.id}"}
    assert (case.state, owing.state, file.state) == (S.PAID, S.RECOVERY, R.DECIDED)
    assert pools.paid_for(desk.session, owing) == 1
    assert desk.pool() == (BUDGET - AMOUNT - 1, AMOUNT + 1)
    assert wrong() == []
    desk.confirm(desk.receive(file, 1))
    assert (owing.state, file.state) == (S.PAID, R.SETTLED)
    held.clear()
    desk.bring_back(case)
    assert _cases_before_pools(held) == {f"case {owing.id}", f"case {case.id}"}
    assert (case.state, owing.state, file.state) == (S.ISSUED, S.RECOVERY, R.DECIDED)
    assert desk.pool() == (BUDGET - 2 * AMOUNT + 1, 299_999)
    assert [event.move for event in owing.events[-3:]] == ["recover", "recovered", "recover"]
    assert wrong() == []


def test_an_offset_goes_with_a_payment_that_is_not_made(
    desk: Desk, wrong: Wrong, client_as: Callable[..., Any]
) -> None:
    _owing, file, case = desk.two()
    batch = desk.till.draft([case])
    (row,) = batch.rows
    payer = client_as(desk.till.payer)
    assert "2,999.99元" in payer.get(f"/payouts/{batch.id}").text
    path = f"/payouts/{batch.id}/rows/{row.id}/offset"
    assert payer.post(path, data={"amount_fen": "9999"}).status_code == 409
    assert payer.post(path, data={"amount_fen": "1000"}).status_code == 302
    assert "抵扣1,000.00" in payer.get(f"/payouts/{batch.id}").text
    desk.as_("payer", disbursement.remove, batch, row)
    assert desk.session.scalars(select(m.RecoveryCredit)).all() == []
    for end in ("cancel", "fail"):
        batch = desk.till.draft([case])
        (row,) = batch.rows
        desk.as_("payer", disbursement.keep_back, batch, row, 100_000)
        desk.as_("payer", disbursement.prepare, batch)
        if end == "cancel":
            desk.as_("payer", disbursement.cancel, batch, "不付了")
            continue
        desk.as_(desk.till.other, disbursement.release, batch)
        desk.as_("payer", disbursement.take, batch, csv=False)
        desk.till.book(batch, [good(row, yuan=row.net_fen / 100, said="失败", failure="户名不符")])
        assert row.state is m.PayoutState.FAILED
    assert {it.state for it in desk.session.scalars(select(m.RecoveryCredit))} == {m.CreditState.VOID}
    assert wrong() == []
    row.offset_fen += 1  # each of these alone would be found
    assert {it.rule for it in wrong()} >= {"I17"}
    assert file.state is R.DECIDED
