"""复核、陈述申辩、专窗: what is said on a case beside its moves, each with a form of its own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.data.models import DISTRICT_ROLES, TENANT_ROLES, DeskState, Role
from core.errors import DomainError, Invalid
from core.extensions import db
from core.services import cases, desks, hearings
from core.services.needs import Act
from core.web import uploads
from core.web.access import roles
from core.web.downloads import stored_paper
from core.web.errors import sentence
from core.web.views import case_show, ties
from core.web.views.case_page import registry

blueprint = Blueprint("remedies", __name__)


@blueprint.post("/cases/<int:case_id>/appeal")
@roles(Role.FOUNDER)
def appeal(case_id: int) -> Any:
    return _say(case_id, "appeal", _("复核申请已提交，由未参与原决定的人员办理。"))


@blueprint.post("/cases/<int:case_id>/statements")
@roles(*TENANT_ROLES)
def state(case_id: int) -> Any:
    return _say(case_id, "statement", _("陈述申辩已提交，决定之前会逐项核实。"))


@blueprint.get("/cases/<int:case_id>/act-papers/<int:act_paper_id>")
@roles(*TENANT_ROLES, *DISTRICT_ROLES)
def paper(case_id: int, act_paper_id: int) -> Response:
    """A paper handed in with an act, as an attachment that can do nothing in our origin."""
    file = hearings.one(db.session, ties.open_case(case_id), act_paper_id).file
    return stored_paper(current_app.extensions["settings"].files, file)


@blueprint.post("/cases/<int:case_id>/desks/<desk>")
@roles(Role.FIRST_REVIEWER)
def answer(case_id: int, desk: str) -> Any:
    """What a desk found."""
    case = ties.open_case(case_id)
    said = request.form.get("state", ""), request.form.get(f"opinion-{desk}", "")
    try:
        if said[0] not in list(DeskState):
            raise Invalid("请选择核查结果：通过，或有问题", field="state")
        desks.answer(db.session, registry(), case, desk, DeskState(said[0]), said[1])
    except DomainError as error:
        db.session.rollback()
        page = case_show.page(cases.load(db.session, case_id), problem=sentence(error), kept={f"desk-{desk}": said})
        return page, error.status
    flash(_("核查结果已记录。"), "success")
    return redirect(url_for("cases.show", case_id=case_id, _anchor="desks"))


def _say(case_id: int, code: str, done: str) -> Any:
    cases.load(db.session, case_id)  # whose it is, before anything is looked at
    act = Act(opinion=request.form.get("opinion", ""), confirmed=request.form.get("confirmed") == "yes")
    try:
        sent = [uploads.paper(item) for item in request.files.getlist("papers") if item.filename]
        case = cases.load(db.session, case_id)
        store = current_app.extensions["settings"].files
        hearings.say(db.session, registry(), store, case, code, act, sent, today=g.today)
    except DomainError as error:
        db.session.rollback()
        return case_show.page(cases.load(db.session, case_id), problem=sentence(error), kept={code: act}), error.status
    flash(done, "success")
    return redirect(url_for("cases.show", case_id=case_id))
