"""The pages of a letter, and the papers behind it, as pictures that were drawn apart (never the file itself)."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask_babel import gettext as _

from core.config import Settings
from core.data.models import DISTRICT_ROLES, TENANT_ROLES
from core.errors import Invalid, NotFound
from core.services import files, paper_pages
from core.services.basis.records import Paper
from core.web import uploads
from core.web.access import roles
from core.web.downloads import harmless
from core.web.errors import sentence
from core.web.views import letter_file as view

blueprint = Blueprint("letter_papers", __name__)


@blueprint.get("/letters/<int:letter_id>/pages/<int:number>")
@roles(*TENANT_ROLES, *DISTRICT_ROLES)
def page(letter_id: int, number: int) -> Response:
    """One page of the letter; drawn when it is first asked for."""
    kept = view.pictured(view.letter_of(letter_id))
    return _page(_settings().letters, kept, number)


@blueprint.get("/letters/<int:letter_id>/papers/<int:paper_file_id>")
@roles(*DISTRICT_ROLES)
def show(letter_id: int, paper_file_id: int) -> str:
    """A paper behind the letter: of an evidence line, or handed in with the application."""
    letter = view.letter_of(letter_id)
    paper, number = _paper(letter_id, paper_file_id), letter.number
    uploads.release()
    problem, sizes = "", []
    try:
        sizes = paper_pages.sizes(_settings().files, _settings().pages, _kept(paper))
    except Invalid as error:
        problem = sentence(error)
    here = {"letter_id": letter_id, "paper_file_id": paper_file_id}
    return render_template(
        "cases/paper.html",
        crumbs=[(_("通知书"), url_for("letters.index")), (number, url_for("letters.show", letter_id=letter_id))],
        name=paper.name,
        label=paper.name,
        place=_("SHA-256 %(hash)s", hash=paper.sha256[:16]),
        download=url_for("letter_papers.file", **here),
        srcs=[url_for("letter_papers.paper_page", number=n + 1, **here) for n in range(len(sizes))],
        sizes=sizes,
        problem=problem,
        widths=paper_pages.WIDTHS,
    )


@blueprint.get("/letters/<int:letter_id>/papers/<int:paper_file_id>/pages/<int:number>")
@roles(*DISTRICT_ROLES)
def paper_page(letter_id: int, paper_file_id: int, number: int) -> Response:
    return _page(_settings().files, _kept(_paper(letter_id, paper_file_id)), number)


@blueprint.get("/letters/<int:letter_id>/papers/<int:paper_file_id>/file")
@roles(*DISTRICT_ROLES)
def file(letter_id: int, paper_file_id: int) -> Response:
    """The paper itself, as an attachment that can do nothing in our origin."""
    paper = _paper(letter_id, paper_file_id)
    return harmless(files.path_of(_settings().files, paper.sha256), paper.media_type, paper.name)


def _paper(letter_id: int, file_id: int) -> Paper:
    found = next((it for it in view.papers_of(view.letter_of(letter_id)) if it.file_id == file_id), None)
    if found is None:
        raise NotFound("没有这份材料，或您无权查看")
    return found


def _page(store: Path, kept: paper_pages.Kept, number: int) -> Response:
    uploads.release()
    path = paper_pages.page(
        store, _settings().pages, kept, number,
        width=request.args.get("width", paper_pages.WIDTHS[0], int), turn=request.args.get("turn", 0, int),
    )  # fmt: skip
    return harmless(path, "image/webp", path.name, shown=True)


def _kept(paper: Paper) -> paper_pages.Kept:
    return paper_pages.Kept(paper.sha256, paper.media_type)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
