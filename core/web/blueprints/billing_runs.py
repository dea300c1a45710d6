"""出账: the monthly run, previewed, asked for, and watched while it goes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.data.models import OPERATOR_ROLES, BillingState, Role
from core.data.queries import bills as reads
from core.data.queries.people import names
from core.errors import DomainError
from core.extensions import db
from core.policy import Month
from core.services import billing
from core.web import lease_words as words
from core.web.access import kept_open, roles
from core.web.errors import sentence
from core.web.forms.billing import RunForm
from core.web.views import bills as view

blueprint = Blueprint("billing_runs", __name__)
SHOWN = 50  # rows of a preview on the page; the sums are of all


@blueprint.get("/bills/runs")
@roles(*OPERATOR_ROLES)
def index() -> str | Response:
    runs = reads.runs(db.session)
    if request.headers.get("HX-Request") and any(run.state is BillingState.WAITING for run, _bills, _fen in runs):
        return Response(status=204)  # the page asks whether the run is over: nothing to show yet
    month = str(Month.of(g.today))
    form = RunForm(formdata=None, data={"month": request.args.get("month", month), "from_month": month})
    return _page(form)


@blueprint.post("/bills/runs")
@roles(Role.OPERATOR_MANAGER)
def ask() -> Any:
    form = RunForm()
    if form.validate():
        begin = Month.parse(form.from_month.data) if form.from_month.data else None
        try:
            billing.ask(db.session, g.asker.operator_id, Month.parse(form.month.data), g.today, begin=begin)
            flash(_("已开始出账，完成后自动显示结果；可以离开本页。"), "success")
            return redirect(url_for("billing_runs.index"))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _page(form), 422


@blueprint.post("/bills/runs/preview")
@roles(*OPERATOR_ROLES)
@kept_open
def preview() -> str:
    """What the run would make; nothing is written."""
    form, found, problem = RunForm(), None, ""
    if form.validate():
        book = reads.book(db.session, g.asker.operator_id)
        begin = book.from_month if book else form.from_month.data
        if begin:
            try:
                month = Month.parse(form.month.data)
                rows = billing.preview(db.session, g.asker.operator_id, month, Month.parse(begin), g.today)
                found = view.planned(rows)
            except DomainError as error:
                problem = sentence(error)
    db.session.rollback()
    return render_template("bills/preview.html", found=found, problem=problem, shown=SHOWN, words=words)


def _page(form: RunForm) -> str:
    runs = reads.runs(db.session)
    return render_template(
        "bills/runs.html",
        form=form,
        book=reads.book(db.session, g.asker.operator_id),
        runs=runs,
        waiting=any(run.state is BillingState.WAITING for run, _bills, _fen in runs),
        may_ask=g.asker.may(Role.OPERATOR_MANAGER),
        people=names(db.session, {run.asked_by_id for run, _bills, _fen in runs if run.asked_by_id}),
        words=words,
    )
