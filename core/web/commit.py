"""One commit a request. A service flushes; here the work of a successful unsafe request is committed, once.

A GET changes nothing in the domain: whatever it touched is rolled back, which also frees SQLite's read lock before
the session row is written on its own.
"""

from __future__ import annotations

from flask import Flask, Response, request

from core.data.engine import start_reading
from core.extensions import db

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def init_app(app: Flask) -> None:
    @app.before_request
    def begin() -> None:
        start_reading(request.method in SAFE)

    @app.after_request
    def finish(response: Response) -> Response:
        if request.method not in SAFE and response.status_code < 400:
            db.session.commit()
        else:
            db.session.rollback()
        return response

    @app.teardown_request
    def end(error: BaseException | None) -> None:
        start_reading(False)  # what runs next on this thread is not this request
