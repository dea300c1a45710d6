"""A district with its staff, and a mail server that can be told to fail."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from tests.scenes import Scene

Told = Callable[..., dict[str, set[str]]]


class Post:
    """A mail server that keeps what it takes, after the errors it was told to raise."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.errors: list[OSError] = []

    def send(self, message: EmailMessage) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append(message)

    def to(self, user: m.User) -> list[EmailMessage]:
        return [it for it in self.taken if it["To"] == user.email]


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings) -> Scene:
    with app.app_context():
        return Scene(session, app.extensions["registry"], settings.files)


@pytest.fixture
def post(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Post:
    made = Post()
    monkeypatch.setitem(app.extensions, "mailer", made)
    return made


@pytest.fixture
def told(session: Session) -> Told:
    """`told()`: who has which kinds of notices, by the e-mail of each; `told(after=id)`: those since."""

    def now(after: int = 0) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        query = select(m.User.email, m.Notice.kind).join(m.Notice, m.Notice.user_id == m.User.id)
        for email, kind in session.execute(query.where(m.Notice.id > after)):
            found.setdefault(email, set()).add(kind)
        return found

    return now
