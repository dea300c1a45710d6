"""What a case page shows of the papers of the procedure, and a letter page of its replacement."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import gettext as _

from core.data.asker import Reach
from core.data.models import Case, Letter, LetterStatus, PaperStatus
from core.extensions import db
from core.services import papers, replacements
from core.web import words
from core.web.forms.replacements import ReplacementForm, ReplacementOpinionForm


def rows(case: Case) -> list[dict[str, Any]]:
    """The papers of the case, newest first; of one that is being made, no number yet."""
    if g.asker.reach is Reach.OPERATOR:
        return []
    return [
        {
            "id": paper.id,
            "title": _(papers.TITLES[paper.kind]),
            "number": paper.number,
            "issued_on": paper.issued_on,
            "issued": paper.status is PaperStatus.ISSUED,
        }
        for paper in reversed(papers.of_case(db.session, case))
    ]


def replacement(letter: Letter, **forms: Any) -> dict[str, Any]:
    """How the letter stands: what replaces it, what it replaces, what was asked, and what the reader may do."""
    asked, asker = replacements.newest(db.session, letter), g.asker
    open_ = letter.status is LetterStatus.ISSUED
    waits = asked is not None and asked.granted is None
    return {
        "asked": asked if asker.reach is Reach.DISTRICT else None,
        "cause": words.REPLACEMENTS[asked.cause] if asked else "",
        "successor": replacements.successor(db.session, letter),
        "may_ask": open_ and not waits and not (asked and asked.granted) and bool(asker.roles & replacements.ASKERS),
        "may_decide": open_
        and waits
        and bool(asker.roles & replacements.DECIDERS)
        and asked is not None
        and asked.asked_by_id != asker.user_id,
        "form": forms.get("form") or ReplacementForm(formdata=None),
        "opinion": forms.get("opinion") or ReplacementOpinionForm(formdata=None),
    }
