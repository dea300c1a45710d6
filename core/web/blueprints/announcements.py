"""公示 for anyone: what is under notice, objecting to it, and looking up the answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, Response, g, render_template, url_for
from flask_babel import gettext as _

from core.data.asker import Asker, asking
from core.data.models import Publication
from core.data.queries import publications as reads
from core.errors import DomainError, NotFound
from core.extensions import db, limiter
from core.services import objections
from core.web.access import public
from core.web.forms.publications import ObjectionForm, ReceiptForm
from core.web.views import publications as view

blueprint = Blueprint("announcements", __name__)


@contextmanager
def _anyone() -> Iterator[None]:
    """The public has no rows of its own: what may be shown is chosen by each read."""
    with asking(db.session, Asker.system("announcements")):
        yield


@blueprint.get("/announcements")
@public
def index() -> str:
    with _anyone():
        return _list(ReceiptForm(formdata=None))


@blueprint.get("/announcements/<notice_code>")
@public
def show(notice_code: str) -> str:
    with _anyone():
        return _page(_notice(notice_code), ObjectionForm(formdata=None))


@blueprint.get("/announcements/<notice_code>/paper")
@public
@limiter.limit("30/minute")
def paper(notice_code: str) -> Response:
    with _anyone():
        return view.printed(_notice(notice_code))


@blueprint.post("/announcements/<notice_code>/objections")
@public
@limiter.limit("10/hour")
def object_to(notice_code: str) -> Any:
    with _anyone():
        notice, form = _notice(notice_code), ObjectionForm()
        form.offer(view.standing(notice))
        if form.validate():
            try:
                _kept, receipt = objections.receive(
                    db.session, notice, int(form.place.data), name=form.name.data, contact=form.contact.data,
                    statement=form.statement.data, today=g.today,
                )  # fmt: skip
                return _page(notice, ObjectionForm(formdata=None), receipt=receipt)
            except DomainError as error:
                db.session.rollback()
                form.say(error)
                notice = _notice(notice_code)
        return _page(notice, form), 422


@blueprint.post("/announcements/receipts")
@public
@limiter.limit("20/hour")
def receipt() -> Any:
    """The answer to an objection. The code comes in the body, so that it is in no address and no log."""
    form = ReceiptForm()
    with _anyone():
        found = None
        if form.validate():
            try:
                found = objections.answer_to(db.session, form.code.data)
            except DomainError as error:
                form.say(error)
        return _list(form, found), 200 if found else 422


def _notice(code: str) -> Publication:
    found = reads.public_one(db.session, code, g.today)
    if found is None:
        raise NotFound("没有这份公示，或公示早已结束；如需查询，请联系公示单位")
    return found


def _list(form: ReceiptForm, found: Any = None) -> str:
    return render_template(
        "public/announcements.html",
        notices=reads.in_public(db.session, g.today),
        today=g.today,
        form=form,
        found=found,
        states=view.STATES,
        tones=view.TONES,
    )


def _page(notice: Publication, form: ObjectionForm, receipt: str = "") -> str:
    form.offer(view.standing(notice))
    return render_template(
        "public/announcement.html",
        notice=notice,
        headings=view.headings(notice),
        rows=view.rows(notice),
        running=notice.ends_on >= g.today,
        form=form,
        receipt=receipt,
        crumbs=[(_("公示"), url_for("announcements.index")), (notice.shown["policy"], None)],
    )
