"""I1: a pool's figures are the sums of its bookings, also for each case, which has money in one pool at a time; what is
bound for a case is what was awarded, nobody waits for money that is there, and an award that was revoked holds nothing:
neither money that was not paid, nor evidence, nor what is had once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from core.data.models import Award, AwardOnce, Case, CaseState, EvidenceUse, Pool, PoolEntry, PoolMove, PoolWait

M = PoolMove


def check(connection: Connection) -> Iterator[tuple[str, str]]:
    entries = PoolEntry.__table__
    sums: dict[int, Counter[PoolMove]] = {}
    of_case: dict[int, Counter[PoolMove]] = {}
    of_both: dict[tuple[int, int], Counter[PoolMove]] = {}  # by case and pool
    grouped = select(
        entries.c.pool_id, entries.c.case_id, entries.c.move, func.sum(entries.c.amount_fen).label("fen")
    ).group_by(entries.c.pool_id, entries.c.case_id, entries.c.move)
    for row in connection.execute(grouped):
        sums.setdefault(row.pool_id, Counter())[row.move] += int(row.fen)
        if row.case_id is not None:
            of_case.setdefault(row.case_id, Counter())[row.move] += int(row.fen)
            of_both.setdefault((row.case_id, row.pool_id), Counter())[row.move] += int(row.fen)
    for pool in connection.execute(select(Pool.__table__)):
        booked = sums.get(pool.id, Counter())
        wanted = _figures(booked) | {"total": booked[M.BUDGET] + booked[M.CARRY_IN] - booked[M.CARRY_OUT]}
        wanted["left"] = wanted["total"] - wanted["reserved"] - wanted["committed"] - wanted["paid"]
        for name, fen in wanted.items():
            there = getattr(pool, f"{name}_fen")
            if there != fen or there < 0:
                yield f"pool {pool.id}", f"{name} is {there} fen, its bookings say {fen}"
    yield from _of_cases(of_both)
    awards = Award.__table__
    for award in connection.execute(select(awards)):
        booked = of_case.get(award.case_id, Counter())
        bound = booked[M.COMMIT] - booked[M.UNCOMMIT]
        wanted_fen = award.amount_fen if award.revoked_at is None else booked[M.PAY] - booked[M.RETURN]
        if bound != wanted_fen:
            said = "awarded" if award.revoked_at is None else "paid before it was revoked"
            yield f"award {award.id}", f"{wanted_fen} fen {said}, {bound} fen committed"
    yield from _waiting(connection, of_case)
    yield from _check_revoked(connection)


def _of_cases(of_both: dict[tuple[int, int], Counter[PoolMove]]) -> Iterator[tuple[str, str]]:
    """What a case gave back to a pool it had from that pool, and it has money in one pool at a time."""
    held: Counter[int] = Counter()
    for (case_id, pool_id), booked in of_both.items():
        figures = _figures(booked)
        for name, fen in figures.items():
            if fen < 0:
                yield f"case {case_id}", f"its {name} money in pool {pool_id} is {fen} fen"
        held[case_id] += any(figures.values())
    for case_id, count in held.items():
        if count > 1:
            yield f"case {case_id}", f"has money in {count} pools"


def _figures(booked: Counter[PoolMove]) -> dict[str, int]:
    return {
        "reserved": booked[M.RESERVE] - booked[M.RELEASE] - booked[M.COMMIT],
        "committed": booked[M.COMMIT] - booked[M.UNCOMMIT] - booked[M.PAY] + booked[M.RETURN],
        "paid": booked[M.PAY] - booked[M.RETURN] - booked[M.RECOVER] + booked[M.UNRECOVER],
    }


def _waiting(connection: Connection, of_case: dict[int, Counter[PoolMove]]) -> Iterator[tuple[str, str]]:
    waits, pools = PoolWait.__table__, Pool.__table__
    joined = waits.join(pools, pools.c.id == waits.c.pool_id)
    seen = set()
    for wait in connection.execute(
        select(waits, pools.c.left_fen).select_from(joined).order_by(waits.c.pool_id, waits.c.since, waits.c.case_id)
    ):
        if wait.pool_id not in seen and wait.amount_fen <= wait.left_fen:
            yield (
                f"pool {wait.pool_id}",
                f"case {wait.case_id} waits for {wait.amount_fen} fen, {wait.left_fen} are left",
            )
        seen.add(wait.pool_id)
        figures = _figures(of_case.get(wait.case_id, Counter()))
        if any(figures.values()):
            yield f"case {wait.case_id}", f"it waits for money and has some: {figures}"


def _check_revoked(connection: Connection) -> Iterator[tuple[str, str]]:
    """A revoked award's uses and claims are released, those of one that stands are not."""
    awards, cases = Award.__table__, Case.__table__
    for held, what in ((EvidenceUse.__table__, "evidence"), (AwardOnce.__table__, "a claim on what is had once")):
        wrong = (
            select(held.c.id, held.c.award_id, awards.c.revoked_at)
            .join(awards, awards.c.id == held.c.award_id)
            .where(held.c.released_at.is_(None) != awards.c.revoked_at.is_(None))
            .order_by(held.c.id)
        )
        for row in connection.execute(wrong):
            said = "was revoked and still has" if row.revoked_at else "stands and no longer has"
            yield f"award {row.award_id}", f"{said} {what}"
    standing = (cases.c.state == CaseState.REVOKED) & awards.c.revoked_at.is_(None)
    fallen = select(cases.c.number).join(awards, awards.c.case_id == cases.c.id).where(standing)
    for number in connection.scalars(fallen):
        yield f"case {number}", "is in the state of a revoked one, and its award stands"
