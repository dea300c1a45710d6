"""Reading one's own notices, and choosing which of them come by mail."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.data.models import MailMode, Notice, NoticeGroup, NoticePreference, User
from core.data.queries.notices import mine
from core.errors import Invalid
from core.services import audit

LOCALES = ("zh_Hans_CN", "en")


def mark(
    session: Session, user_id: int, posts: Collection[int], at: datetime | None, *, only: Collection[int] | None = None
) -> int:
    """Mark all of somebody's notices, or `only` some, as read at that instant, or (None) as not read; says how many
    were not so before."""
    other = Notice.read_at.is_(None) if at else Notice.read_at.is_not(None)
    statement = update(Notice).where(mine(user_id, posts), other).values(read_at=at).returning(Notice.id)
    if only is not None:
        statement = statement.where(Notice.id.in_([*only]))
    return len(session.execute(statement, execution_options={"synchronize_session": False}).all())


def unmark(session: Session, user_id: int, posts: Collection[int], at: datetime) -> int:
    """Take back what `mark` did at that instant."""
    statement = update(Notice).where(mine(user_id, posts), Notice.read_at == at).values(read_at=None)
    done = session.execute(statement.returning(Notice.id), execution_options={"synchronize_session": False})
    return len(done.all())


def choose(session: Session, user: User, chosen: Mapping[NoticeGroup, MailMode], locale: str) -> None:
    """Keep what somebody wants by mail, and in which language."""
    if locale not in LOCALES:
        raise Invalid("请选择邮件的语言", field="locale")
    there = {
        it.group: it for it in session.scalars(select(NoticePreference).where(NoticePreference.user_id == user.id))
    }
    for group, mode in chosen.items():
        if group in there:
            there[group].mail = mode
        else:
            session.add(NoticePreference(user_id=user.id, group=group, mail=mode))
    user.locale = locale
    detail = {group.value: mode.value for group, mode in chosen.items()} | {"locale": locale}
    audit.record(session, "account.notices", user, detail=detail)
    session.flush()
