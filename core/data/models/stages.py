"""How stages came about: decisions by named people, and the operator's own criteria. The stretches are `StageMove`."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, OperatorScoped, TenantScoped
from core.data.models.tenants import Stage, Tenant
from core.data.types import UTCDateTime, choice, utcnow


class StageDecisionKind(StrEnum):
    ENTRY = "entry"
    MOVE = "move"
    CORRECTION = "correction"


class StageDecision(TenantScoped, Base):
    """阶段变动: what was decided, by whom, on what evidence, with the checks of that day. Rows are only ever added.

    `before` and `after` hold the tenant's whole history of stages, `[{stage, from, to}]`, so that a correction can be
    read and undone. `evidence` is `[{title, file_id?}]`, `deciders` names with duties, `checks` as the kernel gives.
    """

    __tablename__ = "stage_decisions"

    kind: Mapped[StageDecisionKind] = choice(StageDecisionKind)
    from_stage: Mapped[Stage | None] = choice(Stage, named="from_stage", nullable=True)
    to_stage: Mapped[Stage] = choice(Stage, named="to_stage")
    moved_on: Mapped[date]
    deciders: Mapped[list[Any]]
    evidence: Mapped[list[Any]]
    checks: Mapped[list[Any]]
    effects: Mapped[list[Any]]
    reason: Mapped[str | None] = mapped_column(String(400))
    before: Mapped[list[Any]]
    after: Mapped[list[Any]]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    tenant: Mapped[Tenant] = relationship()


class StageParameter(OperatorScoped, Base):
    """An operator's own value of a stage criterion from a day on, over the default; NULL ends it. Kept as text."""

    __tablename__ = "stage_parameters"
    __table_args__ = (UniqueConstraint("operator_id", "name", "from_on"),)

    name: Mapped[str] = mapped_column(String(60))
    value: Mapped[str | None] = mapped_column(String(80))
    from_on: Mapped[date]
    source: Mapped[str] = mapped_column(String(200))
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    set_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
