"""Signing in as a browser does, and reading what it left behind."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from core.data.models import AuditEvent, User
from core.web.accounts import new_totp_secret
from tests.factories import PASSWORD
from tests.integration.conftest import Client


@pytest.fixture
def totp_secret(app: Flask) -> str:
    """An encrypted TOTP secret, as an authenticator would share it."""
    return new_totp_secret(app)


@pytest.fixture
def code_of(app: Flask) -> Callable[..., str]:
    """`code_of(user, steps=0)`: what the user's authenticator shows, so many steps of 30 seconds from now."""

    def code(user: User, steps: int = 0) -> str:
        with app.app_context():
            source = app.extensions["security"].totp_factory._totp.from_source(user.tf_totp_secret)
            return str(source.generate(time=int(time.time()) + 30 * steps).token)

    return code


@pytest.fixture
def events(session: Session) -> Callable[[str], list[AuditEvent]]:
    """The trail of one action, oldest first."""

    def found(action: str) -> list[AuditEvent]:
        session.commit()
        return list(session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)))

    return found


def sign_in(client: Client, user: User | str, password: str = PASSWORD, **query: str) -> TestResponse:
    email = user if isinstance(user, str) else user.email
    return client.post("/account/login", data={"email": email, "password": password}, query_string=query)


def give_code(client: Client, code: str, **query: str) -> TestResponse:
    return client.post("/account/tf-validate", data={"code": code}, query_string=query)


def is_in(client: Client) -> bool:
    """Whether the browser is signed in, second factor included."""
    return client.get("/account").status_code == 200
