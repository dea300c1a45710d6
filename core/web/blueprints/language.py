"""Choosing a language. A link, because it changes nothing but the reader's own cookie."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from core.web.access import is_local, public
from core.web.languages import LANGUAGES

blueprint = Blueprint("language", __name__)


@blueprint.get("/language/<lang>")
@public
def choose(lang: str) -> Response:
    """Remember the language and go back to the page one was on, never to another site."""
    if lang not in LANGUAGES:
        abort(404)
    back = request.args.get("next", "/")
    response = redirect(back if is_local(back) else "/")
    response.set_cookie("lang", lang, max_age=365 * 86400, samesite="Lax", httponly=True, secure=request.is_secure)
    return response
