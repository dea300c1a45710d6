"""How errors are shown: one sentence, what it means, what to do; in the reader's language, on every status."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from flask import Flask, g, render_template, request, session
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser
from werkzeug.wsgi import get_input_stream

from core.errors import DomainError
from core.extensions import db
from core.policy import Text
from core.services.subscriptions import ReadOnly
from core.web.access import is_local
from core.web.commit import SAFE
from core.web.origin import is_from_elsewhere
from core.web.templating import language

log = structlog.get_logger()
UNPAID, TOO_LARGE = ReadOnly.status, 413
READ_ON = 256 << 20  # so much of a form that is too large is still read, for what was typed into it
CODE = r"[a-zA-Z0-9_.:-]*"  # a choice, a number, a day: nothing that anybody would want to read again
HIDDEN = "password|token"  # in the name of a field: what nobody wants to see on a page


def sentence(error: DomainError) -> str:
    """The error's sentence in the reader's language."""
    values = {name: said.get(language()) if isinstance(said, Text) else said for name, said in error.values.items()}
    return gettext(error.message, **values)


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
    typed = _typed(code)
    return render_template(
        "errors/error.html",
        code=code,
        message=message,
        request_id=g.get("request_id"),
        back=_back(),
        # Sent once more where the same form, sent later, will do: nothing is wrong with it.
        again=typed if code == UNPAID else [],
        words=[value for name, value in typed if not re.fullmatch(CODE, value) and not re.search(HIDDEN, name)],
    ), code


def _typed(code: int) -> list[tuple[str, str]]:
    """What was typed into the form that is refused; nothing of one that another site sent."""
    sent_by = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if request.method in SAFE or request.blueprint == "security" or is_from_elsewhere(*sent_by, request.host):
        return []
    try:
        form = _beside_the_files() if code == TOO_LARGE else request.form
    except HTTPException:
        return []
    return [it for it in form.items(multi=True) if it[0] != "csrf_token"]


def _beside_the_files() -> MultiDict[str, str]:
    """The text of a form whose files were too much: it is read to its end, and the files are let go. (A browser that
    is not listened to while it sends would not even show our answer.)"""
    if "user_pk" not in session:
        return MultiDict()
    with ExitStack() as files:
        parser = FormDataParser(
            lambda *_, **__: files.enter_context(Path(os.devnull).open("r+b")),
            max_form_memory_size=request.max_form_memory_size,
            max_form_parts=request.max_form_parts,
        )
        stream = get_input_stream(request.environ, max_content_length=READ_ON)
        parsed = parser.parse(stream, request.mimetype, request.content_length, request.mimetype_params)
    return parsed[1]


def _back() -> str:
    """The page that the form was on; empty where that is not known."""
    came = urlsplit(request.referrer or "")
    known = request.method not in SAFE and came.netloc == request.host and is_local(came.path)
    return came._replace(scheme="", netloc="").geturl() if known else ""
