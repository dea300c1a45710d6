"""How errors are shown: one sentence, what it means, what to do; in the reader's language, on every status."""

from __future__ import annotations

import structlog
from flask import Flask, g, render_template
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from core.errors import DomainError
from core.extensions import db

log = structlog.get_logger()


def sentence(error: DomainError) -> str:
    """The error's sentence in the reader's language."""
    return gettext(error.message, **error.values)


def init_app(app: Flask) -> None:
    @app.errorhandler(DomainError)
    def domain(error: DomainError) -> tuple[str, int]:
        db.session.rollback()
        return page(error.status, sentence(error))

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> tuple[str, int] | HTTPException:
        db.session.rollback()
        code = error.code or 500
        return error if code < 400 else page(code)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> tuple[str, int]:
        db.session.rollback()
        log.error("unexpected", error=type(error).__name__, exc_info=error)
        if app.testing:
            raise error
        return page(500)


def page(code: int, message: str | None = None) -> tuple[str, int]:
    return render_template("errors/error.html", code=code, message=message, request_id=g.get("request_id")), code
