"""Reading notices, always of one person and of the posts that are theirs now; and mails, for administrators."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, bindparam, case, func, select
from sqlalchemy.orm import Session

from core.data.models import (
    DeliveryState,
    MailMode,
    Notice,
    NoticeDelivery,
    NoticeGroup,
    NoticePreference,
    User,
)
from core.data.queries.paging import Listing

MOST = 100  # more unread ones are not counted
_SOME = (
    select(Notice.id)
    .where(
        Notice.user_id == bindparam("user"),
        Notice.read_at.is_(None),
        Notice.membership_id.in_(bindparam("posts", expanding=True)),
    )
    .limit(MOST)
)
_UNREAD = select(func.count()).select_from(_SOME.subquery())  # made once: each page asks it


def unread(session: Session, user_id: int, posts: Collection[int]) -> int:
    """How many of somebody's notices are unread, up to `MOST`."""
    return session.scalar(_UNREAD, {"user": user_id, "posts": [*posts]}) or 0 if posts else 0


def mine(user_id: int, posts: Collection[int]) -> ColumnElement[bool]:
    """Of these posts, whose notices somebody may read."""
    return (Notice.user_id == user_id) & Notice.membership_id.in_([*posts])


def one(session: Session, notice_id: int, user_id: int, posts: Collection[int]) -> Notice | None:
    return session.scalars(select(Notice).where(Notice.id == notice_id, mine(user_id, posts))).one_or_none()


def listing(user_id: int, posts: Collection[int]) -> Listing:
    """Somebody's notices; sorted by `unread`, descending, those come first and then the newest."""
    return Listing(
        statement=select(
            Notice.id,
            Notice.kind,
            Notice.group,
            Notice.membership_id,
            Notice.about,
            Notice.params,
            Notice.created_at,
            Notice.read_at,
        ).where(mine(user_id, posts)),
        key=Notice.id,
        sorts={
            "unread": case((Notice.read_at.is_(None), 1), else_=0),
            "created_at": Notice.created_at,
        },
        search=(Notice.about,),
        filters={
            "group": lambda value: Notice.group == NoticeGroup(value),
            "read": lambda value: Notice.read_at.is_(None) if value == "no" else Notice.read_at.is_not(None),
        },
    )


def deliveries() -> Listing:
    """The mails of all notices. What a notice says is not among it: administrators see no operator's rows."""
    return Listing(
        statement=select(
            NoticeDelivery.id,
            User.email,
            User.name,
            Notice.group,
            Notice.kind,
            Notice.created_at,
            NoticeDelivery.state,
            NoticeDelivery.daily,
            NoticeDelivery.tries,
            NoticeDelivery.error,
            NoticeDelivery.sent_at,
        )
        .join(Notice, Notice.id == NoticeDelivery.notice_id)
        .join(User, User.id == NoticeDelivery.user_id),
        key=NoticeDelivery.id,
        sorts={"created_at": Notice.created_at, "email": User.email, "tries": NoticeDelivery.tries},
        search=(User.email, User.name),
        filters={
            "state": lambda value: NoticeDelivery.state == DeliveryState(value),
            "daily": lambda value: NoticeDelivery.daily.is_(value == "yes"),
        },
    )


def open_deliveries(session: Session) -> dict[DeliveryState, int]:
    """How many mails wait, are being sent and have failed."""
    wanted = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.FAILED)
    query = select(NoticeDelivery.state, func.count()).where(NoticeDelivery.state.in_(wanted))
    found = dict(session.execute(query.group_by(NoticeDelivery.state)).all())
    return {state: found.get(state, 0) for state in wanted}


def preferences(session: Session, user_id: int) -> dict[NoticeGroup, MailMode]:
    """What somebody chose, by group."""
    query = select(NoticePreference.group, NoticePreference.mail).where(NoticePreference.user_id == user_id)
    return dict(session.execute(query).all())
