"""公示: what was shown to the public, kept as it was shown, and the objections raised to it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, DistrictPrivate
from core.data.models.cases import Case
from core.data.types import Sealable, Sealed, UTCDateTime, choice, utcnow


class Publication(DistrictPrivate, Base):
    """One public notice: cases of one policy, shown from a day to a day.

    `shown` is what the public reads, fixed when the notice begins: `{"title", "policy", "institution", "fields",
    "rows": [{field: text}]}`, one row a case, in the order of `entries`. It names no person and no account.
    """

    __tablename__ = "publications"
    __table_args__ = (CheckConstraint("ends_on >= opened_on", name="range"),)

    code: Mapped[str] = mapped_column(String(32), unique=True)  # in its public address
    policy_key: Mapped[str] = mapped_column(String(60), index=True)
    opened_on: Mapped[date] = mapped_column(index=True)
    ends_on: Mapped[date] = mapped_column(index=True)
    shown: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(71))  # of `shown`, RFC 8785
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    entries: Mapped[list[PublicationEntry]] = relationship(
        back_populates="publication", order_by="PublicationEntry.place"
    )


class PublicationEntry(DistrictPrivate, Base):
    """A case in a notice. One that comes back after an objection is published again, in another notice."""

    __tablename__ = "publication_entries"
    __table_args__ = (UniqueConstraint("publication_id", "place"), UniqueConstraint("publication_id", "case_id"))

    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    place: Mapped[int]  # 1, 2, 3 … as shown
    ended_early_on: Mapped[date | None]  # taken out: withdrawn, or back to review after an objection

    publication: Mapped[Publication] = relationship(back_populates="entries")
    case: Mapped[Case] = relationship()


class ObjectionState(StrEnum):
    RECEIVED = "received"  # nobody has looked at it yet
    SET_ASIDE = "set_aside"  # not about what is published; the reason is told
    REGISTERED = "registered"  # the case is being looked into because of it
    DISMISSED = "dismissed"
    UPHELD = "upheld"


class Objection(Sealable, DistrictPrivate, Base):
    """异议: from anybody, under their name. Who raised it is sealed and not told to the applicant.

    `receipt_hash` is of the code with which the sender, and nobody else, looks up the answer.
    """

    __tablename__ = "objections"
    __table_args__ = (
        CheckConstraint("(state = 'received') = (handled_at is null)", name="handled_has_a_time"),
        CheckConstraint("state in ('received', 'registered') or answer is not null", name="answered"),
    )

    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    receipt_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    contact_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    statement_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    state: Mapped[ObjectionState] = choice(ObjectionState, default=ObjectionState.RECEIVED, index=True)
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    handled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answer: Mapped[str | None] = mapped_column(Text)

    name = Sealed()
    contact = Sealed()
    statement = Sealed()

    publication: Mapped[Publication] = relationship()
    case: Mapped[Case] = relationship()
