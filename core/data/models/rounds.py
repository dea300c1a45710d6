"""匹配轮次: sharing out what is scarce among many applications at once, run by run, until one run is adopted."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, OperatorPrivate
from core.data.models.cases import Case
from core.data.types import UTCDateTime, choice, utcnow


class RoundState(StrEnum):
    OPEN = "open"
    ADOPTED = "adopted"
    DISCARDED = "discarded"


class AllocationRound(OperatorPrivate, Base):
    """One round of one policy at one operator. Who adopts its result is not who asked for the run."""

    __tablename__ = "allocation_rounds"
    __table_args__ = (
        UniqueConstraint("operator_id", "policy_key", "number"),
        CheckConstraint("adopted_by_id is null or adopted_by_id <> run_by_id", name="two_people"),
        CheckConstraint("(state = 'adopted') = (adopted_by_id is not null)", name="adopted_by_somebody"),
        Index(
            "uq_allocation_rounds_open",
            "operator_id",
            "policy_key",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    policy_key: Mapped[str] = mapped_column(String(60))
    number: Mapped[int]  # 1, 2, 3 … of the operator and policy
    name: Mapped[str] = mapped_column(String(60))
    state: Mapped[RoundState] = choice(RoundState, default=RoundState.OPEN)
    opened_on: Mapped[date]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    run_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # who asked for the run that was adopted
    adopted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    wishes: Mapped[list[RoundWish]] = relationship(back_populates="round", order_by="RoundWish.id")
    runs: Mapped[list[RoundRun]] = relationship(back_populates="round", order_by="RoundRun.number")


class WishKind(StrEnum):
    PIN = "pin"  # this case gets this offer
    BAN = "ban"  # this case never gets this offer


class RoundWish(OperatorPrivate, Base):
    """A pair that people set or exclude, and why."""

    __tablename__ = "round_wishes"
    __table_args__ = (UniqueConstraint("round_id", "case_id", "offer_ref"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("allocation_rounds.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    offer_ref: Mapped[str] = mapped_column(String(40))
    kind: Mapped[WishKind] = choice(WishKind)
    reason: Mapped[str] = mapped_column(String(200))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    round: Mapped[AllocationRound] = relationship(back_populates="wishes")
    case: Mapped[Case] = relationship()


class RunState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class RoundRun(OperatorPrivate, Base):
    """One computation of a round, kept so that two can be compared. `result` is plain JSON:

    matches: [{case, offer, name, fit, reasons: [[code, note]], content}], left: [{case, reason: [code, note]}],
    skipped: [{case, why}], wishes: what was set and excluded, tenants: {case number: name}.
    """

    __tablename__ = "round_runs"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("(state = 'done') = (digest is not null)", name="done_has_digest"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("allocation_rounds.id"), index=True)
    number: Mapped[int]
    state: Mapped[RunState] = choice(RunState, default=RunState.WAITING)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failure: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[str | None] = mapped_column(String(71))
    matched: Mapped[int | None]
    left: Mapped[int | None]
    total_fit: Mapped[int | None]
    result: Mapped[dict[str, Any] | None]

    round: Mapped[AllocationRound] = relationship(back_populates="runs")
