"""One verification for every page: the same function as `hongcai verify`, with this instance's roots and issue log."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from core.config import Settings
from core.data.asker import Asker, asking
from core.data.queries import letters
from core.letters.verification import Verification
from core.web.templating import language
from core.web.views.case_page import registry

LARGEST = 20 * 1024 * 1024


def verify(session: Session, pdf: bytes) -> Verification:
    """Every line of the answer. The log says whether the file is one we issued; nothing else of it is shown."""
    from core.letters.verify import load_roots, verify_letter  # noqa: PLC0415

    settings: Settings = current_app.extensions["settings"]

    def in_log(sha256: str) -> bool:
        with asking(session, Asker.system("verification")):
            return letters.by_file(session, sha256) is not None

    return verify_letter(pdf, roots=load_roots(settings), registry=registry(), log=in_log)


def rows(result: Verification) -> list[dict[str, Any]]:
    """The lines in the reader's language."""
    zh = language() == "zh"
    return [
        {
            "code": line.code,
            "status": line.status,
            "label": line.label_zh if zh else line.label_en,
            "text": line.zh if zh else line.en,
        }
        for line in result.lines
    ]
