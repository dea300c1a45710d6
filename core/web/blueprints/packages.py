"""申报材料包 of a case: asked for, watched while it is made, and taken."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import DISTRICT_ROLES, OPERATOR_ROLES, TENANT_ROLES, PackageState
from core.extensions import db
from core.services import packages
from core.web.access import roles
from core.web.downloads import TAKEN_PACKAGE, stored_paper, trace
from core.web.views import packages as view
from core.web.views.ties import open_case

blueprint = Blueprint("packages", __name__)
READERS = (*TENANT_ROLES, *OPERATOR_ROLES, *DISTRICT_ROLES)


@blueprint.post("/cases/<int:case_id>/packages")
@roles(*view.MAKERS)
def ask(case_id: int) -> BaseResponse:
    packages.ask(db.session, open_case(case_id))
    flash(_("正在制作材料包，完成后自动显示；可以离开本页。"), "success")
    return redirect(url_for("cases.show", case_id=case_id, _anchor="package"))


@blueprint.get("/cases/<int:case_id>/packages")
@roles(*READERS)
def box(case_id: int) -> str | BaseResponse:
    """The box alone, for the page that waits; nothing while there is nothing new."""
    case = open_case(case_id)
    if not request.headers.get("HX-Request"):
        return redirect(url_for("cases.show", case_id=case_id, _anchor="package"))
    found = view.package(case)
    package = found["package"]
    waiting = package is not None and package.state is PackageState.WAITING
    if waiting and request.args.get("done") == f"{package.done}":
        return Response(status=204)
    return render_template("packages/_box.html", case=case, **found)


@blueprint.get("/cases/<int:case_id>/packages/<int:package_id>.pdf")
@roles(*READERS)
def pdf(case_id: int, package_id: int) -> Response:
    return _file(case_id, package_id, "application/pdf")


@blueprint.get("/cases/<int:case_id>/packages/<int:package_id>.zip")
@roles(*READERS)
def bundle(case_id: int, package_id: int) -> Response:
    return _file(case_id, package_id, "application/zip")


def _file(case_id: int, package_id: int, media_type: str) -> Response:
    """Whose names are in it is written in the trail beside who took it."""
    file = packages.file_of(db.session, open_case(case_id), package_id, media_type)
    answer = stored_paper(current_app.extensions["settings"].files, file)
    detail = {"case": case_id, "package": package_id, "audience": file.package.audience.value}
    trace(TAKEN_PACKAGE, detail | {"sha256": file.sha256})
    return answer
