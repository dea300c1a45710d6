"""资金候补: accepted cases that their pool cannot cover yet, in the order in which they were accepted.

The order is strict: a large case at the head is not overtaken by a small one behind it, even where the money would do
for the small one alone. Whoever was accepted first is paid first, and nobody can starve.

What others wait for is nobody's business: these rows are read and written as the system, whoever asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from core.data.asker import Asker, asking
from core.data.models import Case, CaseEvent, CaseState, Pool, PoolEntry, PoolMove, PoolWait
from core.data.queries.across import across
from core.data.types import utcnow
from core.errors import Conflict
from core.services import audit, notices
from core.services.pools.ledger import shift

AS = "pools"  # in the trail: who gives what came free to whoever is next
IN_TURN = (PoolWait.since, PoolWait.case_id)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case stands in the line: it is the `number`th, and the pool lacks `missing_fen` until its turn comes."""

    number: int
    amount_fen: int
    missing_fen: int
    since: datetime


def place_of(session: Session, case: Case) -> Place | None:
    """The case's place in the line, None where it does not wait."""
    with across(session, AS) as wide:
        wait = wide.scalar(select(PoolWait).where(PoolWait.case_id == case.id))
        if wait is None:
            return None
        same = and_(PoolWait.since == wait.since, PoolWait.case_id <= wait.case_id)
        up_to_it = select(func.count(), func.sum(PoolWait.amount_fen)).where(
            PoolWait.pool_id == wait.pool_id, or_(PoolWait.since < wait.since, same)
        )
        number, wanted = wide.execute(up_to_it).one()
        left = wide.scalars(select(Pool.left_fen).where(Pool.id == wait.pool_id)).one()
        return Place(number, wait.amount_fen, max(0, int(wanted) - left), wait.since)


def refuse_waiting(session: Session, case: Case) -> None:
    """Raises `Conflict` where the case waits for its money."""
    if place := place_of(session, case):
        raise Conflict(
            "本件在资金候补中排第%(number)s位，资金池还缺%(missing)s元，暂不能批准；有资金释放或预算增加后会按顺序自动预留",
            number=place.number,
            missing=f"{place.missing_fen // 100:,}.{place.missing_fen % 100:02d}",
        )


def pool_id_of(session: Session, case: Case) -> int | None:
    """The pool that the case waits for."""
    with across(session, AS) as wide:
        return wide.scalar(select(PoolWait.pool_id).where(PoolWait.case_id == case.id))


def amount_of(session: Session, case: Case) -> int:
    """How much the case waits for, in fen; 0 where it does not wait."""
    with across(session, AS) as wide:
        return wide.scalar(select(PoolWait.amount_fen).where(PoolWait.case_id == case.id)) or 0


def anyone(session: Session, pool: Pool) -> bool:
    """Whether a case waits for the pool."""
    with across(session, AS) as wide:
        return wide.scalar(select(PoolWait.id).where(PoolWait.pool_id == pool.id).limit(1)) is not None


def enter(session: Session, pool: Pool, case: Case, amount_fen: int) -> None:
    """Put the case into the line, by the time of its acceptance."""
    with asking(session, Asker.system(AS)):
        accepted = select(func.min(CaseEvent.at)).where(
            CaseEvent.case_id == case.id, CaseEvent.to_state == CaseState.ACCEPTED
        )
        since = session.scalar(accepted) or utcnow()
        session.add(
            PoolWait(district_id=pool.district_id, pool_id=pool.id, case_id=case.id, amount_fen=amount_fen, since=since)
        )
        audit.record(session, "pool.wait", pool, detail={"case": case.id, "amount_fen": amount_fen})


def leave(session: Session, case: Case) -> None:
    """Take the case off the line, if it stands there."""
    with asking(session, Asker.system(AS)):
        session.execute(delete(PoolWait).where(PoolWait.case_id == case.id))


def serve(session: Session, pool: Pool) -> None:
    """Give what is left to those who wait, from the head of the line on, as long as it covers them whole, and
    tell them. The pool is held."""
    head = select(PoolWait.id, PoolWait.case_id, PoolWait.amount_fen).where(PoolWait.pool_id == pool.id)
    with asking(session, Asker.system(AS)):
        while (first := session.execute(head.order_by(*IN_TURN).limit(1)).first()) is not None:
            wait_id, case_id, fen = first
            if not shift(session, pool, case_id, PoolMove.RESERVE, fen):
                return
            session.execute(delete(PoolWait).where(PoolWait.id == wait_id))
            audit.record(session, "pool.fund", pool, detail={"case": case_id, "amount_fen": fen})
            reserved = select(func.max(PoolEntry.id)).where(PoolEntry.case_id == case_id)
            notices.of_funded(
                session, case_id, session.scalars(reserved.where(PoolEntry.move == PoolMove.RESERVE)).one()
            )


def move_on(session: Session, pool: Pool, following: Pool) -> int:
    """The whole line goes to another pool, each to where it was accepted. Returns how many there were."""
    with asking(session, Asker.system(AS)):
        moved = session.execute(update(PoolWait).where(PoolWait.pool_id == pool.id).values(pool_id=following.id))
        return int(moved.rowcount)  # type: ignore[attr-defined]
