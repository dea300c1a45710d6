"""What could not be assessed, and what the platform's people did about the plugin."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.data.base import Base, TenantScoped, Unscoped
from core.data.types import UTCDateTime, utcnow


class AssessmentFailure(TenantScoped, Base):
    """未能核算: the rules gave no answer to a case when they were last asked; `ended_at` when they do again.

    Written apart from the work of the request that found it, which is most often one that only reads.
    """

    __tablename__ = "assessment_failures"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    policy_key: Mapped[str] = mapped_column(String(60), index=True)
    reason: Mapped[str] = mapped_column(String(400))
    since: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    times: Mapped[int] = mapped_column(default=1)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PluginState(Unscoped, Base):
    """What an administrator last did to a plugin; every process follows within seconds.

    `held`: why it is out of service. `edition` rises each time it is to be read in again from its files.
    """

    __tablename__ = "plugin_states"

    policy_key: Mapped[str] = mapped_column(String(60), unique=True)
    held: Mapped[str | None] = mapped_column(String(400))
    edition: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
