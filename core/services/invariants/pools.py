"""I1: a pool's balances are the sums of its bookings, and what is bound for a case is what was awarded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from core.data.models import Award, Pool, PoolEntry, PoolMove


def check(connection: Connection) -> Iterator[tuple[str, str]]:
    entries = PoolEntry.__table__
    sums: dict[int, Counter[PoolMove]] = {}
    bound: Counter[int] = Counter()
    grouped = select(
        entries.c.pool_id, entries.c.case_id, entries.c.move, func.sum(entries.c.amount_fen).label("fen")
    ).group_by(entries.c.pool_id, entries.c.case_id, entries.c.move)
    for row in connection.execute(grouped):
        sums.setdefault(row.pool_id, Counter())[row.move] += int(row.fen)
        if row.move is PoolMove.COMMIT:
            bound[row.case_id] += int(row.fen)
    for pool in connection.execute(select(Pool.__table__)):
        booked = sums.get(pool.id, Counter())
        wanted = {
            "reserved": booked[PoolMove.RESERVE] - booked[PoolMove.RELEASE] - booked[PoolMove.COMMIT],
            "committed": booked[PoolMove.COMMIT] - booked[PoolMove.PAY],
            "paid": booked[PoolMove.PAY],
        }
        wanted["left"] = pool.total_fen - sum(wanted.values())
        for name, fen in wanted.items():
            there = getattr(pool, f"{name}_fen")
            if there != fen or there < 0:
                yield f"pool {pool.id}", f"{name} is {there} fen, its bookings say {fen}"
    awards = Award.__table__
    for award in connection.execute(select(awards).where(awards.c.revoked_at.is_(None))):
        if bound[award.case_id] != award.amount_fen:
            yield f"award {award.id}", f"{award.amount_fen} fen awarded, {bound[award.case_id]} fen committed"
