"""资金池: the budget of one policy in one year, what is booked on it, who waits for it, and how it was changed. What is
left can never go below zero."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, DistrictPrivate, DistrictScoped
from core.data.models.cases import Case
from core.data.types import UTCDateTime, choice, utcnow

WHOLE_BP = 10_000  # all of it, in basis points
SHARES = f"city_bp >= 0 and district_bp >= 0 and city_bp + district_bp = {WHOLE_BP}"


class Pool(DistrictScoped, Base):
    """All amounts in fen. Total = left + reserved + committed + paid, by constraint.

    `city_bp` and `district_bp` say who bears it (市级, 区级), in basis points; NULL: not on record, as with pools made
    before this was asked for. `carried_at`: what was left has gone on to the next year's pool, which cases accepted
    from then on draw on.
    """

    __tablename__ = "pools"
    __table_args__ = (
        UniqueConstraint("district_id", "policy_key", "year"),
        CheckConstraint(
            "left_fen >= 0 and reserved_fen >= 0 and committed_fen >= 0 and paid_fen >= 0", name="never_negative"
        ),
        CheckConstraint("left_fen + reserved_fen + committed_fen + paid_fen = total_fen", name="adds_up"),
        CheckConstraint(SHARES, name="shares"),
    )

    policy_key: Mapped[str] = mapped_column(String(60))
    year: Mapped[int]
    total_fen: Mapped[int]
    left_fen: Mapped[int]
    reserved_fen: Mapped[int] = mapped_column(default=0)
    committed_fen: Mapped[int] = mapped_column(default=0)
    paid_fen: Mapped[int] = mapped_column(default=0)
    budget_line: Mapped[str | None] = mapped_column(String(80))
    city_bp: Mapped[int | None]
    district_bp: Mapped[int | None]
    carried_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PoolMove(StrEnum):
    RESERVE = "reserve"
    COMMIT = "commit"
    PAY = "pay"
    RELEASE = "release"  # what was reserved is free again
    UNCOMMIT = "uncommit"  # what was committed is free again: an award revoked before it was paid
    BUDGET = "budget"  # the total was set, raised or lowered
    CARRY_OUT = "carry_out"  # went on to the next year's pool
    CARRY_IN = "carry_in"  # came from the year before
    RETURN = "return"  # what was paid came back from the bank: committed again
    RECOVER = "recover"  # what was paid was had back from the tenant: free again
    UNRECOVER = "unrecover"  # it was not had back after all: the payment that it was kept back from came back


class PoolChangeKind(StrEnum):
    SET_UP = "set_up"
    RAISE = "raise"
    LOWER = "lower"
    CARRY_OVER = "carry_over"  # what is left, to the next year's pool


class PoolChangeState(StrEnum):
    PROPOSED = "proposed"  # waits for a second person; nothing in it changes meanwhile
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # by who proposed it


class PoolChange(DistrictPrivate, Base):
    """A change of a budget: proposed by one person with its document, confirmed or declined by another.

    `pool_id` is NULL until the pool that it sets up is there. Of a carry-over it is the pool that gives.
    """

    __tablename__ = "pool_changes"
    __table_args__ = (
        CheckConstraint("decided_by_id is null or decided_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint("(state in ('confirmed', 'declined')) = (decided_by_id is not null)", name="decided"),
        CheckConstraint("amount_fen > 0 or (amount_fen = 0 and kind in ('set_up', 'carry_over'))", name="amount"),
        CheckConstraint(SHARES, name="shares"),
        CheckConstraint(
            "(kind = 'set_up') = (budget_line is not null) and (kind = 'set_up') = (city_bp is not null)"
            " and (kind = 'set_up') = (district_bp is not null)",
            name="set_up_whole",
        ),
        CheckConstraint("pool_id is not null or (kind = 'set_up' and state <> 'confirmed')", name="of_a_pool"),
        Index(
            "uq_pool_changes_proposed",
            "district_id",
            "policy_key",
            "year",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    policy_key: Mapped[str] = mapped_column(String(60))
    year: Mapped[int]
    pool_id: Mapped[int | None] = mapped_column(ForeignKey("pools.id"), index=True)
    kind: Mapped[PoolChangeKind] = choice(PoolChangeKind)
    amount_fen: Mapped[int]
    document: Mapped[str] = mapped_column(String(120))  # its number, as on the paper
    reason: Mapped[str] = mapped_column(String(400))
    budget_line: Mapped[str | None] = mapped_column(String(80))
    city_bp: Mapped[int | None]
    district_bp: Mapped[int | None]
    state: Mapped[PoolChangeState] = choice(PoolChangeState, default=PoolChangeState.PROPOSED)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answer: Mapped[str | None] = mapped_column(String(400))  # why it was declined

    pool: Mapped[Pool | None] = relationship()


class PoolEntry(DistrictScoped, Base):
    """One booking on a pool: for one case, or of the budget itself. Only a budget that is lowered is negative."""

    __tablename__ = "pool_entries"
    __table_args__ = (
        CheckConstraint("amount_fen >= 0 or move = 'budget'", name="only_budgets_fall"),
        CheckConstraint("(case_id is null) = (move in ('budget', 'carry_out', 'carry_in'))", name="of_a_case"),
    )

    pool_id: Mapped[int] = mapped_column(ForeignKey("pools.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    change_id: Mapped[int | None] = mapped_column(ForeignKey("pool_changes.id"), index=True)
    move: Mapped[PoolMove] = choice(PoolMove)
    amount_fen: Mapped[int]
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    # A payment from when a button said so: no batch, no bank's answer.
    before_batches: Mapped[bool] = mapped_column(default=False)


class PoolWait(DistrictPrivate, Base):
    """资金候补: an accepted case whose pool could not cover it. It gets its whole amount when its turn comes: by the
    time of acceptance, and by the case where two were accepted at one moment."""

    __tablename__ = "pool_waits"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        Index("ix_pool_waits_turn", "pool_id", "since", "case_id"),
    )

    pool_id: Mapped[int] = mapped_column(ForeignKey("pools.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    amount_fen: Mapped[int]
    since: Mapped[datetime] = mapped_column(UTCDateTime)

    case: Mapped[Case] = relationship()
