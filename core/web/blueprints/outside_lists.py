"""外部名单: brought in by auditors, looked at, compared and deleted. Others of the district read that they exist."""

from __future__ import annotations

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import OutsideKind, OutsideList, Role
from core.data.queries import outside as reads
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services.outside import comparing, keeping, lists
from core.services.outside.reading import Reading, read
from core.services.outside.reading import template as make_template
from core.web.access import roles
from core.web.downloads import VIEWED_OUTSIDE, trace, workbook
from core.web.forms.outside import OutsideForm
from core.web.outside_words import OUTSIDE_KINDS, OUTSIDE_PURPOSES
from core.web.uploads import spreadsheet
from core.web.views.outside import leads_of

blueprint = Blueprint("outside_lists", __name__)


@blueprint.get("/outside-lists")
@roles(Role.AUDITOR, Role.DISTRICT_ADMIN)
def index() -> str:
    return render_template(
        "outside/index.html",
        lists=reads.lists(db.session),
        kinds=OUTSIDE_KINDS,
        purposes=OUTSIDE_PURPOSES,
        keeping=keeping.on(g.today),
    )


@blueprint.get("/outside-lists/import")
@roles(Role.AUDITOR)
def new() -> str:
    form = OutsideForm(formdata=None, keep_until=keeping.on(g.today).proposed)
    if request.args.get("kind") in set(OutsideKind):
        form.kind.data = OutsideKind(request.args["kind"])
    return _page(form)


@blueprint.get("/outside-lists/template/<outside_kind>")
@roles(Role.AUDITOR)
def template(outside_kind: str) -> Response:
    if outside_kind not in set(OutsideKind):
        raise NotFound("没有这种名单")
    kind = OutsideKind(outside_kind)
    return workbook(make_template(kind), _("%(kind)s名单模板", kind=OUTSIDE_KINDS[kind]))


@blueprint.post("/outside-lists/import")
@roles(Role.AUDITOR)
def preview() -> str | tuple[str, int]:
    """What the file says, blinded while it is read; the file itself is kept nowhere."""
    form = OutsideForm()
    if not form.validate():
        return _page(form), 422
    reading = None
    try:
        name, body = spreadsheet()
        reading = read(body, name, form.kind.data, today=g.today)
        made = lists.take(db.session, form.said(), reading, g.today)
    except DomainError as error:
        db.session.rollback()
        form.say(error)
        return _page(form, reading), 422
    return _page(form, reading, made)


@blueprint.post("/outside-lists/<int:outside_list_id>/confirmation")
@roles(Role.AUDITOR)
def confirm(outside_list_id: int) -> BaseResponse:
    found = lists.load(db.session, outside_list_id)
    lists.confirm(db.session, found)
    flash(_("已导入%(n)s行，%(day)s之后自动删除。", n=found.row_count, day=found.keep_until.isoformat()), "success")
    return redirect(url_for(".show", outside_list_id=found.id))


@blueprint.get("/outside-lists/<int:outside_list_id>")
@roles(Role.AUDITOR)
def show(outside_list_id: int) -> str:
    lists.load(db.session, outside_list_id)
    trace(VIEWED_OUTSIDE, {"list": outside_list_id})  # which ends the transaction
    found = lists.load(db.session, outside_list_id)
    return render_template(
        "outside/show.html",
        it=found,
        months=reads.by_month(db.session, found.id),
        leads=leads_of(db.session, found),
        kinds=OUTSIDE_KINDS,
        purposes=OUTSIDE_PURPOSES,
        days_left=(found.keep_until - g.today).days,
    )


@blueprint.post("/outside-lists/<int:outside_list_id>/comparison")
@roles(Role.AUDITOR)
def compare(outside_list_id: int) -> BaseResponse:
    found = lists.load(db.session, outside_list_id)
    hits = comparing.compare(db.session, found, g.today)
    flash(_("已比对，有%(n)s条疑点与这份名单有关。", n=hits), "success")
    return redirect(url_for(".show", outside_list_id=found.id))


@blueprint.post("/outside-lists/<int:outside_list_id>/deletion")
@roles(Role.AUDITOR)
def delete(outside_list_id: int) -> BaseResponse:
    found = lists.load(db.session, outside_list_id)
    rows = lists.drop(db.session, found)
    flash(_("已删除%(n)s行，不能恢复。", n=rows), "success")
    return redirect(url_for(".index"))


def _page(form: OutsideForm, reading: Reading | None = None, made: OutsideList | None = None) -> str:
    return render_template(
        "outside/import.html",
        form=form,
        reading=reading,
        made=made,
        kinds=OUTSIDE_KINDS,
        purposes=OUTSIDE_PURPOSES,
        keeping=keeping.on(g.today),
    )
