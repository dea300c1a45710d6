"""收入分组: an operator's income by tax group, and whether services are enough of it."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from core.data.models import OPERATOR_ROLES
from core.web.access import roles
from core.web.downloads import table
from core.web.views import income as view
from core.web.views import place_words

blueprint = Blueprint("income", __name__)


@blueprint.get("/income")
@roles(*OPERATOR_ROLES)
def index() -> str:
    found = view.found()
    rate = found.threshold.value if found.threshold else None
    return render_template(
        "income/index.html",
        found=found,
        reached=None if rate is None else found.whole.reaches(rate),
        missing=None if rate is None else found.whole.missing_fen(rate),
        spans=view.spans(),
        bases=view.basis_words(),
        share=view.share,
        sure=place_words.SURE,
    )


@blueprint.get("/income/export")
@roles(*OPERATOR_ROLES)
def export() -> Response:
    found = view.found()
    title = "-".join((_("分组收入"), f"{found.first}", f"{found.last}"))
    return table(title, view.columns(), view.file_rows(found), request.args.get("format", "xlsx"), "income")
