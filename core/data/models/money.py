"""资金池: the budget of one policy in one year. What is left can never go below zero."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.data.base import Base, DistrictScoped
from core.data.types import UTCDateTime, choice, utcnow


class Pool(DistrictScoped, Base):
    """All amounts in fen. Total = left + reserved + committed + paid, by constraint."""

    __tablename__ = "pools"
    __table_args__ = (
        UniqueConstraint("district_id", "policy_key", "year"),
        CheckConstraint(
            "left_fen >= 0 and reserved_fen >= 0 and committed_fen >= 0 and paid_fen >= 0", name="never_negative"
        ),
        CheckConstraint("left_fen + reserved_fen + committed_fen + paid_fen = total_fen", name="adds_up"),
    )

    policy_key: Mapped[str] = mapped_column(String(60))
    year: Mapped[int]
    total_fen: Mapped[int]
    left_fen: Mapped[int]
    reserved_fen: Mapped[int] = mapped_column(default=0)
    committed_fen: Mapped[int] = mapped_column(default=0)
    paid_fen: Mapped[int] = mapped_column(default=0)


class PoolMove(StrEnum):
    RESERVE = "reserve"
    COMMIT = "commit"
    PAY = "pay"
    RELEASE = "release"


class PoolEntry(DistrictScoped, Base):
    """One booking on a pool, for one case."""

    __tablename__ = "pool_entries"

    pool_id: Mapped[int] = mapped_column(ForeignKey("pools.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    move: Mapped[PoolMove] = choice(PoolMove)
    amount_fen: Mapped[int]
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
