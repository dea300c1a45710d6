"""审计项目: the list, a new one, and one with its samples."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _

from core.config import Settings
from core.data.models import EngagementState, Role
from core.data.queries import engagements as reads
from core.data.queries.findings import of_engagement
from core.data.queries.people import names
from core.errors import DomainError
from core.extensions import db
from core.services import engagements, samples
from core.web import finding_words, uploads
from core.web import sample_words as words
from core.web.access import roles
from core.web.errors import sentence
from core.web.forms.samples import EngagementForm
from core.web.views import audit_papers
from core.web.views import samples as view

blueprint = Blueprint("engagements", __name__)
READERS = (Role.AUDITOR, Role.DISTRICT_ADMIN)
AUDITORS = tuple(engagements.AUDITORS)


@blueprint.get("/engagements")
@roles(*READERS)
def index() -> str:
    return render_template(
        "engagements/index.html", page=view.engagements().page(), words=words, may=g.asker.may(*AUDITORS)
    )


@blueprint.get("/engagements/export")
@roles(*READERS)
def export() -> Response:
    return view.engagements().file()


@blueprint.get("/engagements/new")
@roles(*AUDITORS)
def new() -> str:
    form = EngagementForm(formdata=None, data={"period_from": g.today.replace(month=1, day=1), "period_to": g.today})
    return render_template("engagements/edit.html", form=form, engagement=None)


@blueprint.post("/engagements/new")
@roles(*AUDITORS)
def create() -> Any:
    form = EngagementForm()
    if form.validate():
        try:
            made = engagements.begin(db.session, form.terms())
            flash(_("已立项：%(number)s。可以建立样本了。", number=made.number), "success")
            return redirect(url_for("engagements.show", engagement_id=made.id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return render_template("engagements/edit.html", form=form, engagement=None), 422


@blueprint.get("/engagements/<int:engagement_id>")
@roles(*READERS)
def show(engagement_id: int) -> str:
    engagement = engagements.load(db.session, engagement_id)
    drawn = reads.progress(db.session, engagement.id)
    return render_template(
        "engagements/show.html",
        engagement=engagement,
        lead=names(db.session, [engagement.lead_by_id])[engagement.lead_by_id],
        rows=[
            {"sample": it, "drawn": drawn.get(it.id, (0, 0)), "found": samples.evaluation(it)}
            for it in engagement.samples
        ],
        words=words,
        view=view,
        findings=of_engagement(db.session, engagement.id),
        finding_words=finding_words,
        may=g.asker.may(*AUDITORS) and engagement.state is not EngagementState.CLOSED,
    )


@blueprint.get("/engagements/<int:engagement_id>/report")
@roles(*READERS)
def report(engagement_id: int) -> Response:
    """The report as a PDF; a draft until the engagement is closed."""
    return audit_papers.report(engagements.load(db.session, engagement_id))


@blueprint.get("/engagements/<int:engagement_id>/edit")
@roles(*AUDITORS)
def edit(engagement_id: int) -> str:
    engagement = engagements.load(db.session, engagement_id)
    return render_template("engagements/edit.html", form=EngagementForm(obj=engagement), engagement=engagement)


@blueprint.post("/engagements/<int:engagement_id>/edit")
@roles(*AUDITORS)
def change(engagement_id: int) -> Any:
    form, engagement = EngagementForm(), engagements.load(db.session, engagement_id)
    if form.validate():
        try:
            engagements.change(db.session, engagement, form.terms())
            flash(_("已保存。"), "success")
            return redirect(url_for("engagements.show", engagement_id=engagement_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return render_template(
        "engagements/edit.html", form=form, engagement=engagements.load(db.session, engagement_id)
    ), 422


@blueprint.post("/engagements/<int:engagement_id>/closing")
@roles(*AUDITORS)
def close(engagement_id: int) -> Any:
    """Close it. Its report is pressed while no transaction is open, and kept."""
    engagement = engagements.load(db.session, engagement_id)
    try:
        engagements.require_closable(db.session, engagement)
        said, number = audit_papers.report_written(engagement, final=True), engagement.number
        uploads.release()
        pdf = audit_papers.report_pressed(said, number)
        kept: Settings = current_app.extensions["settings"]
        engagements.close(db.session, engagements.load(db.session, engagement_id), kept.files, pdf)
        flash(_("审计项目已办结，报告已定稿留存。"), "success")
    except DomainError as error:
        db.session.rollback()
        flash(sentence(error), "error")
    return redirect(url_for("engagements.show", engagement_id=engagement_id))


@blueprint.post("/engagements/<int:engagement_id>/<any(fieldwork, reporting):to_state>")
@roles(*AUDITORS)
def move(engagement_id: int, to_state: str) -> Any:
    engagement = engagements.load(db.session, engagement_id)
    try:
        engagements.move(db.session, engagement, EngagementState(to_state))
        flash(_("审计项目已转入%(state)s阶段。", state=str(words.STATES[engagement.state])), "success")
    except DomainError as error:
        db.session.rollback()
        flash(sentence(error), "error")
    return redirect(url_for("engagements.show", engagement_id=engagement_id))
