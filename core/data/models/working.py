"""How people work: the views they keep of a list, and what can be undone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.data.base import Base, OperatorPrivate, Unscoped
from core.data.types import UTCDateTime, utcnow


class SavedView(Unscoped, Base):
    """One person's view of one list: search, filters, sort and columns, as the list's query string."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("user_id", "list_key", "name"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    list_key: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class UndoStep(OperatorPrivate, Base):
    """What one act changed, so that it can be taken back: a merge, a change of many rows at once.

    `changes` is `[{table, id, before: {column: value}, after: {column: value}}]`. It is taken back only while the rows
    still hold `after`.
    """

    __tablename__ = "undo_steps"

    action: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    changes: Mapped[list[Any]]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
