"""What is taken to a counter outside: packages of a case's papers, and what became of filing them there."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, TenantScoped
from core.data.models.cases import Case, StoredFile
from core.data.models.kept import KeptFile
from core.data.models.supports import OutsideSupport
from core.data.types import UTCDateTime, choice, utcnow


class Audience(StrEnum):
    """For whom a package is made: what of persons is in it follows from that, and nobody else is given it."""

    TENANT = "tenant"  # all, names and identity numbers of the insured too
    OPERATOR = "operator"  # none of the applicant's own papers; of the insured, how many
    DISTRICT = "district"  # persons masked


class PackageState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"  # its files were cleared away; the list of what was in it stays


class Package(TenantScoped, Base):
    """申报材料包 of a case. `rows` is its cover: what is in it, from where, and what is missing."""

    __tablename__ = "packages"
    __table_args__ = (
        Index(
            "uq_packages_waiting",
            "case_id",
            "audience",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        CheckConstraint("(state = 'waiting') = (ended_at is null)", name="ended"),
        CheckConstraint("(state = 'failed') = (failure is not null)", name="failed_with_reason"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    audience: Mapped[Audience] = choice(Audience)
    state: Mapped[PackageState] = choice(PackageState, default=PackageState.WAITING)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    expires_on: Mapped[date | None] = mapped_column(index=True)
    done: Mapped[int] = mapped_column(default=0)  # papers put in
    whole: Mapped[int] = mapped_column(default=0)  # of so many
    pages: Mapped[int | None]
    rows: Mapped[list[Any] | None]
    failure: Mapped[str | None] = mapped_column(String(300))

    case: Mapped[Case] = relationship()
    files: Mapped[list[PackageFile]] = relationship(
        back_populates="package", cascade="all, delete-orphan", order_by="PackageFile.id"
    )


class PackageFile(KeptFile, TenantScoped, Base):
    """The PDF or the ZIP of a package."""

    __tablename__ = "package_files"
    __table_args__ = (UniqueConstraint("package_id", "media_type"),)

    package_id: Mapped[int] = mapped_column(ForeignKey("packages.id"), index=True)

    package: Mapped[Package] = relationship(back_populates="files")


class FilingChannel(StrEnum):
    COUNTER = "counter"  # 现场
    ONLINE = "online"  # 一网通办 or another site
    POST = "post"


class FilingResult(StrEnum):
    ACCEPTED = "accepted"
    RETURNED = "returned"
    APPROVED = "approved"
    REFUSED = "refused"


FINAL = (FilingResult.APPROVED, FilingResult.REFUSED)


class OutsideFiling(TenantScoped, Base):
    """外部办理: a case handed in at a counter outside, and what was said there. Of several the newest counts."""

    __tablename__ = "outside_filings"
    __table_args__ = (
        CheckConstraint("(result is null) = (result_on is null)", name="result_dated"),
        CheckConstraint("result_on >= filed_on", name="result_after_filing"),
        CheckConstraint("amount_fen is null or (amount_fen > 0 and result = 'approved')", name="amount_of_approval"),
        CheckConstraint("(confirmed_at is null) = (confirmed_by_id is null)", name="confirmed_by_someone"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    counter: Mapped[str] = mapped_column(String(120))
    channel: Mapped[FilingChannel] = choice(FilingChannel)
    reference: Mapped[str | None] = mapped_column(String(80))  # the number given there
    filed_on: Mapped[date]
    filed_by: Mapped[str | None] = mapped_column(String(60))
    result: Mapped[FilingResult | None] = choice(FilingResult, nullable=True)
    result_on: Mapped[date | None]
    amount_fen: Mapped[int | None]
    note: Mapped[str | None] = mapped_column(String(400))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    support_id: Mapped[int | None] = mapped_column(ForeignKey("outside_supports.id"), unique=True)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    case: Mapped[Case] = relationship()
    file: Mapped[StoredFile | None] = relationship()
    support: Mapped[OutsideSupport | None] = relationship()
