"""Reading budgets: pools, what is booked on them, who waits, how they were changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Integer, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from core.data.models import (
    Case,
    CaseState,
    Pool,
    PoolChange,
    PoolChangeState,
    PoolEntry,
    PoolMove,
    PoolWait,
    Tenant,
)
from core.data.queries.across import across
from core.data.queries.paging import Listing


def of_district(session: Session, year: int | None = None) -> list[Pool]:
    """The asker's district's pools, of one year or all."""
    statement = select(Pool).order_by(Pool.year.desc(), Pool.policy_key)
    return list(session.scalars(statement if year is None else statement.where(Pool.year == year)))


def years(session: Session) -> list[int]:
    """The years that have pools, the latest first."""
    return list(session.scalars(select(Pool.year).distinct().order_by(Pool.year.desc())))


def one(session: Session, pool_id: int) -> Pool | None:
    return session.scalars(select(Pool).where(Pool.id == pool_id)).first()


def beside(session: Session, pool: Pool, years_on: int) -> Pool | None:
    """The pool of the same policy so many years on (or back)."""
    same = (Pool.district_id == pool.district_id, Pool.policy_key == pool.policy_key)
    return session.scalars(select(Pool).where(*same, Pool.year == pool.year + years_on)).first()


def holding() -> Select[int, int]:
    """Each case with the pool that holds its money, reserved, committed or paid: what was reserved there and neither
    released nor uncommitted. A case has money in one pool at a time (I1), and may have given back that of another."""
    signed = case((PoolEntry.move == PoolMove.RESERVE, PoolEntry.amount_fen), else_=-PoolEntry.amount_fen)
    return (
        select(PoolEntry.case_id, PoolEntry.pool_id)
        .where(PoolEntry.move.in_((PoolMove.RESERVE, PoolMove.RELEASE, PoolMove.UNCOMMIT)))
        .group_by(PoolEntry.case_id, PoolEntry.pool_id)
        .having(func.sum(signed) != 0)
    )


def waiting(session: Session, pool_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """By pool, how many cases wait for it and for how much (fen)."""
    counted = select(PoolWait.pool_id, func.count(), func.sum(PoolWait.amount_fen)).group_by(PoolWait.pool_id)
    rows = session.execute(counted.where(PoolWait.pool_id.in_(pool_ids)))
    return {pool_id: (count, int(fen)) for pool_id, count, fen in rows}


def in_line(session: Session, case_id: int) -> bool:
    """Whether a case waits for its money, whoever asks."""
    with across(session, "pools") as wide:
        return wide.scalar(select(PoolWait.id).where(PoolWait.case_id == case_id)) is not None


def changes(session: Session, pool: Pool) -> list[PoolChange]:
    """All that was proposed for a pool, carried into it too; the latest first."""
    here = [PoolChange.pool_id == pool.id]
    if (before := beside(session, pool, -1)) is not None:
        here.append(and_(PoolChange.pool_id == before.id, PoolChange.kind == "carry_over"))
    return list(session.scalars(select(PoolChange).where(or_(*here)).order_by(PoolChange.id.desc())))


def proposed(session: Session) -> list[PoolChange]:
    """The changes of the asker's district that wait for their second person, oldest first."""
    open_ = select(PoolChange).where(PoolChange.state == PoolChangeState.PROPOSED)
    return list(session.scalars(open_.order_by(PoolChange.id)))


def entries(pool_id: int) -> Listing:
    """What was booked on a pool."""
    document = func.coalesce(PoolChange.document, "")
    number = func.coalesce(Case.number, "")
    return Listing(
        statement=select(
            PoolEntry.id,
            PoolEntry.at,
            PoolEntry.move,
            PoolEntry.amount_fen,
            PoolEntry.case_id,
            PoolEntry.change_id,
            Case.number.label("case"),
            Tenant.name.label("tenant"),
            PoolChange.document,
        )
        .outerjoin(Case, Case.id == PoolEntry.case_id)
        .outerjoin(Tenant, Tenant.id == Case.tenant_id)
        .outerjoin(PoolChange, PoolChange.id == PoolEntry.change_id)
        .where(PoolEntry.pool_id == pool_id),
        key=PoolEntry.id,
        sorts={"at": PoolEntry.at, "amount_fen": PoolEntry.amount_fen, "case": number},
        search=(number, func.coalesce(Tenant.name, ""), document),
        filters={"move": lambda value: PoolEntry.move == PoolMove(value)},
    )


def waits(pool: Pool) -> Listing:
    """Who waits for a pool, with the place of each and what is missing until its turn comes."""
    other = aliased(PoolWait)
    ahead = and_(
        other.pool_id == PoolWait.pool_id,
        or_(other.since < PoolWait.since, and_(other.since == PoolWait.since, other.case_id <= PoolWait.case_id)),
    )
    place = select(func.count()).select_from(other).where(ahead).scalar_subquery()
    wanted = select(func.sum(other.amount_fen).cast(BigInteger)).where(ahead).scalar_subquery()
    return Listing(
        statement=select(
            PoolWait.id,
            PoolWait.case_id,
            place.label("place"),
            PoolWait.amount_fen,
            (wanted - literal(pool.left_fen)).label("missing_fen"),
            PoolWait.since,
            Case.number.label("case"),
            Case.state,
            Tenant.name.label("tenant"),
        )
        .join(Case, Case.id == PoolWait.case_id)
        .join(Tenant, Tenant.id == Case.tenant_id)
        .where(PoolWait.pool_id == pool.id),
        key=PoolWait.case_id,
        sorts={"since": PoolWait.since, "amount_fen": PoolWait.amount_fen, "case": Case.number},
        search=(Case.number, Tenant.name),
        filters={"state": lambda value: Case.state == CaseState(value)},
    )


def by_month(session: Session, pool: Pool, ends: Sequence[datetime]) -> list[tuple[int, int]]:
    """Fen committed and fen paid up to each of these instants, one after the other."""
    signs = {
        PoolMove.COMMIT: (1, 0),
        PoolMove.UNCOMMIT: (-1, 0),
        PoolMove.PAY: (0, 1),
        PoolMove.RETURN: (0, -1),
        PoolMove.RECOVER: (0, -1),
        PoolMove.UNRECOVER: (0, 1),
    }
    month = case(*((PoolEntry.at < end, number) for number, end in enumerate(ends)), else_=len(ends))
    booked = (
        select(month.cast(Integer).label("month"), PoolEntry.move, func.sum(PoolEntry.amount_fen))
        .where(PoolEntry.pool_id == pool.id, PoolEntry.move.in_(signs))
        .group_by("month", PoolEntry.move)
    )
    found = [[0, 0] for _ in ends]
    for number, move, fen in session.execute(booked):
        for row in found[number:]:
            row[0] += signs[move][0] * int(fen)
            row[1] += signs[move][1] * int(fen)
    return [(committed, paid) for committed, paid in found]
