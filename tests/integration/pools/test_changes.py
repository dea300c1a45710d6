"""Budgets: set up, raised, lowered and carried over by two persons, never below what is bound."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from core.data import models as m
from core.data.asker import asking
from core.errors import Conflict, Forbidden, Invalid
from core.services import pools
from core.services.invariants import pools as invariant
from tests import factories
from tests.integration.pools.conftest import AMOUNT, FOUNDED, Treasury

K, S = m.PoolChangeKind, m.PoolChangeState


def test_a_pool_is_set_up_by_two_persons(treasury: Treasury) -> None:
    session, scene = treasury.session, treasury.scene
    change = treasury.set_up(2027, 5_000_000)
    assert (change.state, change.pool_id) == (S.PROPOSED, None)
    with pytest.raises(Conflict, match="等待确认"):
        treasury.set_up(2027)
    with pytest.raises(Forbidden, match="不同的人"):
        treasury.confirm(change, "admin")
    for name in ("window", "first", "second", "payer", "auditor"):
        with pytest.raises(Forbidden):
            treasury.confirm(change, name)
    alone = {"state": S.DECLINED, "decided_by_id": change.proposed_by_id}
    with pytest.raises(IntegrityError, match="two_people"), session.begin_nested():
        session.execute(update(m.PoolChange).values(alone))
    session.expire_all()
    colleague = factories.user(session, m.Role.DISTRICT_ADMIN, district=scene.district)
    with asking(session, scene.as_user(colleague)):
        pool = pools.confirm(session, change, confirmed=True, today=date(2026, 11, 20))
    assert (pool.total_fen, pool.left_fen, pool.city_bp, pool.district_bp) == (5_000_000, 5_000_000, 4_000, 6_000)
    booked = session.scalars(select(m.PoolEntry).where(m.PoolEntry.pool_id == pool.id)).one()
    assert (booked.move, booked.amount_fen, booked.change_id) == (m.PoolMove.BUDGET, 5_000_000, change.id)
    with pytest.raises(Conflict, match="已有人办理"):
        treasury.confirm(change)
    with pytest.raises(Conflict, match="已经设立"):
        treasury.set_up(2027)
    assert treasury.sound()


@pytest.mark.parametrize(
    ("shares", "field"),
    [
        (pools.Shares("2080799", 4_000, 5_999), "district_bp"),
        (pools.Shares("2080799", -1, 10_001), "district_bp"),
        (pools.Shares(" ", 4_000, 6_000), "budget_line"),
    ],
)
def test_who_bears_it_comes_to_the_whole(treasury: Treasury, shares: pools.Shares, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        treasury.set_up(2028, shares=shares)
    assert refused.value.field == field


def test_a_budget_is_never_lowered_below_what_is_bound(treasury: Treasury) -> None:
    session = treasury.session
    treasury.scene.until(m.CaseState.APPROVED)
    treasury.scene.until(m.CaseState.ACCEPTED)
    treasury.change(K.LOWER, 100_000_000 - 3 * AMOUNT)
    with pytest.raises(Conflict, match=r"最多可以调减3,000\.00元"):
        treasury.propose(K.LOWER, AMOUNT + 1)
    change = treasury.propose(K.LOWER, AMOUNT)
    treasury.scene.until(m.CaseState.ACCEPTED)  # takes what was to be given up
    with pytest.raises(Conflict, match=r"最多可以调减0\.00元"):
        treasury.confirm(change)
    for column in (m.Pool.left_fen, m.Pool.reserved_fen):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(update(m.Pool).values({column: -1, m.Pool.total_fen: m.Pool.total_fen - column - 1}))
    with asking(session, treasury.asker("approver")):
        with pytest.raises(Invalid, match="不同意的原因"):
            pools.decline(session, change, " ")
        pools.decline(session, change, "资金已被占用")
    assert (change.state, change.answer) == (S.DECLINED, "资金已被占用")
    assert treasury.sound()


def test_a_proposal_is_taken_back_by_its_author_alone(treasury: Treasury) -> None:
    change = treasury.propose(K.RAISE, 1)
    with asking(treasury.session, treasury.asker("approver")), pytest.raises(Forbidden):
        pools.withdraw(treasury.session, change)
    with asking(treasury.session, treasury.asker("admin")):
        pools.withdraw(treasury.session, change)
    with pytest.raises(Conflict):
        treasury.confirm(change)
    assert treasury.pool().total_fen == 100_000_000


def test_a_carry_over_waits_for_december_and_the_next_pool(treasury: Treasury) -> None:
    with pytest.raises(Conflict, match="12月1日"):
        treasury.propose(K.CARRY_OVER, 1, today=date(2026, 11, 30))
    with pytest.raises(Conflict, match="2027年度"):
        treasury.propose(K.CARRY_OVER, 1)
    treasury.confirm(treasury.set_up(2027, shares=FOUNDED))
    for fen, sentence in ((0, "不能为0"), (100_000_001, "不能超过余额")):
        with pytest.raises((Conflict, Invalid), match=sentence):
            treasury.propose(K.CARRY_OVER, fen)
    treasury.change(K.CARRY_OVER, 40_000_000)
    assert (treasury.pool().left_fen, treasury.pool(2027).left_fen) == (60_000_000, 40_000_000)
    assert treasury.sound()


def test_a_case_that_gave_its_money_back_draws_on_the_pool_that_holds_it_now(treasury: Treasury) -> None:
    session, case = treasury.session, treasury.scene.until(m.CaseState.ACCEPTED)
    with asking(session, treasury.asker("approver")):
        pools.release(session, pools.pool_of(session, case), case)  # refused
    treasury.confirm(treasury.set_up(2027))
    treasury.change(K.CARRY_OVER, 40_000_000)
    with asking(session, treasury.asker("approver")):  # and accepted anew
        pools.reserve(session, pools.pool_of(session, case), case, AMOUNT)
        for book in (pools.commit, pools.pay, pools.take_back, pools.uncommit):
            pool = pools.pool_of(session, case)
            assert pool is treasury.pool(2027)
            book(session, pool, case, AMOUNT)
        pools.reserve(session, pools.pool_of(session, case), case, AMOUNT)
    assert treasury.sound()
    entry = session.scalars(select(m.PoolEntry).order_by(m.PoolEntry.id.desc()).limit(1)).one()
    for wrong, said in (
        ({"pool_id": treasury.pool().id, "move": m.PoolMove.RELEASE}, "reserved money in pool"),
        ({"pool_id": treasury.pool().id}, "money in 2 pools"),
    ):
        twin = {"district_id": entry.district_id, "case_id": case.id, "move": entry.move, "amount_fen": AMOUNT} | wrong
        savepoint = session.begin_nested()
        session.add(m.PoolEntry(**twin))
        session.flush()
        assert any(said in why for _what, why in invariant.check(session.connection()))
        savepoint.rollback()
