"""Sessions kept on the server, so that they can be listed and ended at once.

The cookie is 256 random bits; the table holds its SHA-256, so a stolen database opens no session. The row is
written on its own connection after the request's work is committed: it is not part of the domain.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response, current_app
from flask import request as current_request
from flask import session as current
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import insert, select, update
from werkzeug.datastructures import CallbackDict

from core.data.engine import reading, writing
from core.data.models import UserSession
from core.data.types import utcnow
from core.extensions import db

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
TOUCH = timedelta(seconds=60)  # how often a visit is noted: a read page need not write each time

_json = TaggedJSONSerializer()
_table = UserSession.__table__


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class ServerSession(CallbackDict[str, Any], SessionMixin):
    def __init__(self, data: dict[str, Any] | None = None, token: str | None = None, seen: Any = None) -> None:
        def changed(_: object) -> None:
            self.modified = True

        super().__init__(data or {}, changed)
        self.token, self.seen = token, seen
        self.new = token is None
        self.modified = False
        self.stale: str | None = None  # a token to end, after rotation

    def rotate(self) -> None:
        """A new token for the same data: at sign-in, sign-out and change of role, against fixation."""
        self.stale, self.token, self.modified = self.token, None, True


class ServerSessionInterface(SessionInterface):
    def open_session(self, app: Flask, request: Request) -> ServerSession:
        token = request.cookies.get(self.get_cookie_name(app))
        if not token or len(token) > 100:
            return ServerSession()
        with reading(), db.engine.connect() as connection:
            row = connection.execute(select(_table).where(_table.c.token_hash == token_hash(token))).one_or_none()
        now = utcnow()
        if row is None or row.ended_at or row.seen_at < now - IDLE or row.created_at < now - ABSOLUTE:
            return ServerSession()
        return ServerSession(_json.loads(row.data.decode()), token, row.seen_at)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, ServerSession)
        if session.accessed:
            response.vary.add("Cookie")
        if session.new and not session.modified:
            return
        now = utcnow()
        if not session.modified and session.seen and session.seen > now - TOUCH:
            return
        values: dict[str, Any] = {
            "data": _json.dumps(dict(session)).encode(),
            "seen_at": now,
            "user_id": session.get("user_pk"),
        }
        with writing(), db.engine.begin() as connection:
            if session.stale:
                connection.execute(
                    update(_table)
                    .where(_table.c.token_hash == token_hash(session.stale))
                    .values(ended_at=now, data=b"{}")
                )
            if session.token is None:
                session.token = secrets.token_urlsafe(32)
                values |= {
                    "token_hash": token_hash(session.token),
                    "created_at": now,
                    "remote": current_request.remote_addr,
                    "agent": (current_request.user_agent.string or "")[:200],
                }
                connection.execute(insert(_table).values(**values))
            else:
                connection.execute(
                    update(_table).where(_table.c.token_hash == token_hash(session.token)).values(**values)
                )
        response.set_cookie(
            self.get_cookie_name(app),
            session.token,
            secure=app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
            path="/",
        )


def end_sessions(user_id: int, *, but: str | None = None) -> int:
    """End all sessions of a user, but the one with token `but`. Returns how many. In the caller's transaction."""
    statement = update(UserSession).where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
    if but:
        statement = statement.where(UserSession.token_hash != token_hash(but))
    return int(db.session.execute(statement.values(ended_at=utcnow(), data=b"{}")).rowcount)


def init_app(app: Flask) -> None:
    app.session_interface = ServerSessionInterface()
    app.config["SESSION_COOKIE_NAME"] = "__Host-sid" if app.config["SESSION_COOKIE_SECURE"] else "sid"


def current_session() -> ServerSession:
    real = current._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(real, ServerSession), current_app.name
    return real
