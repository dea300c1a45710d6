"""Plain papers as answers: agreements, bills. In Chinese whatever language is read: it is what the parties keep."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, render_template
from flask_babel import force_locale

from core.errors import Invalid
from core.letters.errors import LetterRefusedError
from core.letters.money import amount_in_words
from core.letters.papers import render


def paper(template: str, *, title: str, author: str, on: date, **values: Any) -> Response:
    """The template as a PDF, shown in the browser. Raises `Invalid` where it holds what cannot be printed."""
    return shown(pressed(written(template, **values), title=title, author=author, on=on))


def written(template: str, **values: Any) -> str:
    """The paper in words. What takes long, pressing it, is done without a transaction."""
    with force_locale("zh_Hans_CN"):
        return render_template(f"papers/{template}.html", in_words=amount_in_words, **values)


def pressed(html: str, *, title: str, author: str, on: date) -> bytes:
    """The PDF. Raises `Invalid` where it holds what cannot be printed."""
    try:
        return render(html, title=title, author=author, on=on)
    except LetterRefusedError as error:
        raise Invalid("文书不能生成：含有字库以外的字，或引用了外部资源；请核对企业名称、地址中的生僻字") from error


def shown(pdf: bytes) -> Response:
    """A PDF in the browser."""
    answer = Response(pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = "inline"
    return answer
