"""Dunning letters as mail, with the PDF. Mail first, then the mark: a crash between the two sends twice, never not at
all. What could not be sent waits for the next day."""

from __future__ import annotations

from contextlib import suppress

import structlog
from flask import Flask
from flask_babel import force_locale

import core
from core.data.models import Dunning, Operator
from core.jobs.issuing import unit
from core.letters.errors import LetterRefusedError
from core.letters.money import amount_in_words
from core.letters.papers import render
from core.services import dunning, mail, subscriptions
from core.services.subscriptions import ReadOnly

log = structlog.get_logger()
NAME = "job:mail_dunnings"


def ask(app: Flask) -> int:
    """Make the letters of the operators that want them made by themselves; returns how many. An operator that may only
    read has none made."""
    today, made = core.today().date(), 0
    with unit(app, name="job:dun_tenants", write=False) as session:
        operators = dunning.to_dun(session)
    for operator_id in operators:
        with suppress(ReadOnly), unit(app, name="job:dun_tenants") as session:
            subscriptions.require_writable(session, operator_id, today)
            made += len(dunning.send_all(session, operator_id, today))
    return made


def send(app: Flask) -> int:
    """Mail all letters that wait; returns how many went. Without a mail server they wait for one."""
    if app.extensions["mailer"] is None:
        return 0
    with unit(app, name=NAME, write=False) as session:
        ids = dunning.waiting(session)
    return sum(_send(app, it) for it in ids)


def _send(app: Flask, dunning_id: int) -> bool:
    today = core.today().date()
    link = f"{app.extensions['settings'].base_url}/bills"
    with unit(app, name=NAME, write=False) as session, force_locale("zh_Hans_CN"):
        made = session.get_one(Dunning, dunning_id)
        operator = session.get_one(Operator, made.operator_id)
        to = dunning.addresses(session, made.tenant, today)
        letter, environment = dunning.letter_of(made), app.jinja_env
        said = {"letter": letter, "operator": operator, "in_words": amount_in_words, "preview": False, "link": link}
        html = environment.get_template("papers/dunning.html").render(**said)
        subject, _newline, body = environment.get_template("arrears/mail.txt").render(**said).strip().partition("\n")
        number, author, on = made.number, operator.name, made.sent_on
    if not to:
        log.warning("mail not sent", about="dunning", dunning=dunning_id, error="no address")
        return False
    try:
        pdf = render(html, title=number, author=author, on=on)
        for address in to:
            message = mail.compose(address, subject, body.lstrip("\n"))
            message.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"{number}.pdf")
            app.extensions["mailer"].send(message)
    except (OSError, LetterRefusedError) as error:
        log.warning("mail not sent", about="dunning", dunning=dunning_id, error=type(error).__name__)
        return False
    with unit(app, name=NAME) as session:
        dunning.mark(session, session.get_one(Dunning, dunning_id), to)
    return True
