"""The papers of a site: the operator writes them down, the window confirms them."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.data.models import OPERATOR_ROLES, Role, Site, SitePaperKind
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import site_papers as service
from core.web import uploads
from core.web.access import roles
from core.web.blueprints import sites
from core.web.forms.places import PaperForm
from core.web.views import place_words as words

blueprint = Blueprint("site_papers", __name__)


def _kind(text: str) -> SitePaperKind:
    try:
        return SitePaperKind(text)
    except ValueError:
        raise NotFound("没有这种材料") from None


@blueprint.route("/sites/<int:site_id>/papers/<paper_kind>", methods=["GET", "POST"])
@roles(*OPERATOR_ROLES)
def edit(site_id: int, paper_kind: str) -> str | tuple[str, int] | Response:
    site, kind = sites.load(site_id), _kind(paper_kind)
    form = PaperForm(obj=site.paper(kind))
    if form.validate_on_submit():
        try:
            upload = uploads.sent_paper(request.files.get("file"))
            paper = service.keep(
                db.session, sites.store(), site, kind,
                number=form.number.data or None, dated_on=form.dated_on.data, valid_until=form.valid_until.data,
                upload=upload, today=g.today,
            )  # fmt: skip
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            site = sites.load(site_id)
        else:
            done = paper.confirmed_at is not None
            flash(_("没有改动。") if done else _("已登记，等总窗确认后生效。"), "success")
            return redirect(url_for("sites.show", site_id=site.id, _anchor="papers"))
    shown = _page(site, kind, form)
    return (shown, 422) if form.errors or form.form_errors else shown


def _page(site: Site, kind: SitePaperKind, form: PaperForm) -> str:
    return render_template(
        "places/paper_form.html",
        site=site, kind=kind, form=form, paper=site.paper(kind), words=words,
    )  # fmt: skip


@blueprint.post("/sites/<int:site_id>/papers/<paper_kind>/confirmation")
@roles(Role.WINDOW)
def confirm(site_id: int, paper_kind: str) -> Response:
    """The window has seen the paper as it is shown (`seen`), and its dates are right."""
    paper = sites.load(site_id).paper(_kind(paper_kind))
    if paper is None:
        raise NotFound("这个载体还没有登记这份材料")
    service.confirm(db.session, paper, seen=request.form.get("seen", ""))
    flash(_("已确认“%(paper)s”。", paper=words.PAPERS[paper.kind]), "success")
    return redirect(url_for("sites.show", site_id=site_id, _anchor="papers"))
