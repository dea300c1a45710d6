"""Mails of notices: those that go at once, and each morning one with all for those who want that.

Claim, send, note: three units for a mail. What a crash between the last two leaves claimed is not sent again by itself
(`core.services.notices.delivery`).
"""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import make_msgid
from itertools import groupby
from typing import TypedDict

import structlog
from flask import Flask
from flask_babel import force_locale, gettext

import core
from core.data.models import NoticeGroup
from core.data.types import utcnow
from core.jobs.issuing import registry_of, unit
from core.services import mail, notices
from core.services.notices import delivery, findings
from core.services.notices.delivery import Mail, Told
from core.services.notices.kinds import GROUPS, KINDS, say
from core.services.transparency import keeping

log = structlog.get_logger()
NAME = "job:notices"


def tell(app: Flask) -> int:
    """Tell what a new day brings; returns how many were told."""
    with unit(app, name=NAME) as session:
        today = core.today().date()
        return notices.of_day(session, registry_of(app), today) + findings.of_days(session, today)


def tell_checkpoint(app: Flask) -> int:
    """Tell auditors the log's newest head; returns how many were told."""
    with unit(app, name=NAME) as session:
        head = keeping.newest(session)
        every = app.extensions["settings"].checkpoint_mails
        return notices.of_checkpoint(session, head, every, core.today().date()) if head is not None else 0


class Mailed(TypedDict):
    """How many mails went, and whether the mail server took them: where it is away, it is asked again later."""

    sent: int
    reached: bool


def send(app: Flask, *, daily: bool = False) -> Mailed:
    """Send what waits, one mail a person. What the mail server refuses of one keeps nobody else's; without a mail
    server it waits for one."""
    with unit(app, name=NAME) as session:
        delivery.give_up(session, utcnow())
        readers = delivery.waiting(session, daily=daily) if app.extensions["mailer"] is not None else []
    sent = 0
    for user_id in readers:
        try:
            sent += _send(app, user_id, daily=daily)
        except OSError:
            return {"sent": sent, "reached": False}
    return {"sent": sent, "reached": True}


def _send(app: Flask, user_id: int, *, daily: bool) -> bool:
    """Send one person's mail; says whether it went. Raises the `OSError` of a mail server that is away."""
    with unit(app, name=NAME) as session:
        claimed = delivery.claim(
            session, user_id, daily=daily, mail_id=make_msgid(domain="hongcai.invalid"), now=utcnow()
        )
    if claimed is None:
        return False
    subject, body = write(app, claimed, daily=daily)
    message = mail.compose(claimed.address, subject, body)
    message.replace_header("Message-ID", claimed.mail_id)
    try:
        app.extensions["mailer"].send(message)
    except OSError as error:
        log.warning("mail not sent", about="notices", user=user_id, error=type(error).__name__)
        note = delivery.refused if mail.is_final(error) else delivery.postponed
        with unit(app, name=NAME) as session:
            note(session, claimed.mail_id, f"{type(error).__name__}: {error}")
        if not mail.is_of_one(error):
            raise
        return False
    with unit(app, name=NAME) as session:
        delivery.sent(session, claimed.mail_id, utcnow())
    return True


def write(app: Flask, claimed: Mail, *, daily: bool) -> tuple[str, str]:
    """Subject and text of a mail, in the reader's language."""
    base = app.extensions["settings"].base_url
    language = "zh" if claimed.locale.startswith("zh") else "en"
    with app.app_context(), force_locale(claimed.locale):
        groups = [(gettext(GROUPS[group].title), [*_said(told, language, base)]) for group, told in _grouped(claimed)]
        count = len(claimed.notices)
        if count == 1:
            title = gettext("宏才：%(title)s", title=groups[0][1][0]["title"])
        else:
            title = gettext("宏才：今日通知%(n)s条", n=count) if daily else gettext("宏才：%(n)s条新通知", n=count)
        text = app.jinja_env.get_template("notices/mail.txt").render(
            subject=" ".join(title.split()),
            hello=gettext("您好："),
            groups=groups,
            several=count > 1,
            foot=gettext("哪些通知发邮件、立即发还是每天汇总一次，可以在“账户与安全”里选择："),
            preferences=f"{base}/account#notices",
        )
    subject, _newline, body = text.strip().partition("\n")
    return subject, body.lstrip("\n")


def _grouped(claimed: Mail) -> Iterator[tuple[NoticeGroup, list[Told]]]:
    order = list(GROUPS)
    found = sorted(claimed.notices, key=lambda it: (order.index(KINDS[it.kind].group), it.notice_id))
    for group, told in groupby(found, key=lambda it: KINDS[it.kind].group):
        yield group, [*told]


def _said(told: list[Told], language: str, base: str) -> Iterator[dict[str, str]]:
    for it in told:
        kind = KINDS[it.kind]
        words = say(kind, it.params, gettext, language)
        enclosed = str(it.params.get(kind.enclosed, ""))
        yield {
            "title": words.title,
            "text": words.text,
            "link": f"{base}/notices/{it.notice_id}",
            "enclosed": enclosed,
        }
