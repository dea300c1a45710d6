"""What cases book on a pool: reserve at acceptance, commit at approval, pay, release."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import Case, Pool, PoolEntry, PoolMove
from core.data.queries import pools as reads
from core.errors import Conflict
from core.services.pools import waiting
from core.services.pools.ledger import hold, shift


def pool_of(session: Session, case: Case) -> Pool:
    """The pool a case draws on, held until the transaction ends: the one that holds its money or that
    it waits for; else that of the year it was applied for in, or of the next one where that year's was carried over.
    Raises `Conflict` where there is none."""
    pool = find(session, case)
    hold(session, pool)
    # Carried over while we waited for it, so that the case is no longer its.
    while (now := find(session, case)) is not pool:
        pool = now
        hold(session, pool)
    return pool


def find(session: Session, case: Case) -> Pool:
    """The same, not held: for whoever only reads it."""
    known = waiting.pool_id_of(session, case)
    if known is None:  # bookings of a pool that it gave all its money back to do not count
        held = reads.holding().where(PoolEntry.case_id == case.id).subquery()
        known = session.scalars(select(held.c.pool_id)).one_or_none()
    if known is not None:
        return session.scalars(select(Pool).where(Pool.id == known)).one()
    if case.applied_on is None:
        raise Conflict("申请件尚未提交，不能占用资金")
    year = case.applied_on.year
    of_policy = select(Pool).where(Pool.district_id == case.district_id, Pool.policy_key == case.policy_key)
    while (pool := session.scalar(of_policy.where(Pool.year == year))) is not None and pool.carried_at is not None:
        year += 1
    if pool is None:
        raise Conflict("本区没有%(year)s年度该政策的资金池，请区级管理人员先设立", year=year)
    return pool


def _booked(session: Session, case: Case) -> Counter[PoolMove]:
    """Fen booked for a case, by move."""
    sums = select(PoolEntry.move, func.sum(PoolEntry.amount_fen)).where(PoolEntry.case_id == case.id)
    return Counter({move: int(fen) for move, fen in session.execute(sums.group_by(PoolEntry.move))})


def reserved_for(session: Session, case: Case) -> int:
    """Fen still reserved for a case."""
    sums = _booked(session, case)
    return sums[PoolMove.RESERVE] - sums[PoolMove.RELEASE] - sums[PoolMove.COMMIT]


def committed_for(session: Session, case: Case) -> int:
    """Fen committed for a case and not paid yet."""
    sums = _booked(session, case)
    return sums[PoolMove.COMMIT] - sums[PoolMove.UNCOMMIT] - sums[PoolMove.PAY] + sums[PoolMove.RETURN]


def paid_for(session: Session, case: Case) -> int:
    """Fen paid for a case, and not back: neither returned by the bank nor recovered from the tenant."""
    sums = _booked(session, case)
    return sums[PoolMove.PAY] - sums[PoolMove.RETURN] - sums[PoolMove.RECOVER] + sums[PoolMove.UNRECOVER]


def holds(session: Session, case: Case) -> bool:
    """Whether money is set aside for the case, or it waits for some."""
    return bool(reserved_for(session, case) or waiting.amount_of(session, case))


def reserve(session: Session, pool: Pool, case: Case, amount_fen: int) -> None:
    """Make the reservation of a case exactly `amount_fen`. Where the pool has not that much, or others were first, the
    case waits for the whole of it, and what it had is free for whoever is next."""
    held, wanted = reserved_for(session, case), waiting.amount_of(session, case)
    if amount_fen == (wanted or held):
        return
    more = amount_fen - held
    if wanted:
        waiting.leave(session, case)
    if more <= 0:
        if more:
            shift(session, pool, case.id, PoolMove.RELEASE, -more)
        waiting.serve(session, pool)
    elif waiting.anyone(session, pool) or not shift(session, pool, case.id, PoolMove.RESERVE, more):
        if held:
            shift(session, pool, case.id, PoolMove.RELEASE, held)
        waiting.enter(session, pool, case, amount_fen)
        waiting.serve(session, pool)


def commit(session: Session, pool: Pool, case: Case, amount_fen: int) -> None:
    """Bind an approved amount: what is reserved is committed, after being made exactly that much. Raises `Conflict`
    where the case waits for it."""
    reserve(session, pool, case, amount_fen)
    waiting.refuse_waiting(session, case)
    _must(session, pool, case, PoolMove.COMMIT, amount_fen)


def pay(session: Session, pool: Pool, case: Case, amount_fen: int) -> None:
    """Mark a committed amount as paid."""
    _must(session, pool, case, PoolMove.PAY, amount_fen)


def take_back(session: Session, pool: Pool, case: Case, amount_fen: int) -> None:
    """What was paid came back from the bank: it is committed again, for the same award."""
    _must(session, pool, case, PoolMove.RETURN, amount_fen)


def uncommit(session: Session, pool: Pool, case: Case, amount_fen: int) -> None:
    """Give back what was committed for an award that is revoked before it was paid."""
    _must(session, pool, case, PoolMove.UNCOMMIT, amount_fen)
    waiting.serve(session, pool)


def recover(session: Session, case: Case, amount_fen: int) -> int:
    """What was paid is back from the tenant: free again in the pool that paid it. Returns the booking's id."""
    pool = _paid_from(session, case)
    _must(session, pool, case, PoolMove.RECOVER, amount_fen)
    entry = _last(session, case, PoolMove.RECOVER)
    waiting.serve(session, pool)
    return entry.id


def unrecover(session: Session, case: Case, amount_fen: int) -> int:
    """It is not back after all. Raises `Conflict` where the pool has given what came free to others meanwhile."""
    pool = _paid_from(session, case)
    if not shift(session, pool, case.id, PoolMove.UNRECOVER, amount_fen):
        raise Conflict(
            "抵扣的%(need)s元已用于其他申请件，%(year)s年度资金池余额不足，不能恢复为已拨付；请先调增预算，再登记",
            need=f"{amount_fen // 100:,}.{amount_fen % 100:02d}",
            year=pool.year,
        )
    return _last(session, case, PoolMove.UNRECOVER).id


def _paid_from(session: Session, case: Case) -> Pool:
    """The pool that paid a case, held."""
    pool = session.scalars(select(Pool).where(Pool.id == _last(session, case, PoolMove.PAY).pool_id)).one()
    hold(session, pool)
    return pool


def _last(session: Session, case: Case, move: PoolMove) -> PoolEntry:
    found = select(PoolEntry).where(PoolEntry.case_id == case.id, PoolEntry.move == move)
    entry = session.scalars(found.order_by(PoolEntry.id.desc()).limit(1)).first()
    if entry is None:
        raise Conflict("资金池没有记下这笔付款，请联系平台管理人员")
    return entry


def release(session: Session, pool: Pool, case: Case) -> None:
    """Give back what is still reserved for a case that ended, or take it off the waiting list."""
    reserve(session, pool, case, 0)


def _must(session: Session, pool: Pool, case: Case, move: PoolMove, amount_fen: int) -> None:
    if not shift(session, pool, case.id, move, amount_fen):
        raise Conflict(
            "资金池里没有%(need)s元可以办理这一步，账目与申请件不符；请联系平台管理人员核对",
            need=f"{amount_fen // 100:,}.{amount_fen % 100:02d}",
        )
