"""外部办理 of a case: noted, put right, confirmed, and recorded as support from outside."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import DISTRICT_ROLES, OPERATOR_ROLES, TENANT_ROLES, OutsideFiling
from core.errors import DomainError, Invalid, NotFound
from core.extensions import db
from core.services import filings, supports
from core.web import uploads
from core.web.access import roles
from core.web.downloads import stored_paper
from core.web.forms.filings import FilingForm, FilingSupportForm
from core.web.views.packages import CONFIRMERS, FILERS, SUPPORTERS
from core.web.views.ties import open_case

blueprint = Blueprint("filings", __name__)


@blueprint.get("/cases/<int:case_id>/filings/new")
@roles(*FILERS)
def new(case_id: int) -> str:
    return _page(case_id, FilingForm(formdata=None, data={"filed_on": g.today}))


@blueprint.post("/cases/<int:case_id>/filings/new")
@roles(*FILERS)
def record(case_id: int) -> Any:
    case, form = open_case(case_id), FilingForm()
    if form.validate():
        try:
            sent = uploads.sent_paper(form.file.data)
            filings.record(db.session, _root(), case, form.said(), paper=sent, today=g.today)
            flash(_("外部递交已登记。"), "success")
            return _back(case_id)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _page(case_id, form), 422


@blueprint.get("/cases/<int:case_id>/filings/<int:filing_id>")
@roles(*FILERS)
def edit(case_id: int, filing_id: int) -> str:
    row = _filing(case_id, filing_id)
    form = FilingForm(formdata=None, obj=row, data={"seen": filings.mark(row)})
    return _page(case_id, form, row)


@blueprint.post("/cases/<int:case_id>/filings/<int:filing_id>")
@roles(*FILERS)
def change(case_id: int, filing_id: int) -> Any:
    row, form = _filing(case_id, filing_id), FilingForm()
    if form.validate():
        try:
            sent, seen = uploads.sent_paper(form.file.data), form.seen.data or ""
            filings.change(db.session, _root(), row, form.said(), seen=seen, paper=sent, today=g.today)
            flash(_("记录已更新。"), "success")
            return _back(case_id)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            row = _filing(case_id, filing_id)
    return _page(case_id, form, row), 422


@blueprint.post("/cases/<int:case_id>/filings/<int:filing_id>/confirmation")
@roles(*CONFIRMERS)
def confirm(case_id: int, filing_id: int) -> BaseResponse:
    filings.confirm(db.session, _filing(case_id, filing_id), seen=request.form.get("seen", ""))
    flash(_("外部办理记录已确认。"), "success")
    return _back(case_id)


@blueprint.post("/cases/<int:case_id>/filings/<int:filing_id>/support")
@roles(*SUPPORTERS)
def as_support(case_id: int, filing_id: int) -> BaseResponse:
    row, form = _filing(case_id, filing_id), FilingSupportForm()
    if not form.validate():
        raise Invalid("请填写扶持名称、来自哪一级、用于哪一项，再登记")
    support = filings.as_support(
        db.session, _root(), row, scheme=form.scheme.data, level=form.level.data, kind=form.kind.data, today=g.today
    )
    flash(_("已登记为系统外扶持。以后核算时，这些月份会计入这项扶持。"), "success")
    if found := supports.overlapping(db.session, support):
        flash(_("这些月份已由%(awards)s核定使用，请核查是否应追回。", awards="、".join(found)), "warning")
    return redirect(url_for("supports.index", tenant_id=row.tenant_id))


@blueprint.get("/cases/<int:case_id>/filings/<int:filing_id>/file")
@roles(*TENANT_ROLES, *OPERATOR_ROLES, *DISTRICT_ROLES)
def paper(case_id: int, filing_id: int) -> Response:
    """The paper, as an attachment that can do nothing in our origin."""
    file = _filing(case_id, filing_id).file
    if file is None:
        raise NotFound("这条记录没有附文件")
    return stored_paper(_root(), file)


def _root() -> Any:
    return current_app.extensions["settings"].files


def _filing(case_id: int, filing_id: int) -> OutsideFiling:
    return filings.load(db.session, open_case(case_id), filing_id)


def _back(case_id: int) -> BaseResponse:
    return redirect(url_for("cases.show", case_id=case_id, _anchor="filings"))


def _page(case_id: int, form: FilingForm, row: OutsideFiling | None = None) -> str:
    case = open_case(case_id)
    may = row is None or filings.may_change(db.session, row)
    return render_template("filings/form.html", case=case, form=form, row=row, may=may)
