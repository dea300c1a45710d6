"""What a tenant had from elsewhere for the same evidence: from the city, another district, another scheme."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, TenantScoped
from core.data.models.awards import EvidenceKind
from core.data.models.cases import StoredFile
from core.data.models.leases import Grade
from core.data.types import UTCDateTime, choice, utcnow


class SupportLevel(StrEnum):
    CITY = "city"  # 市级
    DISTRICT = "district"  # 其他区
    OTHER = "other"  # 本区其他渠道，如科委


class OutsideSupport(TenantScoped, Base):
    """系统外扶持. It has the evidence of its months as an award does; taken back, it stays on record."""

    __tablename__ = "outside_supports"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("month_from <= month_to", name="range"),
    )

    scheme: Mapped[str] = mapped_column(String(120))
    reference: Mapped[str | None] = mapped_column(String(80))  # 文号
    level: Mapped[SupportLevel] = choice(SupportLevel)
    kind: Mapped[EvidenceKind] = choice(EvidenceKind)
    month_from: Mapped[str] = mapped_column(String(7))
    month_to: Mapped[str] = mapped_column(String(7))
    amount_fen: Mapped[int]
    granted_on: Mapped[date]
    grade: Mapped[Grade] = choice(Grade)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    file: Mapped[StoredFile] = relationship()

    @property
    def called(self) -> str:
        """How it is named where it stands in the way of something."""
        return f"{self.scheme}（{self.reference}）" if self.reference else self.scheme
