"""Mails about leases that end, as a daily job. Mail first, then the mark: a crash between the two tells twice, never
not at all."""

from __future__ import annotations

import structlog
from flask import Flask

import core
from core.jobs.issuing import unit
from core.services import mail
from core.services.leases import reminders

log = structlog.get_logger()
NAME = "job:remind_leases"


def remind(app: Flask) -> int:
    """Tell whoever is to be told; returns how many mails went. Without a mail server nothing is marked: it is told when
    there is one."""
    mailer: mail.Mailer | None = app.extensions["mailer"]
    if mailer is None:
        return 0
    today, sent = core.today().date(), 0
    link = f"{app.extensions['settings'].base_url}/leases"
    template = app.jinja_env.get_template("leases/mail/ending.txt")
    with unit(app, name=NAME) as session:
        found = reminders.due(session, today)
        failed: set[int] = set()
        for address, mine in reminders.by_reader(session, found, today).items():
            text = template.render(leases=mine, link=link)
            subject, _newline, body = text.strip().partition("\n")
            try:
                mailer.send(mail.compose(address, subject, body.lstrip("\n")))
                sent += 1
            except OSError as error:
                log.warning("mail not sent", about="leases", error=type(error).__name__)
                failed |= {it.lease.id for it in mine}
        reminders.mark(session, [it for it in found if it.lease.id not in failed])
    return sent
