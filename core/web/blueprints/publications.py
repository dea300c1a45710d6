"""公示 for staff: several cases in one notice, what was shown, and the objections to it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import DISTRICT_ROLES, Case, Publication, Role
from core.data.queries import publications as reads
from core.errors import DomainError, Invalid, NotFound
from core.extensions import db
from core.services import assessments, moves, objections, publications, ties
from core.services.needs import Act
from core.web.access import roles
from core.web.errors import sentence
from core.web.views import case_page
from core.web.views import publications as view

blueprint = Blueprint("publications", __name__)


@blueprint.get("/publications")
@roles(*DISTRICT_ROLES)
def index() -> str:
    return render_template(
        "publications/index.html",
        page=view.notices().page(),
        waiting=len(reads.publishable(db.session, case_page.unnoticed()))
        if Role.SECOND_REVIEWER in g.asker.roles
        else 0,
    )


@blueprint.get("/publications/export")
@roles(*DISTRICT_ROLES)
def export() -> Response:
    return view.notices().file()


@blueprint.get("/publications/new")
@roles(Role.SECOND_REVIEWER)
def new() -> str:
    return _choose()


@blueprint.post("/publications")
@roles(Role.SECOND_REVIEWER)
def create() -> Any:
    """All of them in one notice, or none: one that has changed since its review is named."""
    try:
        asked = {int(value) for value in request.form.getlist("cases") if value.isdecimal() and value.isascii()}
        chosen = publications.checked(db.session.scalars(select(Case).where(Case.id.in_(asked))).all())
        card = assessments.card_of(case_page.registry(), chosen[0].policy_key)
        notice = publications.begin(db.session, chosen[0], card, g.today)
        for case in chosen:
            _publish(case, notice)
    except DomainError as error:
        db.session.rollback()
        return _choose(problem=sentence(error), kept=request.form.getlist("cases")), error.status
    flash(_("已公示%(n)s件，公示至%(day)s。", n=len(chosen), day=notice.ends_on.isoformat()), "success")
    return redirect(url_for("publications.show", publication_id=notice.id))


def _publish(case: Case, notice: Publication) -> None:
    code = "announce" if publications.decided(notice) else "publish"
    try:
        moves.move(db.session, case_page.registry(), case, code, Act(notice=notice), today=g.today)
    except DomainError as error:
        raise Invalid("%(number)s不能公示：%(why)s", number=case.number, why=sentence(error)) from error


@blueprint.get("/publications/<int:publication_id>")
@roles(*DISTRICT_ROLES)
def show(publication_id: int) -> str:
    return _page(_notice(publication_id))


@blueprint.get("/publications/<int:publication_id>/paper")
@roles(*DISTRICT_ROLES)
def paper(publication_id: int) -> Response:
    return view.printed(_notice(publication_id))


@blueprint.post("/objections/<int:objection_id>/setting-aside")
@roles(*objections.HANDLERS)
def set_aside(objection_id: int) -> BaseResponse:
    done = objections.set_aside(db.session, objection_id, request.form.get("answer", ""))
    flash(_("已答复，本件继续公示。"), "success")
    return redirect(url_for("publications.show", publication_id=done.publication_id))


@blueprint.post("/objections/<int:objection_id>/identity")
@roles(*objections.HANDLERS)
def reveal(objection_id: int) -> str:
    """Who raised it, once, with a reason."""
    found = objections.reveal(db.session, objection_id, request.form.get("reason", ""))
    return _page(_notice(found.publication_id), revealed=found)


def _notice(publication_id: int) -> Publication:
    found = reads.one(db.session, publication_id)
    if found is None:
        raise NotFound("没有这份公示，或您无权查看")
    return found


def _page(notice: Publication, **more: Any) -> str:
    found = reads.objections(db.session, publication_id=notice.id)
    return render_template(
        "publications/show.html",
        notice=notice,
        headings=view.headings(notice),
        rows=view.rows(notice),
        objections=found,
        withheld={it.case_id for it in found if ties.keeping(db.session, it.case, g.asker)},
        states=view.STATES,
        tones=view.TONES,
        may_handle=bool(g.asker.roles & objections.HANDLERS),
        **more,
    )


def _choose(*, problem: str = "", kept: list[str] | None = None) -> str:
    """Cases that wait for a notice, by policy; those whose letter is out apart, with as many days as it says."""
    waiting = reads.publishable(db.session, case_page.unnoticed())
    by_policy = defaultdict(list)
    for case in waiting:
        by_policy[case.policy_key, case.notice_days].append(case)
    return render_template(
        "publications/new.html",
        groups=dict(by_policy),
        operators=reads.operator_names(db.session, waiting),
        titles=case_page.policy_titles(),
        problem=problem,
        kept=kept or [],
    )
