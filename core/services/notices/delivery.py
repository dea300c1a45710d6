"""The mails of notices: which wait, claiming one person's before they are sent, and what became of them.

A mail is claimed (`sending`, with its Message-ID) in a transaction of its own before the mail server hears of it, so
that no two processes send it, and a process that dies in between leaves it claimed: nobody knows then whether it went,
so it is not sent again by itself (`give_up`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session, joinedload

import core
from core.data.models import (
    Delegation,
    DeliveryState,
    MailMode,
    Notice,
    NoticeDelivery,
    NoticeGroup,
    NoticePreference,
    User,
)
from core.data.queries.people import lending
from core.data.types import utcnow
from core.errors import N_, Conflict
from core.services import audit, jobs
from core.services.notices.telling import MAIL

S = DeliveryState
LIFE = timedelta(days=3)  # what could not be mailed for so long is not news any more
ANSWER = timedelta(minutes=15)  # a mail server has answered by then, or the process that asked it is gone
INTERRUPTED = N_("发送时中断，不知道是否已经发出")
TOO_LATE = N_("三天没有发出")
KEPT_READ, KEPT = timedelta(days=180), timedelta(days=730)
APART = {"synchronize_session": False}  # rows that no object of the session stands for


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as a mail needs it."""

    notice_id: int
    kind: str
    subject_id: int | None
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mail:
    """One person's mail: what it is of, in plain values."""

    mail_id: str
    address: str
    locale: str
    notices: Sequence[Told]


def waiting(session: Session, *, daily: bool) -> list[int]:
    """Whose mail waits, by user."""
    found = select(NoticeDelivery.user_id).where(_waits(daily)).distinct()
    return list(session.scalars(found.order_by(NoticeDelivery.user_id)))


def claim(session: Session, user_id: int, *, daily: bool, mail_id: str, now: datetime) -> Mail | None:
    """All of one person's that waits, claimed for one mail; None where nothing is left to send them. What they chose
    not to be mailed since, or may not read any more, is skipped."""
    claimed = (
        update(NoticeDelivery)
        .where(NoticeDelivery.user_id == user_id, _waits(daily))
        .values(state=S.SENDING, mail_id=mail_id, claimed_at=now, tries=NoticeDelivery.tries + 1)
    )
    session.execute(claimed, execution_options=APART)
    mine = (
        select(NoticeDelivery)
        .where(NoticeDelivery.mail_id == mail_id, NoticeDelivery.state == S.SENDING)
        .options(joinedload(NoticeDelivery.notice).joinedload(Notice.membership))
        .order_by(NoticeDelivery.notice_id)
        .execution_options(populate_existing=True)
    )
    rows = list(session.scalars(mine))
    user, unwanted, today = session.get_one(User, user_id), _unwanted(session, user_id), core.today().date()
    told = []
    for row in rows:
        notice = row.notice
        known = daily and notice.read_at is not None
        if known or not user.active or notice.group in unwanted or not _may_read(session, notice, today):
            row.state, row.error = S.SKIPPED, None
        else:
            told.append(Told(notice.id, notice.kind, notice.subject_id, notice.params))
    session.flush()
    return Mail(mail_id, user.email, user.locale, told) if told else None


def sent(session: Session, mail_id: str, now: datetime) -> None:
    _settle(session, mail_id, state=S.SENT, sent_at=now, error=None)


def refused(session: Session, mail_id: str, error: str) -> None:
    """It will not go, however often it is tried."""
    _settle(session, mail_id, state=S.FAILED, error=error[:300])


def postponed(session: Session, mail_id: str, error: str) -> None:
    """It did not go this time."""
    _settle(session, mail_id, state=S.WAITING, error=error[:300])


def give_up(session: Session, now: datetime) -> int:
    """What was claimed by a process that is gone, and what has waited too long, has failed; returns how many."""
    gone = (NoticeDelivery.state == S.SENDING, NoticeDelivery.claimed_at < now - ANSWER)
    old = (NoticeDelivery.state == S.WAITING, NoticeDelivery.since < now - LIFE)
    failed = 0
    for where, reason in ((gone, INTERRUPTED), (old, TOO_LATE)):
        done = update(NoticeDelivery).where(*where).values(state=S.FAILED, error=reason).returning(NoticeDelivery.id)
        failed += len(session.execute(done, execution_options=APART).all())
    return failed


def retry(session: Session, ids: Collection[int]) -> int:
    """Have failed mails tried again; returns how many of these had failed."""
    again = (
        update(NoticeDelivery)
        .where(NoticeDelivery.id.in_([*ids]), NoticeDelivery.state == S.FAILED)
        .values(state=S.WAITING, daily=False, error=None, since=utcnow())
        .returning(NoticeDelivery.id)
    )
    found = sorted(session.scalars(again, execution_options=APART))
    if not found:
        raise Conflict("所选的邮件都没有失败，不用重发；请刷新页面查看")
    audit.record(session, "notice.retry", detail={"deliveries": found})
    jobs.enqueue(session, MAIL, key=f"{MAIL}:retry:{utcnow():%Y%m%d%H%M%S%f}")
    return len(found)


def forget(session: Session, now: datetime) -> int:
    """Read notices go after half a year, all others after two; returns how many."""
    read = and_(Notice.read_at.is_not(None), Notice.created_at < now - KEPT_READ)
    old = select(Notice.id).where(or_(read, Notice.created_at < now - KEPT))
    session.execute(delete(NoticeDelivery).where(NoticeDelivery.notice_id.in_(old)), execution_options=APART)
    gone = delete(Notice).where(Notice.id.in_(old)).returning(Notice.id)
    return len(session.execute(gone, execution_options=APART).all())


def _waits(daily: bool) -> ColumnElement[bool]:
    return and_(NoticeDelivery.state == S.WAITING, NoticeDelivery.daily.is_(daily))


def _settle(session: Session, mail_id: str, **values: Any) -> None:
    mine = (NoticeDelivery.mail_id == mail_id, NoticeDelivery.state == S.SENDING)
    session.execute(update(NoticeDelivery).where(*mine).values(**values), execution_options=APART)


def _unwanted(session: Session, user_id: int) -> set[NoticeGroup]:
    """What somebody chose not to be mailed."""
    none = (NoticePreference.user_id == user_id, NoticePreference.mail == MailMode.NONE)
    return set(session.scalars(select(NoticePreference.group).where(*none)))


def _may_read(session: Session, notice: Notice, day: date) -> bool:
    """Whether the post in which they were told still is theirs, or lent to them."""
    if not notice.membership.running_on(day):
        return False
    lent = select(Delegation.id).where(
        Delegation.membership_id == notice.membership_id, Delegation.to_user_id == notice.user_id, lending(day)
    )
    return notice.membership.user_id == notice.user_id or session.scalar(lent.limit(1)) is not None
