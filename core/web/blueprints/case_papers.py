"""The papers of a case, to be looked at page by page: beside the case on a desk, as a page of its own on a phone.

What is shown are pictures that were drawn apart, never the file itself; the file is an attachment (`cases.paper`).
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, render_template, request, url_for

from core.config import Settings
from core.data.models import DISTRICT_ROLES, TENANT_ROLES, Case, CaseDocument
from core.errors import Invalid, NotFound
from core.services import paper_pages
from core.web import uploads
from core.web.access import roles
from core.web.downloads import harmless
from core.web.errors import sentence
from core.web.views import paper_view as view
from core.web.views import ties

blueprint = Blueprint("case_papers", __name__)
READERS = (*TENANT_ROLES, *DISTRICT_ROLES)


@blueprint.get("/cases/<int:case_id>/papers/<int:document_id>")
@roles(*READERS)
def show(case_id: int, document_id: int) -> str:
    case = ties.open_case(case_id)
    document = _document(case, document_id)
    shown = view.viewer(case, document)
    kept, settings = paper_pages.of(document.file), _settings()
    uploads.release()  # the first time, its pages are counted
    problem, sizes = "", []
    try:
        sizes = paper_pages.sizes(settings.files, settings.pages, kept)
    except Invalid as error:
        problem = sentence(error)
    here = {"case_id": case_id, "document_id": document_id}
    srcs = [url_for("case_papers.page", number=n + 1, **here) for n in range(len(sizes))]
    return render_template(
        "cases/paper.html", **shown, sizes=sizes, srcs=srcs, problem=problem, widths=paper_pages.WIDTHS
    )


@blueprint.get("/cases/<int:case_id>/papers/<int:document_id>/pages/<int:number>")
@roles(*READERS)
def page(case_id: int, document_id: int, number: int) -> Response:
    """One page as a picture; drawn when it is first asked for."""
    kept, settings = paper_pages.of(_document(ties.open_case(case_id), document_id).file), _settings()
    uploads.release()
    path = paper_pages.page(
        settings.files, settings.pages, kept, number,
        width=request.args.get("width", paper_pages.WIDTHS[0], int), turn=request.args.get("turn", 0, int),
    )  # fmt: skip
    return harmless(path, "image/webp", path.name, shown=True)


def _document(case: Case, document_id: int) -> CaseDocument:
    found = next((it for it in case.documents if it.id == document_id), None)
    if found is None:
        raise NotFound("没有这份材料，或您无权查看")
    return found


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
