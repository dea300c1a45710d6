"""追回: proposed by one, decided by another, the tenant heard between; money that comes back is booked by two."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.data import models as m
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.services import pools
from core.services.invariants import Violation
from core.services.recovery import crediting, deciding, opening
from tests import scenes
from tests.integration.recovery.conftest import ACCOUNT, Desk

S, R = m.CaseState, m.RecoveryState
AMOUNT = 300_000
BUDGET = 100_000_000
Wrong = Callable[[], list[Violation]]


def test_what_the_rules_no_longer_give_is_had_back(desk: Desk, wrong: Wrong) -> None:
    case = desk.paid(letter=True)
    with pytest.raises(Conflict, match="没有应追回的金额"):
        desk.opened(case)
    desk.lose_rent(case, *scenes.months()[1:])  # one month of 4,500.00 bears 3,000.00 all the same
    with pytest.raises(Conflict, match="没有应追回的金额"):
        desk.opened(case)
    desk.leave_rent(case, 100_001)
    file = desk.opened(case)
    with pytest.raises(Conflict, match=f"{file.number}正在办理"):
        desk.opened(case)
    assert (file.state, file.owed_fen) == (R.LEAD, AMOUNT - 100_001)
    assert sum(line["back_fen"] for line in file.lines) == file.owed_fen
    assert all(line["awarded_fen"] == line["kept_fen"] + line["back_fen"] for line in file.lines)
    assert {line["why"] for line in file.lines[1:]} == {"gone"}


def test_two_people_and_a_hearing(desk: Desk, wrong: Wrong) -> None:
    case = desk.paid(letter=True)
    desk.leave_rent(case, 100_001)
    founder = desk.road.founder_of(case.tenant)
    file = desk.opened(case)
    whole = file.owed_fen
    with pytest.raises(NotFound):
        desk.as_(founder, opening.load, file.id)  # a lead is nobody's but the district's
    with pytest.raises(Forbidden, match="这一步"):
        desk.as_("payer", deciding.propose, desk.road.registry, file, "退租", today=desk.today)
    desk.propose(file, "second")
    assert desk.as_(founder, opening.load, file.id) is file
    until = file.heard_until
    assert until is not None
    assert until > desk.today
    with pytest.raises(Forbidden, match="不同的人"):
        desk.decide(file, "second")
    with pytest.raises(Conflict, match=str(until)):
        desk.decide(file)
    desk.state(file)
    with pytest.raises(Conflict, match="已经提交过"):
        desk.state(file)
    desk.lose_rent(case, scenes.months()[0])  # the facts change once more: more is owed, and the tenant is asked again
    with pytest.raises(Conflict, match="重新核算"):
        desk.decide(file)
    desk.as_("first", deciding.recompute, desk.road.registry, file, today=desk.today)
    assert file.owed_fen == AMOUNT > whole
    assert {line["why"] for line in file.lines} == {"unqualified"}
    with pytest.raises(Conflict, match="期满或收到陈述"):
        desk.decide(file)
    with pytest.raises(Invalid, match="请确认"):
        desk.decide(file, confirmed=False, today=until + timedelta(days=1))
    with pytest.raises(Invalid, match="收款账户"), desk.session.begin_nested():
        desk.decide(file, pay_to="", today=until + timedelta(days=1))
    desk.session.expire_all()
    desk.decide(file, today=until + timedelta(days=1))
    assert (case.state, file.state, file.pay_to) == (S.RECOVERY, R.DECIDED, ACCOUNT)
    paper = desk.session.scalars(select(m.CasePaper).where(m.CasePaper.kind == m.PaperKind.REPAYMENT)).one()
    assert (paper.terms["back_fen"], paper.terms["due_on"]) == (AMOUNT, file.due_on.isoformat())
    assert wrong() == []
    file.decided_by_id = file.proposed_by_id
    with pytest.raises(IntegrityError), desk.session.begin_nested():
        desk.session.flush()


def test_money_comes_back_in_parts_and_the_case_goes_back(desk: Desk, wrong: Wrong) -> None:
    case = desk.paid(letter=True)
    desk.road.act(desk.road.staff["payer"], case, "close", desk.today)
    desk.lose_rent(case, *scenes.months())
    file = desk.decided(case)
    assert desk.pool() == (BUDGET - AMOUNT, AMOUNT)
    with pytest.raises(Conflict, match="还差3,000"):
        desk.receive(file, AMOUNT + 1)
    with pytest.raises(Invalid, match="到账日期"):
        desk.as_("payer", crediting.record, file, amount_fen=1, received_on=desk.today + timedelta(days=1),
                 voucher="X", today=desk.today)  # fmt: skip
    part = desk.receive(file, 100_000)
    with pytest.raises(Conflict, match="已经登记过"):
        desk.receive(file, 100_000)
    with pytest.raises(Forbidden, match="不同的人"):
        desk.confirm(part, desk.till.payer)
    assert desk.pool() == (BUDGET - AMOUNT, AMOUNT)
    desk.confirm(part)
    with pytest.raises(Conflict, match="已有人办理"):
        desk.confirm(part)
    assert desk.pool() == (BUDGET - 200_000, 200_000)
    assert pools.paid_for(desk.session, case) == 200_000
    slip = desk.receive(file, 200_000, "HD2")
    with pytest.raises(Conflict, match="还差0"):
        desk.receive(file, 1, "HD3")
    desk.as_("payer", crediting.withdraw, slip, "登记错了")
    assert wrong() == []
    with pytest.raises(Conflict, match="退汇重复"):
        desk.bring_back(case)
    desk.session.rollback()
    desk.confirm(desk.receive(file, 200_000, "HD2"))
    assert (file.state, case.state, desk.pool()) == (R.SETTLED, S.CLOSED, (BUDGET, 0))
    assert wrong() == []
    with pytest.raises(Conflict, match="没有应追回"):
        desk.opened(case)
    file.owed_fen -= 1  # each of these alone would be found
    assert "I9" in {it.rule for it in wrong()}


def test_an_appeal_lowers_what_is_owed_or_voids_it(desk: Desk, wrong: Wrong) -> None:
    case = desk.paid(letter=True)
    desk.lose_rent(case, *scenes.months())
    file = desk.decided(case)
    founder, registry = desk.road.founder_of(case.tenant), desk.road.registry
    judge = {"confirmed": True, "today": desk.today, "upheld": True, "owed_fen": 100_001}
    with pytest.raises(Conflict, match="没有等待复核"):
        desk.as_("second", deciding.judge, registry, file, "有理", **judge)
    with pytest.raises(Conflict, match="已经超过"):
        desk.as_(founder, deciding.appeal, file, "金额有误", confirmed=True, today=desk.today + timedelta(days=90))
    desk.as_(founder, deciding.appeal, file, "金额有误", confirmed=True, today=desk.today)
    with pytest.raises(Conflict, match="只能申请一次"):
        desk.as_(founder, deciding.appeal, file, "金额有误", confirmed=True, today=desk.today)
    with pytest.raises(Forbidden, match="未参与"):
        desk.as_("approver", deciding.judge, registry, file, "有理", **judge)
    desk.confirm(desk.receive(file, 100_001))
    for owed, sentence in ((100_000, "不能更低"), (AMOUNT, "低于原决定")):
        with pytest.raises((Conflict, Invalid), match=sentence), desk.session.begin_nested():
            desk.as_("second", deciding.judge, registry, file, "有理", **judge | {"owed_fen": owed})
        desk.session.expire_all()
    desk.as_("second", deciding.judge, registry, file, "有理", **judge)
    assert (file.owed_fen, file.state, case.state) == (100_001, R.SETTLED, S.PAID)
    assert wrong() == []
    again = desk.decided(case)  # what is not back yet is owed by the same facts
    assert (again.paid_fen, again.owed_fen) == (199_999, 199_999)
    desk.as_(founder, deciding.appeal, again, "已经复核过", confirmed=True, today=desk.today)
    desk.as_("second", deciding.judge, registry, again, "前次已经处理", **judge | {"owed_fen": 0})
    assert (again.state, case.state, desk.pool()) == (R.DROPPED, S.PAID, (BUDGET - 199_999, 199_999))
    assert wrong() == []


def test_a_revocation_opens_the_file_decided_and_the_bank_may_close_it(desk: Desk, wrong: Wrong) -> None:
    case = desk.paid(letter=True)
    desk.lose_rent(case, *scenes.months())
    lead = desk.opened(case)
    _revoke(desk, case)
    file = desk.session.scalars(select(m.Recovery).where(m.Recovery.state == R.DECIDED)).one()
    assert (case.state, lead.state, file.cause, file.owed_fen) == (
        S.RECOVERY,
        R.DROPPED,
        m.RecoveryCause.REVOKED,
        AMOUNT,
    )
    assert (file.proposed_by_id, file.decided_by_id) == (
        desk.road.staff["second"].id, desk.road.staff["approver"].id,
    )  # fmt: skip
    terms = {"pay_to": ACCOUNT, "due_on": None, "confirmed": True, "today": desk.today}
    desk.as_("approver", deciding.demand, file, **terms)
    with pytest.raises(Conflict, match="已经发出"):
        desk.as_("approver", deciding.demand, file, **terms)
    assert wrong() == []
    desk.bring_back(case)
    assert (case.state, file.state, desk.pool()) == (S.REVOKED, R.DROPPED, (BUDGET, 0))
    assert pools.committed_for(desk.session, case) == 0
    assert wrong() == []


def _revoke(desk: Desk, case: m.Case) -> None:
    road = desk.road
    road.act(road.staff["second"], case, "propose_revocation", desk.today, opinion="材料不实", reasons=("misused",))
    road.act(road.founder_of(case.tenant), case, "statement", desk.today, opinion="没有异议。")
    road.act(road.staff["approver"], case, "revoke", desk.today, opinion="予以撤销。", confirmed=True)
