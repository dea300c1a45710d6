"""通知: one's own, read and opened; and their mails, for the platform's administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import Notice, Role
from core.data.queries import notices as reads
from core.data.types import utcnow
from core.errors import Conflict, Invalid, NotFound
from core.extensions import db
from core.services.notices import delivery, reading
from core.web.access import is_local, roles, signed_in
from core.web.bell import posts
from core.web.errors import sentence
from core.web.sessions import current_session
from core.web.views import notices as view

blueprint = Blueprint("notices", __name__)


@blueprint.get("/notices")
@signed_in
def index() -> str:
    return render_template("notices/index.html", page=view.table().page(), undo=request.args.get("undo", ""))


@blueprint.get("/notices/export")
@signed_in
def export() -> Response:
    return view.table().file()


@blueprint.get("/notices/<int:notice_id>")
@signed_in
def show(notice_id: int) -> Any:
    """The address in mails and lists. A read one leads on; an unread one is opened, which a GET must not do, by a form
    that sends itself."""
    notice = _notice(notice_id)
    here = view.is_here(notice)
    if notice.read_at is not None and here:
        return redirect(view.href(notice))
    return render_template("notices/show.html", it=view.shown(notice), notice=notice, here=here)


@blueprint.post("/notices/<int:notice_id>/opening")
@signed_in
def follow(notice_id: int) -> BaseResponse:
    """To the thing, as the post in which one was told; the notice is read."""
    notice = _notice(notice_id)
    reading.mark(db.session, current_user.id, posts(), utcnow(), only=[notice.id])
    if not view.is_here(notice):
        session["membership"] = notice.membership_id
        current_session().renew()
    return redirect(view.href(notice))


@blueprint.post("/notices/marking")
@signed_in
def mark() -> BaseResponse:
    """Those that were picked, or all, as read."""
    only = None if request.form.get("all") == "yes" else _picked()
    at = utcnow()
    count = reading.mark(db.session, current_user.id, posts(), at, only=only)
    flash(_("已标为已读：%(n)s条。", n=count), "success")
    return redirect(_back(undo=at.isoformat() if count else None))


@blueprint.post("/notices/unread")
@signed_in
def unread() -> BaseResponse:
    """Those that were picked, as not read."""
    count = reading.mark(db.session, current_user.id, posts(), None, only=_picked())
    flash(_("已标为未读：%(n)s条。", n=count), "success")
    return redirect(_back())


@blueprint.post("/notices/unmarking")
@signed_in
def unmark() -> BaseResponse:
    """Take back the marking as read that was just done."""
    try:
        at = datetime.fromisoformat(request.form.get("at", ""))
    except ValueError:
        raise Invalid("不能撤销：没有说明是哪一次") from None
    if at.tzinfo is None:
        raise Invalid("不能撤销：没有说明是哪一次")
    count = reading.unmark(db.session, current_user.id, posts(), at)
    flash(_("已撤销，%(n)s条通知恢复为未读。", n=count), "success")
    return redirect(_back())


@blueprint.post("/account/notices")
@signed_in
def choose() -> Any:
    """What of one's notices comes by mail."""
    chosen = view.chosen(request.form)
    reading.choose(db.session, current_user._get_current_object(), chosen, request.form.get("locale", ""))
    flash(_("已保存。从下一条通知起照此发送。"), "success")
    return redirect(url_for("auth.account", _anchor="notices"))


@blueprint.get("/admin/notices")
@roles(Role.PLATFORM_ADMIN)
def deliveries() -> str:
    return _deliveries()


@blueprint.post("/admin/notices/retry")
@roles(Role.PLATFORM_ADMIN)
def retry() -> Any:
    try:
        count = delivery.retry(db.session, request.form.getlist("ids", type=int))
    except Conflict as error:
        db.session.rollback()
        return _deliveries(sentence(error)), error.status
    flash(_("已重新排队%(n)s封，马上发送。", n=count), "success")
    return redirect(_back("notices.deliveries"))


def _deliveries(problem: str = "") -> str:
    return render_template(
        "notices/deliveries.html",
        page=view.mails().page(),
        counts=reads.open_deliveries(db.session),
        mail_set_up=view.mail_set_up(),
        problem=problem,
        view=view,
    )


def _picked() -> list[int]:
    ids = request.form.getlist("ids", type=int)
    if not ids:
        raise Invalid("请先选择通知")
    return ids


def _notice(notice_id: int) -> Notice:
    found = reads.one(db.session, notice_id, current_user.id, posts())
    if found is None:
        raise NotFound("没有这条通知，或您已不在当时的岗位")
    return found


def _back(endpoint: str = "notices.index", *, undo: str | None = None) -> str:
    target = request.form.get("next", "")
    if undo is None and is_local(target):
        return target
    return url_for(endpoint, undo=undo)
