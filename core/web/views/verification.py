"""One verification for every page: the same function as `hongcai verify`, with this instance's roots and issue log."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from core.config import Settings
from core.data.asker import Asker, asking
from core.data.models import LetterStatus
from core.data.queries import letters
from core.data.types import utcnow
from core.letters.proof import Logged
from core.letters.revocation import RevocationList
from core.letters.verification import Verification
from core.letters.verify import verify_letter
from core.services import keys, replacements
from core.services.keys import trust
from core.services.letters import Standing
from core.services.letters import standing as standing_of
from core.services.transparency import proofs, revoked
from core.web.templating import language
from core.web.views.case_page import registry

LARGEST = 20 * 1024 * 1024


def verify(session: Session, pdf: bytes) -> Verification:
    """Every line of the answer. The log says whether the file is one we issued; nothing else of it is shown."""
    settings: Settings = current_app.extensions["settings"]

    def log(number: str, digest: str) -> Logged:
        with asking(session, Asker.system("verification")):
            letter = letters.by_number(session, number)
            if letter is None:
                return letters.paper_logged(session, number, digest)
            if letter.status is LetterStatus.VOID:
                return "void"
            return "recorded" if letter.file_sha256 == digest else "other_file"

    def stands(number: str) -> RevocationList:
        with asking(session, Asker.system("verification")):
            return revoked.now(session, settings.log_name, number, utcnow())

    with asking(session, Asker.system("verification")):
        logged_at = proofs.logged_at(session, sha256(pdf).hexdigest())
        ended = keys.ended(session)
    return verify_letter(
        pdf,
        roots=trust.roots(settings),
        registry=registry(),
        log=log,
        revocations=stands,
        logged_at=logged_at,
        ended=ended,
        stamp_roots=trust.stamp_roots(settings),
    )


def standing(session: Session, result: Verification) -> Standing | None:
    """Whether what the letter says still holds: the file cannot know."""
    bad = {line.code for line in result.lines if line.status == "bad"} - {"replay"}
    if bad - {"revocation"} or not result.facts.number:
        return None
    with asking(session, Asker.system("verification")):
        letter = letters.by_number(session, result.facts.number)
        return standing_of(session, letter) if letter is not None else None


def replaced_by(session: Session, result: Verification) -> str:
    """The number of the letter in whose favour a genuine one is void."""
    if result.line("signature").status != "ok":
        return ""
    with asking(session, Asker.system("verification")):
        letter = letters.by_number(session, result.facts.number)
        new = replacements.successor(session, letter) if letter is not None else None
        return new.number if new is not None else ""


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
