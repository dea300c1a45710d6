"""The languages of the site: Chinese first, English complete."""

from __future__ import annotations

from flask import has_request_context, request

LANGUAGES = ("zh_Hans_CN", "en")
NAMES = {"zh": "中文", "en": "English"}  # each in itself


def choose_locale() -> str:
    """The reader's choice, else the browser's wish, else Chinese; Chinese too for jobs and commands."""
    if not has_request_context():
        return LANGUAGES[0]
    chosen = request.cookies.get("lang")
    if chosen in LANGUAGES:
        return str(chosen)
    return "en" if request.accept_languages.best_match(["zh", "en"], default="zh") == "en" else LANGUAGES[0]
