"""One commit a request. A service flushes; here the work of a successful unsafe request is committed, once.

A GET changes nothing in the domain: whatever it touched is rolled back, which also frees SQLite's read lock before
the session row is written on its own.
"""

from __future__ import annotations

from flask import Flask, Response, request

from core.data.engine import start_reading
from core.errors import DomainError
from core.extensions import db

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def _instead(response: Response, other: Response) -> None:
    """Answer with what `other` says. The same object, since it has its headers already."""
    response.status_code, response.content_type = other.status_code, other.content_type
    response.set_data(other.get_data())
    for name in ("Location", "Content-Disposition", "ETag"):
        response.headers.pop(name, None)


def init_app(app: Flask) -> None:
    @app.before_request
    def begin() -> None:
        start_reading(request.method in SAFE)

    @app.after_request
    def finish(response: Response) -> Response:
        if request.method in SAFE or response.status_code >= 400:
            db.session.rollback()
            return response
        try:
            db.session.commit()
        except DomainError as error:  # what was not flushed before is refused only now (core.data.read_only)
            _instead(response, app.make_response(app.handle_user_exception(error)))
        return response

    @app.teardown_request
    def end(error: BaseException | None) -> None:
        start_reading(False)  # what runs next on this thread is not this request
