"""What another site sends here in our reader's name is not done, whatever token it carries (ASVS 5.0, 3.5.1).

Beside the token of each form: browsers say where a request comes from, and a page of another site cannot change that.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, request

from core.errors import N_, Forbidden
from core.web.commit import SAFE

OURS = (None, "same-origin", "none")  # none: typed or opened by the reader; absent: an old browser, or a program


def is_from_elsewhere(fetch_site: str | None, origin: str | None, host: str) -> bool:
    """By the headers `Sec-Fetch-Site` and `Origin`. Only hosts are compared: a proxy may have taken TLS off."""
    if fetch_site not in OURS:
        return True
    return origin is not None and urlsplit(origin).netloc != host


def init_app(app: Flask) -> None:
    @app.before_request
    def refuse() -> None:
        if request.method in SAFE:
            return
        if is_from_elsewhere(request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin"), request.host):
            raise Forbidden(N_("这个操作是从别的网站发来的，没有执行。请在本站的页面上重新操作。"))
