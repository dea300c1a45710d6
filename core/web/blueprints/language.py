"""The language switch of every page."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.web.access import public
from core.web.language import COOKIE, LOCALES, safe_next

blueprint = Blueprint("language", __name__)


@blueprint.post("/language")
@public
def choose() -> Response:
    """Remember the language in a cookie and go back to the page. Not a domain change, so nothing is audited."""
    lang = request.form.get("lang", "")
    if lang not in LOCALES:
        abort(422, _("没有这种语言。请选中文或英文。"))
    response = redirect(safe_next(request.form.get("next")))
    response.set_cookie(COOKIE, lang, max_age=31536000, httponly=True, samesite="Lax", secure=request.is_secure)
    return response
