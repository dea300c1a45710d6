"""经办: taking a case, taking it over, giving it to somebody, putting it back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.data.models import Case
from core.data.queries import clocks as reads
from core.errors import DomainError
from core.extensions import db
from core.services import assignments, cases
from core.web.access import roles
from core.web.forms.accounts import options
from core.web.forms.clocks import GiveForm
from core.web.views.ties import open_case

blueprint = Blueprint("assignments", __name__)
DESKS = frozenset(assignments.DESKS.values())


@blueprint.post("/cases/<int:case_id>/taking")
@roles(*DESKS)
def take(case_id: int) -> Response:
    case = open_case(case_id)
    over = request.form.get("over", type=int)
    assignments.take(db.session, case, over=over)
    flash(_("已接手，本件现在由您办理。") if over else _("已领取，本件现在由您办理。"), "success")
    return _back(case)


@blueprint.route("/cases/<int:case_id>/assignment", methods=["GET", "POST"])
@roles(*assignments.GIVERS)
def give(case_id: int) -> Any:
    case, form = open_case(case_id), GiveForm()
    people = assignments.candidates(db.session, case, g.today)
    form.user_id.choices = options((person.id, person.name) for person in people)
    if form.validate_on_submit():
        try:
            assignments.give(db.session, case, form.user_id.data, today=g.today)
            flash(_("已分派。"), "success")
            return _back(case)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            case = open_case(case_id)
    there = reads.assignment(db.session, case)
    names = {person.id: person.name for person in people}
    shown = render_template(
        "clocks/act.html",
        case=case,
        form=form,
        title=_("分派"),
        lead=_("只列出办理这一环节的在岗人员。同岗位的其他人须先接手才能办理。"),
        submit=_("分派"),
        known=[{"label": _("现由"), "value": names.get(there.user_id, "")}] if there else [],
    )
    return (shown, 422) if form.is_submitted() else shown


@blueprint.post("/cases/<int:case_id>/assignment/end")
@roles(*DESKS, *assignments.GIVERS)
def put_back(case_id: int) -> Response:
    case = cases.load(db.session, case_id)
    assignments.put_back(db.session, case)
    flash(_("已退回待领。"), "success")
    return _back(case)


def _back(case: Case) -> Response:
    return redirect(url_for("cases.show", case_id=case.id, _anchor="clock"))
