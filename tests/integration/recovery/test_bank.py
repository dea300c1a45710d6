"""A payment that is with the bank cannot be set free, and money that comes back late is booked wherever the case is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from core.data import models as m
from core.errors import Conflict
from core.services import disbursement
from core.services.invariants import Violation
from tests import scenes
from tests.integration.recovery.conftest import Desk

S = m.CaseState
AMOUNT = 300_000
BUDGET = 100_000_000
Wrong = Callable[[], list[Violation]]


def test_nothing_is_revoked_while_its_payment_is_with_the_bank(desk: Desk, wrong: Wrong) -> None:
    case, second = desk.issued(), desk.road.staff["second"]
    propose = {"opinion": "材料不实", "reasons": ("misused",)}
    batch = desk.till.prepared([case])
    desk.as_(desk.till.other, disbursement.release, batch)
    with pytest.raises(Conflict, match="先登记银行结果"):
        desk.road.act(second, case, "propose_revocation", desk.today, **propose)
    # However it came there: what is revoked, or may be, does not go to the bank, and what went is not revoked.
    desk.session.execute(update(m.Case).values(state=S.REVOKING))
    desk.session.expire_all()
    assert {it.rule for it in wrong()} >= {"I17"}
    with pytest.raises(Conflict, match="不在“已发文，待拨付”"):
        desk.as_("payer", disbursement.take, batch, csv=True)
    desk.session.execute(update(m.Case).values(state=S.ISSUED))
    desk.session.expire_all()
    desk.as_("payer", disbursement.take, batch, csv=True)
    with pytest.raises(Conflict, match="先登记银行结果"):
        desk.road.act(second, case, "propose_revocation", desk.today, **propose)
    desk.book(batch)
    desk.road.act(second, case, "propose_revocation", desk.today, **propose)
    assert case.state is S.REVOKING
    assert wrong() == []


@pytest.mark.parametrize("revoked", [True, False])
def test_money_that_comes_back_while_a_revocation_is_proposed(desk: Desk, wrong: Wrong, revoked: bool) -> None:
    case, road = desk.paid(), desk.road
    road.act(road.staff["second"], case, "propose_revocation", desk.today, opinion="材料不实", reasons=("misused",))
    due = case.due_on
    desk.bring_back(case)
    assert (case.state, case.due_on, case.paid_by_id) == (S.REVOKING, due, None)
    assert wrong() == []
    road.act(road.founder_of(case.tenant), case, "statement", desk.today, opinion="没有异议。")
    end = "revoke" if revoked else "drop_revocation"
    road.act(road.staff["approver"], case, end, desk.today, opinion="依事实办理。", confirmed=True)
    assert case.state is (S.REVOKED if revoked else S.ISSUED)
    assert desk.pool() == (BUDGET if revoked else BUDGET - AMOUNT, 0)
    assert wrong() == []
    if not revoked:
        road.check_payee(case)
        desk.book(desk.till.sent([case]))
        assert (case.state, wrong()) == (S.PAID, [])


def test_money_that_comes_back_of_an_award_that_stands_is_to_be_paid_again(desk: Desk, wrong: Wrong) -> None:
    case = desk.paid(letter=True)
    desk.lose_rent(case, *scenes.months())
    file = desk.decided(case)
    desk.bring_back(case)
    assert (case.state, file.state) == (S.ISSUED, m.RecoveryState.DROPPED)
    assert [event.move for event in case.events[-3:]] == ["recover", "recovered", "payment_returned"]
    assert wrong() == []
