"""Sessions kept on the server, so that they can be listed and ended at once.

The cookie is 256 random bits; the table holds its SHA-256, so a stolen database opens no session. The row is
written on its own connection after the request's work is committed: it is not part of the domain.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Request, Response, current_app, g, has_request_context
from flask import request as current_request
from flask import session as current
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update
from werkzeug.datastructures import CallbackDict

from core.data.engine import reading, start_reading, writing
from core.data.models import UserSession
from core.data.types import utcnow
from core.extensions import db
from core.web.commit import SAFE

IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)
# For people whose roles move money, read across operators or run the platform.
PRIVILEGED_IDLE, PRIVILEGED_ABSOLUTE = timedelta(minutes=15), timedelta(hours=8)
TOUCH = timedelta(seconds=60)  # how often a visit is noted: a read page need not write each time
KEPT = timedelta(days=30)  # how long an ended session stays listed in the table

_json = TaggedJSONSerializer()
_table = UserSession.__table__


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """The data of one browser. `token` is None until the row is written; `created` is when it signed in."""

    def __init__(
        self,
        data: dict[str, Any] | None = None,
        token: str | None = None,
        created: datetime | None = None,
        seen: datetime | None = None,
    ) -> None:
        def changed(_: object) -> None:
            self.modified = True

        super().__init__(data or {}, changed)
        self.token, self.created, self.seen = token, created, seen
        self.new = token is None
        self.modified = False
        self.stale: str | None = None  # a token to end, after rotation

    def rotate(self, *, restart: bool = False) -> None:
        """A new token for the same data: at sign-in, sign-out and change of role, against fixation. The absolute
        limit runs on, unless `restart` says that someone has just signed in."""
        if self.token is not None:
            self.stale, self.token = self.token, None
        if restart:
            self.created = None
        self.modified = True

    def renew(self, *, restart: bool = False) -> None:
        """`rotate`, and another CSRF token: whoever planted the old session may know the old one."""
        self.pop("csrf_token", None)
        g.pop("csrf_token", None)
        self.rotate(restart=restart)

    def abandon(self) -> None:
        """Forget everything and end the row."""
        self.clear()
        g.pop("csrf_token", None)
        self.rotate(restart=True)

    def outlived(self, idle: timedelta, absolute: timedelta) -> bool:
        """Whether it is past these limits. One that is being made is not."""
        now = utcnow()
        return bool((self.seen and self.seen < now - idle) or (self.created and self.created < now - absolute))


class ServerSessionInterface(SessionInterface):
    def open_session(self, app: Flask, request: Request) -> ServerSession:
        token = request.cookies.get(self.get_cookie_name(app))
        if not token or len(token) > 100:
            return ServerSession()
        row = _row(token_hash(token), request.method in SAFE)
        if row is None:
            return ServerSession()
        found = ServerSession(_json.loads(row.data.decode()), token, row.created_at, row.seen_at)
        return ServerSession() if found.outlived(IDLE, ABSOLUTE) else found

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, ServerSession)
        if session.accessed:
            response.vary.add("Cookie")
        if not session.modified and (session.new or (session.seen and session.seen > utcnow() - TOUCH)):
            return
        # The work of the request is committed or undone by now; what was read since then must not hold up our write.
        db.session.rollback()
        with writing(), db.engine.begin() as connection:
            _write(connection, session)
        name, secure = self.get_cookie_name(app), bool(app.config["SESSION_COOKIE_SECURE"])
        if session.token is None:
            response.delete_cookie(name, secure=secure, httponly=True, samesite="Lax")
        else:
            response.set_cookie(name, session.token, secure=secure, httponly=True, samesite="Lax")


_BY_TOKEN = select(_table).where(_table.c.token_hash == bindparam("token"), _table.c.ended_at.is_(None))


def _row(token: str, safe: bool) -> Any:
    """The row of a token's hash. A request that only reads has its transaction begin with this; one that writes takes
    its lock later, and only if somebody is there."""
    if safe:
        start_reading(True)
        return db.session.connection().execute(_BY_TOKEN, {"token": token}).one_or_none()
    with reading(), db.engine.connect() as connection:
        return connection.execute(_BY_TOKEN, {"token": token}).one_or_none()


def _write(connection: Connection, session: ServerSession) -> None:
    now = utcnow()
    if session.stale:
        connection.execute(_ending(now).where(_table.c.token_hash == token_hash(session.stale)))
    if session.token is None and not session:
        return  # signed out: nothing is worth a row
    values = {"data": _json.dumps(dict(session)).encode(), "seen_at": now, "user_id": session.get("user_pk")}
    if session.token is not None:
        # Never a row ended meanwhile: whoever ended it meant this request too.
        mine = (_table.c.token_hash == token_hash(session.token), _table.c.ended_at.is_(None))
        connection.execute(update(_table).where(*mine).values(**values))
        return
    session.token = secrets.token_urlsafe(32)
    origin = current_request if has_request_context() else None
    connection.execute(
        insert(_table).values(
            token_hash=token_hash(session.token),
            created_at=session.created or now,
            remote=origin.remote_addr if origin else None,
            agent=(origin.user_agent.string or "")[:200] if origin else None,
            **values,
        )
    )


def _ending(now: datetime) -> Any:
    return update(_table).where(_table.c.ended_at.is_(None)).values(ended_at=now, data=b"{}")


def start(data: dict[str, Any]) -> str:
    """A session made outside a request (tests, tools) with `data` in it; returns its token. Commits on its own."""
    session = ServerSession(data)
    with writing(), db.engine.begin() as connection:
        _write(connection, session)
    assert session.token is not None
    return session.token


def end_sessions(user_id: int, *, but: str | None = None) -> int:
    """End all sessions of a user, but the one with token `but`. Returns how many. In the caller's transaction."""
    statement = _ending(utcnow()).where(_table.c.user_id == user_id)
    if but:
        statement = statement.where(_table.c.token_hash != token_hash(but))
    return int(db.session.execute(statement).rowcount)


def end_session(user_id: int, session_id: int) -> bool:
    """End one session of a user. False where it is not theirs or has ended. In the caller's transaction."""
    mine = (_table.c.id == session_id, _table.c.user_id == user_id)
    return bool(db.session.execute(_ending(utcnow()).where(*mine)).rowcount)


def sweep() -> int:
    """Remove rows of visitors who went away and of sessions that ended long ago. In the caller's transaction."""
    now = utcnow()
    gone = or_(
        (_table.c.user_id.is_(None)) & (_table.c.seen_at < now - IDLE),
        _table.c.seen_at < now - KEPT,
    )
    return int(db.session.execute(delete(_table).where(gone)).rowcount)


def init_app(app: Flask) -> None:
    app.session_interface = ServerSessionInterface()
    app.config["SESSION_COOKIE_NAME"] = "__Host-sid" if app.config["SESSION_COOKIE_SECURE"] else "sid"


def current_session() -> ServerSession:
    real = current._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(real, ServerSession), current_app.name
    return real
