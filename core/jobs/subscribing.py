"""Looking after subscriptions daily: trials of new operators, and mails about what ends. Mail first, then the mark:
a crash between the two tells twice, never not at all."""

from __future__ import annotations

from typing import TypedDict

import structlog
from flask import Flask

import core
from core.jobs.issuing import unit
from core.services import mail, subscriptions
from core.services.subscriptions import reminders

log = structlog.get_logger()
NAME = "job:look_after_subscriptions"


class Done(TypedDict):
    """What came of it."""

    trials: int
    seen: int
    mails: int


def begin_trials(app: Flask) -> int:
    """Returns how many operators began theirs."""
    if subscriptions.offered() is None:
        return 0
    with unit(app, name=NAME) as session:
        return subscriptions.begin_trials(session, core.today().date())


def remind(app: Flask) -> int:
    """Tell whoever is to be told; returns how many mails went. Without a mail server nothing is marked."""
    mailer: mail.Mailer | None = app.extensions["mailer"]
    if mailer is None:
        return 0
    today, sent = core.today().date(), 0
    link = f"{app.extensions['settings'].base_url}/subscription"
    template = app.jinja_env.get_template("subscriptions/mail/ending.txt")
    with unit(app, name=NAME) as session:
        found = reminders.due(session, today)
        failed: set[int] = set()
        for address, it in reminders.by_reader(session, found, today):
            text = template.render(it=it.standing, operator=it.subscription.operator.name, link=link)
            subject, _newline, body = text.strip().partition("\n")
            try:
                mailer.send(mail.compose(address, subject, body.lstrip("\n")))
                sent += 1
            except OSError as error:
                log.warning("mail not sent", about="subscriptions", error=type(error).__name__)
                failed.add(it.subscription.id)
        reminders.mark(session, [it for it in found if it.subscription.id not in failed])
    return sent
