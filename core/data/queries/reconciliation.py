"""对账: what payments, bookings of pools and paid cases come to, pool by pool and month by month; what of the payments
was kept back (抵扣), and what went to the bank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Select, and_, case, extract, func, select
from sqlalchemy.orm import Session

from core.data.models import (
    Award,
    Case,
    CaseState,
    CreditState,
    Disbursement,
    PayoutBatch,
    PayoutState,
    Pool,
    PoolEntry,
    PoolMove,
    RecoveryCredit,
    Tenant,
)
from core.data.queries import pools

MADE = (PayoutState.PAID, PayoutState.RETURNED)
AFTER = (CaseState.PAID, CaseState.CLOSED, CaseState.REVOKING, CaseState.REVOKED, CaseState.RECOVERY)


@dataclass(slots=True)
class Sums:
    """Of one pool in one month of the bank's days. `paid` are payments that stand, `returned` came back later; `pool`
    is what the pool booked for them, `cases` what the cases that they paid were awarded. `offset` was kept back of
    those that stand, as the payments say; `credited` is the same as the files of 追回 say."""

    count: int = 0
    paid: int = 0
    returned: int = 0
    pool: int = 0
    cases: int = 0
    offset: int = 0
    credited: int = 0

    @property
    def net(self) -> int:
        """What the bank paid out of it."""
        return self.paid - self.offset

    @property
    def agree(self) -> bool:
        return self.paid == self.pool == self.cases and self.offset == self.credited

    def add(self, other: Sums) -> None:
        for name in ("count", "paid", "returned", "pool", "cases", "offset", "credited"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class Book:
    """One pool: its months, and the whole. `booked` is what the pool has booked as paid, whoever asked for it, `before`
    what of it was paid before there were batches, and no payment names; `cases` of the whole are all cases that are
    paid, whether or not a payment names them."""

    pool: Pool
    months: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    booked: int = 0
    before: int = 0
    cases: int = 0

    @property
    def paid(self) -> int:
        return sum(month.paid for month in self.months.values())

    @property
    def offset(self) -> int:
        return sum(month.offset for month in self.months.values())

    @property
    def agree(self) -> bool:
        return self.paid + self.before == self.booked == self.cases and all(
            month.agree for month in self.months.values()
        )


def books(session: Session) -> list[Book]:
    """Every pool of the district that anything was paid from, the newest year first."""
    found = {pool.id: Book(pool) for pool in pools.of_district(session)}
    for row in session.execute(_by_day()):
        sums = Sums(row.count_, int(row.paid), int(row.returned), int(row.pool), int(row.cases))
        sums.offset, sums.credited = int(row.offset), int(row.credited)
        found[row.pool_id].months[f"{row.booked_on:%Y-%m}"].add(sums)
    signed = case((PoolEntry.move == PoolMove.PAY, PoolEntry.amount_fen), else_=-PoolEntry.amount_fen)
    entries = (
        select(PoolEntry.pool_id, func.sum(signed), func.sum(case((PoolEntry.before_batches, signed), else_=0)))
        .where(PoolEntry.move.in_((PoolMove.PAY, PoolMove.RETURN)))
        .group_by(PoolEntry.pool_id)
    )
    for pool_id, fen, before in session.execute(entries):
        found[pool_id].booked, found[pool_id].before = int(fen), int(before)
    for pool_id, fen in session.execute(_awarded()):
        found[pool_id].cases = int(fen)
    return [book for book in found.values() if book.months or book.booked or book.cases]


def _awarded() -> Select[Any]:
    """What paid cases were awarded, by the pool that their payment names, or else holds their money: after a carry-over
    that is not the one of the year they were applied for in. That one answers for a case with neither."""
    held = pools.holding().subquery()
    of_year = (Pool.policy_key == Case.policy_key, Pool.year == extract("year", Case.applied_on))
    paid = (
        select(func.coalesce(Disbursement.pool_id, held.c.pool_id, Pool.id).label("pool_id"), Award.amount_fen)
        .select_from(Case)
        .join(Award, Award.case_id == Case.id)
        .outerjoin(Disbursement, and_(Disbursement.award_id == Award.id, Disbursement.state == PayoutState.PAID))
        .outerjoin(held, held.c.case_id == Case.id)
        .outerjoin(Pool, and_(Pool.district_id == Case.district_id, *of_year))
        .where(Case.paid_by_id.is_not(None), Case.state.in_(AFTER))
        .subquery()
    )
    return select(paid.c.pool_id, func.sum(paid.c.amount_fen)).group_by(paid.c.pool_id)


def _by_day() -> Select[Any]:
    """Payments by pool and the bank's day, with what was booked for them and what their cases were awarded."""
    paid, back = PoolEntry.__table__.alias("paid"), PoolEntry.__table__.alias("back")
    stands, kept = Disbursement.state == PayoutState.PAID, _kept_back().subquery()
    return (
        select(
            Disbursement.pool_id,
            Disbursement.booked_on,
            func.count().label("count_"),
            func.sum(case((stands, Disbursement.amount_fen), else_=0)).label("paid"),
            func.sum(case((stands, 0), else_=Disbursement.amount_fen)).label("returned"),
            func.sum(func.coalesce(paid.c.amount_fen, 0) - func.coalesce(back.c.amount_fen, 0)).label("pool"),
            func.sum(case((stands & Case.state.in_(AFTER), Award.amount_fen), else_=0)).label("cases"),
            func.sum(case((stands, Disbursement.offset_fen), else_=0)).label("offset"),
            func.sum(func.coalesce(kept.c.fen, 0)).label("credited"),
        )
        .join(Case, Case.id == Disbursement.case_id)
        .join(Award, Award.id == Disbursement.award_id)
        .outerjoin(paid, paid.c.id == Disbursement.pay_entry_id)
        .outerjoin(back, back.c.id == Disbursement.return_entry_id)
        .outerjoin(kept, kept.c.disbursement_id == Disbursement.id)
        .where(Disbursement.state.in_(MADE))
        .group_by(Disbursement.pool_id, Disbursement.booked_on)
    )


def _kept_back() -> Select[Any]:
    """What the files of 追回 had back by each payment; of one that came back, nothing any more."""
    summed = select(RecoveryCredit.disbursement_id, func.sum(RecoveryCredit.amount_fen).label("fen"))
    of_payments = RecoveryCredit.disbursement_id.is_not(None)
    return summed.where(of_payments, RecoveryCredit.state == CreditState.CONFIRMED).group_by(
        RecoveryCredit.disbursement_id
    )


def made(session: Session) -> Sequence[Row[Any]]:
    """Every payment that was made, with its batch and pool, by the bank's day."""
    return session.execute(
        select(Disbursement, Case.number, Tenant.name, PayoutBatch.number, Pool)
        .join(Case, Case.id == Disbursement.case_id)
        .join(Tenant, Tenant.id == Disbursement.tenant_id)
        .join(PayoutBatch, PayoutBatch.id == Disbursement.batch_id)
        .join(Pool, Pool.id == Disbursement.pool_id)
        .where(Disbursement.state.in_(MADE))
        .order_by(Disbursement.booked_on, Disbursement.id)
    ).all()
