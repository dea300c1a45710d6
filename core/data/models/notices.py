"""通知: what a person is told, how far its mail has come, and who wants what by mail."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, Unscoped
from core.data.models.accounts import Membership, User
from core.data.types import UTCDateTime, choice, utcnow

UNREAD = "read_at is null"
OPEN = "state in ('waiting', 'sending', 'failed')"


class NoticeGroup(StrEnum):
    """What people choose by: which notices also come by mail. The kinds are in `core.services.notices.kinds`."""

    TURN = "turn"  # 轮到我办理
    DEADLINE = "deadline"  # 办理时限
    PROGRESS = "progress"  # 申请进展
    LETTER = "letter"  # 通知书与拨付
    HOUSE = "house"  # 园区事务: mentors, events, 发票
    SYSTEM = "system"  # 系统
    LOG = "log"  # 日志签名点: what auditors keep


class MailMode(StrEnum):
    AT_ONCE = "at_once"
    DAILY = "daily"  # one mail with all, each morning
    NONE = "none"


class Channel(StrEnum):
    MAIL = "mail"


class DeliveryState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"  # handed to the mail server, which has not answered yet
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"  # not wanted any more, or no longer to be read by them


class Notice(Unscoped, Base):
    """One thing that one person is told, in one of their posts: who has left the post does not read it any more.

    Kind and plain values are kept, and the sentence is made of them in the reader's language. `key` names what it is
    about, so that a person is told once. `about` holds the words to search by: numbers and names.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index(
            "ix_notices_unread", "user_id", "membership_id", sqlite_where=text(UNREAD), postgresql_where=text(UNREAD)
        ),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))  # found by the unique constraint's index
    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    group: Mapped[NoticeGroup] = choice(NoticeGroup)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    about: Mapped[str] = mapped_column(String(200), default="")
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    key: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship()
    membership: Mapped[Membership] = relationship()
    deliveries: Mapped[list[NoticeDelivery]] = relationship(back_populates="notice", order_by="NoticeDelivery.id")


class NoticeDelivery(Unscoped, Base):
    """How far the mail of a notice has come. Those that went in one mail share its `mail_id` (its Message-ID)."""

    __tablename__ = "notice_deliveries"
    __table_args__ = (
        UniqueConstraint("notice_id", "channel"),
        CheckConstraint("(state = 'sent') = (sent_at is not null)", name="sent_at"),
        CheckConstraint("state <> 'sending' or (claimed_at is not null and mail_id is not null)", name="claimed"),
        Index("ix_notice_deliveries_open", "state", "user_id", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    )

    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    channel: Mapped[Channel] = choice(Channel, default=Channel.MAIL)
    daily: Mapped[bool] = mapped_column(default=False)
    state: Mapped[DeliveryState] = choice(DeliveryState, default=DeliveryState.WAITING)
    since: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)  # it has waited; anew when tried anew
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(300))
    mail_id: Mapped[str | None] = mapped_column(String(120), index=True)
    claimed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    notice: Mapped[Notice] = relationship(back_populates="deliveries")
    user: Mapped[User] = relationship()


class NoticePreference(Unscoped, Base):
    """What one person chose for one group; without a row, what `core.services.notices.kinds` says."""

    __tablename__ = "notice_preferences"
    __table_args__ = (UniqueConstraint("user_id", "group"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    group: Mapped[NoticeGroup] = choice(NoticeGroup)
    mail: Mapped[MailMode] = choice(MailMode)
