"""办理时限 of a case: pausing and resuming it, the green lane."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.data.models import DISTRICT_ROLES, Case, Role
from core.data.queries import clocks as reads
from core.errors import DomainError
from core.extensions import db
from core.services import assessments, calendar, clocks, green_lane
from core.web.access import roles
from core.web.formats import day
from core.web.forms.clocks import GreenForm, PauseForm, WhyForm
from core.web.templating import language
from core.web.views import clock_card
from core.web.views.case_page import registry
from core.web.views.ties import open_case

blueprint = Blueprint("clocks", __name__)
STAFF = DISTRICT_ROLES - {Role.AUDITOR}


@blueprint.route("/cases/<int:case_id>/pause", methods=["GET", "POST"])
@roles(*STAFF)
def pause(case_id: int) -> Any:
    case, form = open_case(case_id), PauseForm().offer()
    if form.validate_on_submit():
        try:
            clocks.pause(db.session, case, reason=form.reason.data, note=form.note.data or "", today=g.today)
            flash(_("时限已暂停，从今天起不再计算。"), "success")
            return _back(case)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            case = open_case(case_id)
    lead = _("暂停期间不计入办理时限，也不算超期；恢复后按暂停的工作日顺延。")
    return _page(case, form, _("暂停计时"), lead, _("暂停"))


@blueprint.post("/cases/<int:case_id>/resumption")
@roles(*STAFF)
def resume(case_id: int) -> Response:
    case = open_case(case_id)
    clocks.resume(db.session, case, today=g.today)
    flash(_("时限已恢复计算，截止日期已顺延。"), "success")
    return _back(case)


@blueprint.route("/cases/<int:case_id>/green-lane", methods=["GET", "POST"])
@roles(*green_lane.KEEPERS)
def mark(case_id: int) -> Any:
    case, form = open_case(case_id), GreenForm().offer()
    if form.validate_on_submit():
        try:
            green_lane.mark(
                db.session, registry(), case, reason=form.reason.data, note=form.note.data or "", today=g.today
            )
            flash(_("本件已进入绿色通道。"), "success")
            return _back(case)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            case = open_case(case_id)
    lead = _("按政策规定的加急时限办理；没有规定的减半。公示期不缩短。申请人会看到。")
    return _page(case, form, _("进入绿色通道"), lead, _("进入绿色通道"), _limits(case, green=True))


@blueprint.route("/cases/<int:case_id>/green-lane/end", methods=["GET", "POST"])
@roles(*green_lane.KEEPERS)
def take_off(case_id: int) -> Any:
    case, form = open_case(case_id), WhyForm()
    if form.validate_on_submit():
        try:
            green_lane.take_off(db.session, registry(), case, reason=form.reason.data or "", today=g.today)
            flash(_("本件已移出绿色通道，恢复一般时限。"), "success")
            return _back(case)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            case = open_case(case_id)
    lead = _("恢复一般时限，从本环节开始之日计算。")
    return _page(case, form, _("移出绿色通道"), lead, _("移出"), _limits(case, green=False))


def _limits(case: Case, *, green: bool) -> list[dict[str, Any]]:
    """The running limit as it is, and as it would be."""
    clock = reads.running(db.session, case)
    workflow = assessments.card_of(registry(), case.policy_key).workflow
    days = clocks.limit_if(db.session, case, workflow, green=green, today=g.today)
    if clock is None or clock.limit_days is None or days is None:
        return []
    own = calendar.own_days(db.session, case.district_id, clock.started_on)

    def told(limit: int) -> str:
        due = clocks.due_day(clock.started_on, limit, clocks.spans_of(clock), own)
        said = [_("%(n)s个工作日", n=limit)]
        if case.due_on is not None:
            said += [_("%(day)s止", day=day(due, language())), clock_card.unpublished(clock.started_on, due)]
        return " · ".join(filter(None, said))

    return [
        {"label": _("本环节现在的时限"), "value": told(clock.limit_days)},
        {"label": _("将改为"), "value": told(days)},
    ]


def _back(case: Case) -> Response:
    return redirect(url_for("cases.show", case_id=case.id, _anchor="clock"))


def _page(case: Case, form: Any, title: str, lead: str, submit: str, known: list[dict[str, Any]] | None = None) -> Any:
    shown = render_template(
        "clocks/act.html", case=case, form=form, title=title, lead=lead, submit=submit, known=known or []
    )
    return (shown, 422) if form.is_submitted() else shown
