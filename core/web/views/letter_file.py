"""A letter as an auditor reads it: its pages, and beside them what its figures rest on, down to the papers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import current_app, g, render_template
from flask_babel import gettext as _

from core.config import Settings
from core.data.asker import Reach
from core.data.models import Letter, LetterStatus
from core.data.queries import audit as trail
from core.errors import DomainError, NotFound
from core.extensions import db
from core.letters.store import Store
from core.policy import Card, UnknownPolicy
from core.services import letters, paper_pages, ties
from core.services.basis import records
from core.services.basis.figures import basis_of
from core.services.basis.records import Paper
from core.uploads.kinds import PDF
from core.web import finding_words, replay_words, uploads
from core.web.errors import sentence
from core.web.views import (
    case_papers,
    findings,
    letter_acts,
    letter_capsule,
    letter_evidence,
    letter_figures,
    replays,
    verification,
)
from core.web.views import leads as lead_view
from core.web.views.case_page import registry


def letter_of(letter_id: int) -> Letter:
    """The letter, for whoever may read its case. Raises `NotFound`, `Tied`."""
    letter = letters.load(db.session, letter_id)
    if g.asker.reach is Reach.DISTRICT:
        ties.refuse(db.session, letter.case, g.asker)
    return letter


def path_of(letter: Letter) -> Path:
    """The stored file. Raises `NotFound`."""
    if letter.file_sha256 is None:  # a void one keeps its file
        raise NotFound("通知书还在制作中，通常几秒钟即可完成，请稍后刷新")
    path = Store(_settings().letters).path(letter.file_sha256)
    if not path.exists():
        raise NotFound("通知书文件不在存储中，请联系平台管理人员从备份恢复")
    return path


def pictured(letter: Letter) -> paper_pages.Kept:
    """The letter's file as pages to be drawn. Raises `NotFound`."""
    path_of(letter)
    return paper_pages.Kept(letter.file_sha256 or "", PDF, ".pdf")


def papers_of(letter: Letter) -> list[Paper]:
    """Every paper behind the letter that was handed in."""
    found = records.origins(db.session, letter.case, json.loads(letter.decision.capsule))
    behind = [paper for origin in found.values() for paper in origin.papers]
    behind += [paper for _kind, paper in records.of_case(db.session, letter.case)]
    return [paper for paper in behind if paper.file_id is not None]


def page(letter: Letter, **forms: Any) -> str:
    """The page. What takes reading files is done while no transaction is open; then rows are read anew."""
    letter_id, capsule, card = letter.id, json.loads(letter.decision.capsule), _card(letter)
    auditing = g.asker.reach is Reach.DISTRICT
    basis = basis_of(capsule)
    shown: dict[str, Any] = {
        "figures": letter_figures.figures(capsule, basis, card),
        "checks": letter_figures.checks(capsule, card),
        "parameters": letter_figures.parameters(capsule, card),
        "capsule": letter_capsule.readable(capsule, card),
        "acts": letter_acts.acts(letter, capsule, card) if auditing else [],
    }
    origins, handed_in = {}, []
    if auditing:
        origins = records.origins(db.session, letter.case, capsule)
        handed_in = records.of_case(db.session, letter.case)
    path, picture, problem = None, None, ""
    try:
        path, picture = path_of(letter), pictured(letter)
    except NotFound as error:  # being made; or lost, and what it rested on can be read all the same
        problem = sentence(error)
    uploads.release()
    if auditing:
        papers = {it for origin in origins.values() for it in origin.papers} | {it for _kind, it in handed_in}
        kept = records.compared(_settings().files, papers)
        shown["evidence"] = letter_evidence.shown(letter_id, basis, origins, kept, capsule)
        shown["papers"] = letter_evidence.handed_in(letter_id, handed_in, kept, card)
    shown["sizes"] = _sizes(picture)
    letter = letter_of(letter_id)
    result = None
    if letter.status is LetterStatus.ISSUED and path is not None:
        result = verification.verify(db.session, path.read_bytes())
    return render_template(
        "letter/show.html",
        letter=letter,
        card=card,
        auditing=auditing,
        basis=basis,
        sealed=capsule,
        problem=problem,
        widths=paper_pages.WIDTHS,
        standing=letters.standing(db.session, letter),
        result=result,
        rows=verification.rows(result) if result else [],
        replacement=case_papers.replacement(letter, **forms),
        granted=letter_figures.granted(letter),
        event_word=letter_acts.event_word,
        events=trail.of_subject(db.session, g.asker, "letter", letter.id),
        findings=findings.of_letter(letter_id),
        finding_words=finding_words,
        jumps=jumps(letter, shown),
        replayed=replays.of_letter(letter),
        replay_words=replay_words,
        **lead_view.on_letter(letter),
        **shown,
    )


def _sizes(picture: paper_pages.Kept | None) -> list[tuple[int, int]]:
    """Of the pages; none where they cannot be drawn: the file can be downloaded all the same."""
    if picture is None:
        return []
    try:
        return paper_pages.sizes(_settings().letters, _settings().pages, picture)
    except DomainError:
        return []


def _card(letter: Letter) -> Card | None:
    try:
        return registry().card(letter.case.policy_key)
    except UnknownPolicy:
        return None


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def jumps(letter: Letter, shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Places in the page, for a reader on a phone: those that are there."""
    places = (
        ("letter", _("通知书"), True),
        ("calculation", _("核算"), bool(shown["figures"])),
        ("checks", _("条件"), bool(shown["checks"])),
        ("parameters", _("参数"), bool(shown["parameters"])),
        ("evidence", _("凭据"), letter_evidence.any_in(shown.get("evidence"))),
        ("papers", _("材料"), bool(shown.get("papers"))),
        ("acts", _("经过"), bool(shown["acts"])),
        ("capsule", _("决定包"), True),
        ("proof", _("验证"), letter.status is not LetterStatus.VOID),
    )
    return [(anchor, word) for anchor, word, there in places if there]
