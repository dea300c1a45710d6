"""Saved views of lists: kept, renamed and deleted by whom they belong to. They are opened as the list's own address."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.errors import Conflict, Invalid
from core.extensions import db
from core.services import views
from core.web.access import is_local, signed_in
from core.web.errors import sentence

blueprint = Blueprint("views", __name__)


@blueprint.post("/views")
@signed_in
def save() -> Response:
    query = request.form.get("query", "")
    try:
        view = views.save(
            db.session, list_key=request.form.get("list", ""), name=request.form.get("name", ""), query=query
        )
    except (Conflict, Invalid) as error:
        return _refused(error, query)
    flash(_("已保存视图“%(name)s”", name=view.name), "success")
    return _back(view.query)


@blueprint.post("/views/<int:view_id>/rename")
@signed_in
def rename(view_id: int) -> Response:
    try:
        view = views.rename(db.session, view_id, request.form.get("name", ""))
    except (Conflict, Invalid) as error:
        return _refused(error)
    flash(_("视图已改名为“%(name)s”", name=view.name), "success")
    return _back(view.query)


@blueprint.post("/views/<int:view_id>/delete")
@signed_in
def delete(view_id: int) -> Response:
    flash(_("已删除视图“%(name)s”", name=views.delete(db.session, view_id)), "success")
    return _back()


def _refused(error: Conflict | Invalid, query: str = "") -> Response:
    db.session.rollback()
    flash(sentence(error), "error")
    return _back(query)


def _back(query: str = "") -> Response:
    """To the list, as the form names it."""
    target = request.form.get("next", "").partition("?")[0]
    if not is_local(target):
        target = url_for("home.index")
    return redirect(f"{target}?{query}" if query else target)
