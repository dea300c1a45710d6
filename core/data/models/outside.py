"""外部名单: what other authorities know of persons and companies, brought in for one purpose and deleted on a day that
is said before. Of a row no name and no number is kept: a blind index, a month and an amount."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.data.base import AuditorWrites, Base, DistrictPrivate
from core.data.types import Month, UTCDateTime, choice, utcnow


class OutsideKind(StrEnum):
    UNEMPLOYMENT = "unemployment"  # 领取失业金, by month
    RETIRED = "retired"
    DECEASED = "deceased"
    DEREGISTERED = "deregistered"  # 注销或吊销
    PAID_ELSEWHERE = "paid_elsewhere"  # 外区已补贴


class OutsideSubject(StrEnum):
    PERSON = "person"
    COMPANY = "company"


class OutsideList(AuditorWrites, DistrictPrivate, Base):
    """One list. It is looked at first (`confirmed_at` is NULL) and matches nothing until somebody confirms it. When its
    rows are deleted it stays, so that what was asked, on which basis and until when can be told afterwards."""

    __tablename__ = "outside_lists"
    __table_args__ = (
        CheckConstraint("keep_until >= data_on", name="kept"),
        CheckConstraint("row_count >= 0 and unread >= 0 and hits >= 0", name="counts"),
        CheckConstraint("deleted_by_id is null or deleted_at is not null", name="deleted"),
    )

    kind: Mapped[OutsideKind] = choice(OutsideKind)
    given_by: Mapped[str] = mapped_column(String(120))
    document: Mapped[str] = mapped_column(String(120))  # the number of the approval or letter it came with
    basis: Mapped[str] = mapped_column(String(300))  # the law or rule that allows it
    data_on: Mapped[date]  # the day the data are of
    keep_until: Mapped[date]
    file_mark: Mapped[str] = mapped_column(String(32))  # keyed hash of the file: the same one is not taken twice
    row_count: Mapped[int] = mapped_column(default=0)
    unread: Mapped[int] = mapped_column(default=0)
    hits: Mapped[int] = mapped_column(default=0)  # leads that the last comparison found in it
    imported_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    imported_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    compared_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    deleted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # NULL: its day had come


class OutsideRow(AuditorWrites, DistrictPrivate, Base):
    """A person or company in a list: `mark` is the blind index (`Keyring.once_index`) by which our own rows are known.
    From `month_from` to `month_to`; of what happened once and lasts (retired, deceased, deregistered) `month_to` is
    NULL."""

    __tablename__ = "outside_rows"
    __table_args__ = (
        CheckConstraint("month_to is null or month_to >= month_from", name="months"),
        CheckConstraint("amount_fen >= 0", name="amount"),
        Index("ix_outside_rows_mark", "mark", "list_id"),
    )

    list_id: Mapped[int] = mapped_column(ForeignKey("outside_lists.id"), index=True)
    subject: Mapped[OutsideSubject] = choice(OutsideSubject)
    mark: Mapped[str] = mapped_column(String(32))
    month_from: Mapped[str] = mapped_column(Month)
    month_to: Mapped[str | None] = mapped_column(Month)
    amount_fen: Mapped[int | None]
