"""专家评审: the panel of a case, who sits in it, and what each gave. Experts see what they were given, and no more:
`core.services.panels` reads and writes for them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, DistrictPrivate, TenantPrivate
from core.data.models.accounts import User
from core.data.models.cases import Case
from core.data.types import UTCDateTime, utcnow


class CasePanel(TenantPrivate, Base):
    """The panel of a case. `sheet` is what is scored and how, fixed when the panel is convened: `{"experts",
    "pass_score", "spread", "criteria": [{"key", "zh", "en", "weight", "max"}]}`. `mean` is in hundredths of a point,
    `digest` of the sheet with all scores. One that newer facts made stale stays behind as superseded."""

    __tablename__ = "case_panels"
    __table_args__ = (
        CheckConstraint(
            "(closed_at is null) = (mean is null) and (closed_at is null) = (digest is null)"
            " and (closed_at is null) = (closed_by_id is null)",
            name="closed_with_a_result",
        ),
        CheckConstraint("mean between 0 and 10000", name="mean_in_range"),
        Index(
            "uq_case_panels_standing",
            "case_id",
            unique=True,
            sqlite_where=text("superseded_at is null"),
            postgresql_where=text("superseded_at is null"),
        ),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    sheet: Mapped[dict[str, Any]]
    convened_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    convened_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    due_on: Mapped[date]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    mean: Mapped[int | None]
    digest: Mapped[str | None] = mapped_column(String(71))
    note: Mapped[str | None] = mapped_column(Text)
    superseded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    case: Mapped[Case] = relationship()


class PanelSeat(DistrictPrivate, Base):
    """An expert in a panel. Whoever has handed in their scores is not replaced any more."""

    __tablename__ = "panel_seats"
    __table_args__ = (
        UniqueConstraint("panel_id", "user_id"),
        CheckConstraint("replaced_at is null or handed_in_at is null", name="replaced_before_scoring"),
        CheckConstraint("(replaced_at is null) = (reason is null)", name="replaced_with_a_reason"),
    )

    panel_id: Mapped[int] = mapped_column(ForeignKey("case_panels.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    named_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    named_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    handed_in_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    replaced_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str | None] = mapped_column(String(200))

    panel: Mapped[CasePanel] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    scores: Mapped[list[PanelScore]] = relationship(order_by="PanelScore.id")


class PanelScore(DistrictPrivate, Base):
    """What an expert gave for one criterion, and why. Written when it is handed in; triggers refuse any change."""

    __tablename__ = "panel_scores"
    __table_args__ = (
        UniqueConstraint("seat_id", "criterion"),
        CheckConstraint("points >= 0", name="points_not_negative"),
    )

    seat_id: Mapped[int] = mapped_column(ForeignKey("panel_seats.id"), index=True)
    criterion: Mapped[str] = mapped_column(String(40))
    points: Mapped[int]
    comment: Mapped[str] = mapped_column(Text)
