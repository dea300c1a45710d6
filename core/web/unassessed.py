"""What a request found unassessed is written once the request is over, and the platform's people are told once; and
each process follows what they decided about plugins."""

from __future__ import annotations

import structlog
from flask import Flask, Response, current_app, g, render_template, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from core.data import read_only
from core.data.engine import writing
from core.data.models import Membership, Role, User
from core.data.queries.people import running
from core.extensions import db
from core.services import assessments, failures, mail
from core.services.plugins import Follower

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Before `commit.init_app`: what runs after a request runs in reverse order, and this is for when it has ended."""

    @app.after_request
    def settle(response: Response) -> Response:
        if read_only.is_held():
            failures.forget(db.session())  # who only reads leaves no row; the next look at the case notes it
            return response
        try:
            with writing():
                for policy in failures.settle(db.session()):
                    tell(policy)
        except SQLAlchemyError as error:  # the answer to the request stands; the next look at the case notes it again
            db.session.rollback()
            log.error("unassessed.not_written", error=type(error).__name__)
        return response


def follow(app: Flask) -> None:
    """After the guard, so that only requests that go on look."""
    app.extensions["follower"] = Follower(app.extensions["registry"])

    @app.before_request
    def look() -> None:
        if request.endpoint != "static":
            current_app.extensions["follower"].follow(db.session())


def tell(policy: str) -> None:
    """Mail to the platform's administrators, where mail is set up. The case, the list and the page of plugins say it
    too, so nothing is lost without."""
    log.error("unassessed", policy=policy)
    mailer: mail.Mailer | None = current_app.extensions["mailer"]
    if mailer is None:
        return
    admins = (
        select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.role == Role.PLATFORM_ADMIN, running(g.today))
    )
    addresses = sorted(set(db.session.scalars(admins)))
    link = f"{current_app.extensions['settings'].base_url}/admin/plugins"
    title = assessments.title_of(current_app.extensions["registry"], policy) or {"zh": policy, "en": policy}
    text = render_template("admin/mail/unassessed.txt", policy=title, link=link)
    subject, _newline, body = text.strip().partition("\n")
    for address in addresses:
        try:
            mailer.send(mail.compose(address, subject, body.lstrip("\n")))
        except OSError as error:
            log.warning("mail not sent", policy=policy, error=type(error).__name__)
