"""The one place where figures of a pool change: a conditional UPDATE and the booking that says why."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from core.data.models import Pool, PoolEntry, PoolMove

# From which figure of the pool to which the bookings of a case go.
WAYS = {
    PoolMove.RESERVE: ("left_fen", "reserved_fen"),
    PoolMove.RELEASE: ("reserved_fen", "left_fen"),
    PoolMove.COMMIT: ("reserved_fen", "committed_fen"),
    PoolMove.UNCOMMIT: ("committed_fen", "left_fen"),
    PoolMove.PAY: ("committed_fen", "paid_fen"),
    PoolMove.RETURN: ("paid_fen", "committed_fen"),
    PoolMove.RECOVER: ("paid_fen", "left_fen"),
    PoolMove.UNRECOVER: ("left_fen", "paid_fen"),
}


def hold(session: Session, pool: Pool) -> None:
    """Hold the pool until the transaction ends, as it now is; who waits for it, and what is booked on it, stays too."""
    session.flush()
    session.refresh(pool, with_for_update={"key_share": True})


def book(
    session: Session,
    pool: Pool,
    move: PoolMove,
    amount_fen: int,
    changes: dict[str, int],
    *,
    case_id: int | None = None,
    change_id: int | None = None,
) -> bool:
    """Add `changes` to the pool's figures, by name, and write the booking; False, and nothing done, where one of them
    would go below zero."""
    figures = {name: getattr(Pool, name) + by for name, by in changes.items()}
    done = session.execute(
        update(Pool)
        .where(Pool.id == pool.id, *(figures[name] >= 0 for name, by in changes.items() if by < 0))
        .values(figures)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        return False
    session.expire(pool)
    session.add(
        PoolEntry(
            district_id=pool.district_id,
            pool_id=pool.id,
            case_id=case_id,
            change_id=change_id,
            move=move,
            amount_fen=amount_fen,
        )
    )
    session.flush()
    return True


def shift(session: Session, pool: Pool, case_id: int, move: PoolMove, amount_fen: int) -> bool:
    """Money of one case from one figure of the pool to another; False where there is not that much to take."""
    take, give = WAYS[move]
    return book(session, pool, move, amount_fen, {take: -amount_fen, give: amount_fen}, case_id=case_id)
