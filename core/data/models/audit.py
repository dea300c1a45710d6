"""The trail of acts. Rows are only ever added: triggers on both engines refuse UPDATE and DELETE."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.data.base import Base, Unscoped
from core.data.types import UTCDateTime, utcnow


class AuditEvent(Unscoped, Base):
    """Who did what to which thing, when. Holds ids and digests, never names of persons or sealed values.

    Read through `core.data.queries.audit`, which takes the district or operator to look at.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_subject", "subject_type", "subject_id"),
        Index("ix_audit_events_actor", "actor_id", "id"),  # what somebody did, newest first
    )

    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"), index=True)
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("operators.id"), index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor: Mapped[str] = mapped_column(String(80))  # "user:12", "job:issue_letter", "command:seed"
    action: Mapped[str] = mapped_column(String(60), index=True)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    success: Mapped[bool] = mapped_column(default=True)
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    request_id: Mapped[str | None] = mapped_column(String(40))
    remote: Mapped[str | None] = mapped_column(String(64))
