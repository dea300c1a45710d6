"""疑点: the list, one lead, and what auditors do with it. No case is touched from here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _

from core.data.models import Lead, LeadState
from core.data.types import utcnow
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import jobs
from core.services.leads import judging
from core.web.access import roles
from core.web.errors import sentence
from core.web.forms.accounts import DomainForm
from core.web.forms.leads import JudgeForm, ReopenForm
from core.web.views import leads as view

blueprint = Blueprint("leads", __name__)


@blueprint.get("/leads")
@roles(*judging.READERS)
def index() -> str:
    return render_template(
        "leads/index.html",
        page=view.table().page(),
        outcomes=view.outcomes(),
        states=view.STATES,
        tones=view.TONES,
        may_find=g.asker.may(*judging.JUDGES),
    )


@blueprint.get("/leads/export")
@roles(*judging.READERS)
def export() -> Response:
    return view.table().file()


@blueprint.get("/leads/rules")
@roles(*judging.READERS)
def book() -> str:
    """What is looked for, why, and what it is compared with."""
    return render_template("leads/rules.html", rules=view.book(), compared=view.compared())


@blueprint.post("/leads/search")
@roles(*judging.JUDGES)
def find() -> Any:
    """Look now and not tomorrow morning: as a job, for a district may be large."""
    jobs.enqueue(db.session(), "find_leads", key=f"find_leads:{utcnow():%Y%m%d%H%M}")
    flash(_("正在重新查找，通常一分钟内完成；刷新页面可以看到新的疑点。"), "success")
    return redirect(url_for("leads.index"))


@blueprint.get("/leads/<int:lead_id>")
@roles(*judging.READERS)
def show(lead_id: int) -> str:
    return _page(judging.load(db.session(), lead_id))


@blueprint.post("/leads/<int:lead_id>/taking")
@roles(*judging.JUDGES)
def take(lead_id: int) -> Any:
    return _plain(lead_id, lambda lead: judging.take(db.session(), lead), _("已接手。"))


@blueprint.post("/leads/<int:lead_id>/leaving")
@roles(*judging.JUDGES)
def leave(lead_id: int) -> Any:
    return _plain(lead_id, lambda lead: judging.leave(db.session(), lead), _("已放回，其他审计人员可以接手。"))


@blueprint.post("/leads/<int:lead_id>/judgement")
@roles(*judging.JUDGES)
def judge(lead_id: int) -> Any:
    def act(lead: Lead, said: dict[str, Any]) -> None:
        judging.judge(db.session(), lead, LeadState(said["verdict"]), said["reason"])

    return _with_form(lead_id, "judge", JudgeForm(prefix="judge-"), act, _("结论已记录。改判时请先重新打开。"))


@blueprint.post("/leads/<int:lead_id>/reopening")
@roles(*judging.JUDGES)
def reopen(lead_id: int) -> Any:
    def act(lead: Lead, said: dict[str, Any]) -> None:
        judging.reopen(db.session(), lead, said["reason"])

    return _with_form(lead_id, "reopen", ReopenForm(prefix="reopen-"), act, _("已重新打开，由您核查。"))


def _with_form(
    lead_id: int, name: str, form: DomainForm, act: Callable[[Lead, dict[str, Any]], None], done: str
) -> Any:
    """An act with what was typed; where it is refused the page is shown again with it."""
    lead = judging.load(db.session(), lead_id)
    if form.validate():
        try:
            act(lead, form.values())
        except NotFound:
            raise
        except DomainError as error:
            db.session.rollback()
            form.say(error)
        else:
            flash(done, "success")
            return _to(lead_id)
    return _page(judging.load(db.session(), lead_id), {name: form}), 422


def _plain(lead_id: int, act: Callable[[Lead], None], done: str) -> Any:
    lead = judging.load(db.session(), lead_id)
    try:
        act(lead)
    except DomainError as error:
        db.session.rollback()
        return _page(judging.load(db.session(), lead_id), problem=sentence(error)), error.status
    flash(done, "success")
    return _to(lead_id)


def _to(lead_id: int) -> Any:
    return redirect(url_for("leads.show", lead_id=lead_id))


def _page(lead: Lead, given: dict[str, DomainForm] | None = None, *, problem: str = "") -> str:
    return render_template("leads/show.html", problem=problem, **view.page(lead, given or {}))
