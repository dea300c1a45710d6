"""资金池: reserve at acceptance, commit at approval, pay, release. What is left never goes below zero.

Each booking is one conditional UPDATE, so that two clients cannot both take the last yuan: the database decides,
on both engines, and its constraints stand behind it.
"""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.data.models import Case, Pool, PoolEntry, PoolMove
from core.errors import Conflict


def pool_of(session: Session, case: Case) -> Pool:
    """The pool a case draws on, that of the year it was applied for in; raises `Conflict` where there is none."""
    if case.applied_on is None:
        raise Conflict("申请件尚未提交，不能占用资金")
    year = case.applied_on.year
    pool = session.scalar(
        select(Pool).where(Pool.district_id == case.district_id, Pool.policy_key == case.policy_key, Pool.year == year)
    )
    if pool is None:
        raise Conflict("本区没有%(year)s年度该政策的资金池，请区级管理人员先设立", year=year)
    return pool


def reserved_for(session: Session, case: Case) -> int:
    """Fen still reserved for a case."""
    sums = dict(
        session.execute(
            select(PoolEntry.move, func.sum(PoolEntry.amount_fen))
            .where(PoolEntry.case_id == case.id)
            .group_by(PoolEntry.move)
        ).all()
    )
    return int(sums.get(PoolMove.RESERVE, 0)) - int(sums.get(PoolMove.RELEASE, 0)) - int(sums.get(PoolMove.COMMIT, 0))


def reserve(session: Session, pool: Pool, case: Case, amount_fen: int) -> None:
    """Make the reservation of a case exactly `amount_fen`; raises `Conflict` where the pool has not that much left."""
    change = amount_fen - reserved_for(session, case)
    if change > 0:
        _book(session, pool, case, PoolMove.RESERVE, change, take="left_fen", give="reserved_fen")
    elif change < 0:
        _book(session, pool, case, PoolMove.RELEASE, -change, take="reserved_fen", give="left_fen")


def commit(session: Session, pool: Pool, case: Case, amount_fen: int) -> None:
    """Bind an approved amount: what is reserved is committed, after being made exactly that much."""
    reserve(session, pool, case, amount_fen)
    _book(session, pool, case, PoolMove.COMMIT, amount_fen, take="reserved_fen", give="committed_fen")


def pay(session: Session, pool: Pool, case: Case, amount_fen: int) -> None:
    """Mark a committed amount as paid."""
    _book(session, pool, case, PoolMove.PAY, amount_fen, take="committed_fen", give="paid_fen")


def release(session: Session, pool: Pool, case: Case) -> None:
    """Give back what is still reserved for a case that ended."""
    reserve(session, pool, case, 0)


def _book(session: Session, pool: Pool, case: Case, move: PoolMove, amount_fen: int, *, take: str, give: str) -> None:
    source, target = getattr(Pool, take), getattr(Pool, give)
    done = session.execute(
        update(Pool)
        .where(Pool.id == pool.id, source >= amount_fen)
        .values({take: source - amount_fen, give: target + amount_fen})
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(
            "资金池余额不足：需要%(need)s元，请区级管理人员增加预算，或待其他申请件释放额度",
            need=f"{amount_fen // 100:,}.{amount_fen % 100:02d}",
        )
    session.expire(pool)
    session.add(
        PoolEntry(district_id=case.district_id, pool_id=pool.id, case_id=case.id, move=move, amount_fen=amount_fen)
    )
    session.flush()
