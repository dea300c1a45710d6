"""The application on a real database of each engine, people who are signed in, and a session to arrange rows with.

    def test_something(app, session, client_as):
        operator = factories.operator(session, factories.district(session))
        client = client_as(factories.user(session, Role.OPERATOR_MANAGER, operator=operator))
        assert client.get("/tenants").status_code == 200

What `session` holds is committed before each request and read afresh after it, so a test never waits for its own lock.
CSRF checks are off unless a test asks for the fixture `csrf`; `client.token()` then reads a token from a page.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import core
from core import create_app
from core.config import Environment, Settings
from core.data.asker import Asker
from core.data.engine import end
from core.data.models import Membership, User
from core.extensions import db
from core.web.sessions import start
from tests.integration.worlds import World, build_both
from tests.support.once import once

once()


class Client(FlaskClient):
    """A browser that lets go of the test's own transaction around each request."""

    arranging: Session  # the `session` fixture
    turn = threading.Lock()  # browsers in several threads share that one session

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.turn:
            self.arranging.commit()
        try:
            return super().open(*args, **kwargs)
        finally:
            with self.turn:
                self.arranging.expire_all()

    def token(self, path: str = "/account/login") -> str:
        """A CSRF token of this browser's session, read from a page as a browser would."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(path).text)
        assert found, f"{path} has no CSRF token"
        return found[1]


@pytest.fixture
def day_stays(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is still `TODAY` of the test's module, also for a run that has gone past midnight since it was read."""
    noon = datetime.combine(request.module.TODAY, datetime.min.time().replace(hour=12), core.SHANGHAI)
    monkeypatch.setattr(core, "today", lambda: noon)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Test settings with everything that is state under `tmp_path`. Override `environment` in a test that must."""
    return Settings(
        environment=Environment.TEST,
        var=tmp_path / "var",
        database_url=database_url,
        secret_key=b"s" * 32,
        master_key=b"m" * 32,
        base_url="http://localhost",
        trusted_hosts=("localhost",),
    )


@pytest.fixture
def app(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    made = create_app(settings)
    made.config["WTF_CSRF_ENABLED"] = False
    # Each application would compile each template anew.
    made.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(tmp_path_factory.getbasetemp()))
    yield made
    with made.app_context():
        db.session.remove()
        end(db.engine)  # of jobs that a test did not wait for


@pytest.fixture
def csrf(app: Flask) -> None:
    """Check CSRF tokens as in production."""
    app.config["WTF_CSRF_ENABLED"] = True


@pytest.fixture
def engine(app: Flask) -> Engine:
    with app.app_context():
        return db.engine


@pytest.fixture
def session(app: Flask, engine: Engine) -> Iterator[Session]:
    """A session of the system, apart from those of requests: no application context stays open in a test."""
    with Session(engine, expire_on_commit=False, info={"asker": Asker.system("tests")}) as made:
        app.test_client_class = type("BoundClient", (Client,), {"arranging": made})
        yield made


@pytest.fixture
def client(app: Flask, session: Session) -> Client:
    """A browser that has not signed in."""
    made = app.test_client()
    assert isinstance(made, Client)
    return made


@pytest.fixture
def client_as(app: Flask, session: Session) -> Callable[..., Client]:
    """`client_as(user, membership=None)`: a browser already signed in, second factor included, working as `membership`
    (the first one if not given). Each call is another browser."""

    def signed_in(user: User, membership: Membership | None = None) -> Client:
        session.commit()
        data = {"_user_id": user.fs_uniquifier, "_fresh": True, "user_pk": user.id, "fs_paa": time.time()}
        if user.tf_primary_method is None:
            # A privileged role works only with a second factor; tests of set-up make their users without this.
            user.tf_primary_method = "authenticator"
        if membership is not None:
            data["membership"] = membership.id
        session.commit()  # reading the user has opened a transaction, which the session's row would wait for
        with app.app_context():
            token = start(data)
        made = app.test_client()
        assert isinstance(made, Client)
        made.set_cookie(app.config["SESSION_COOKIE_NAME"], token)
        return made

    return signed_in


@pytest.fixture
def worlds(app: Flask, session: Session, settings: Settings) -> tuple[World, World]:
    """One's own world, and one whose every row is foreign."""
    return build_both(session, app, settings)
