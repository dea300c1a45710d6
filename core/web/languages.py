"""The languages of the site: Chinese first, English complete."""

from __future__ import annotations

from babel.support import NullTranslations, Translations
from flask import g, has_request_context, request
from flask_babel import Domain, get_locale
from markupsafe import Markup

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


class Catalogues(Domain):
    """Flask-Babel looks up the catalogue anew for each sentence, by the text of the locale; a page has a hundred. Here
    it is kept with the locale that the request (or `force_locale`) has chosen."""

    def get_translations(self) -> Translations | NullTranslations:
        chosen = g.get("_flask_babel") if g else None  # where Flask-Babel keeps the locale of this request
        locale = getattr(chosen, "babel_locale", None)
        if locale is None or getattr(chosen, "catalogue_of", None) is not locale:
            locale, found = get_locale(), super().get_translations()
            if locale is not None:
                g._flask_babel.catalogue, g._flask_babel.catalogue_of = found, locale
            return found
        kept: Translations | NullTranslations = chosen.catalogue  # type: ignore[union-attr]
        return kept

    def in_template(self, message: str, **values: object) -> Markup:
        """`_()` of templates: the sentence, and values escaped into it."""
        text = Markup(self.get_translations().ugettext(message))  # noqa: S704  our own sentence
        return text % values if "%" in text else text


catalogues = Catalogues()


def gettext(message: str, **values: object) -> str:
    """Flask-Babel's, in a third of its time: for what each page says many times."""
    text: str = catalogues.get_translations().ugettext(message)
    return text % values if values else text
