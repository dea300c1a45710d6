"""A district's own values of a policy's parameters: drafts of its staff, and what was published and never changes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.data.base import Base, DistrictPrivate, Unscoped
from core.data.types import UTCDateTime, choice, utcnow


class DraftState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"  # waits for a second person; nothing in it changes meanwhile
    PUBLISHED = "published"
    DISCARDED = "discarded"


class ParameterDraft(DistrictPrivate, Base):
    """New values of one policy, with a day each, as its author typed them.

    `rows` are `{name, value, ended, from, source, status, checked_on}`, all text as typed, so that an unfinished row is
    kept too; what they mean is read by `core.services.parameters.rows`. `golden` are the results that the author
    expects of golden cases which the values change: `{case, months, outcome, amount_fen, failed, unknown}`.
    `correction` is why values may begin before the day of publication; NULL: they may not.
    """

    __tablename__ = "parameter_drafts"

    policy_key: Mapped[str] = mapped_column(String(60))
    note: Mapped[str] = mapped_column(String(400), default="")
    correction: Mapped[str | None] = mapped_column(String(400))
    rows: Mapped[list[Any]]
    golden: Mapped[list[Any]]
    state: Mapped[DraftState] = choice(DraftState, default=DraftState.DRAFT)
    version: Mapped[int] = mapped_column(default=1)  # rises with each save: a stale tab is told, not obeyed
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    returned: Mapped[str | None] = mapped_column(String(400))  # why the second person gave it back
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PublishedParameters(Unscoped, Base):
    """All values of a district for one policy, as published: what anyone may read. Rows are only ever added.

    `file` is the whole set as the file that `hongcai policies assess --params` takes, `digest` its SHA-256. The newest
    `number` holds; the older ones are the history. `golden` are the golden results accepted so far, `rules_digest` says
    under which code they were checked.
    """

    __tablename__ = "published_parameters"
    __table_args__ = (
        UniqueConstraint("district_id", "policy_key", "number"),
        CheckConstraint("drafted_by_id <> published_by_id", name="two_people"),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    policy_key: Mapped[str] = mapped_column(String(60))
    number: Mapped[int]
    draft_id: Mapped[int] = mapped_column(ForeignKey("parameter_drafts.id"), unique=True)
    file: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(71))
    note: Mapped[str] = mapped_column(String(400))
    correction: Mapped[str | None] = mapped_column(String(400))
    golden: Mapped[list[Any]]
    rules_digest: Mapped[str] = mapped_column(String(71))
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    published_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
