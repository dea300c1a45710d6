"""重算: decisions computed again from their capsules alone, in bulk, and what did not come out the same."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import Case, Decision, ReplayFlip
from core.data.queries.places import operators
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import replays, ties
from core.services.replays import Selection
from core.web import replay_words as words
from core.web.access import auditors_may, is_local, roles
from core.web.errors import sentence
from core.web.forms.accounts import options
from core.web.forms.replays import ReplayForm
from core.web.views import replays as view
from core.web.views.case_page import policy_titles

blueprint = Blueprint("replays", __name__)
RUNS = 20  # in the history


@blueprint.get("/replays")
@roles(*view.READERS)
def index() -> str | Response:
    history = view.history(RUNS)
    if request.headers.get("HX-Request") and request.args.get("seen") == history["mark"]:
        return Response(status=204)  # the page asks whether a run has moved on: it has not
    return _index(ReplayForm(formdata=None), history)


@blueprint.post("/replays")
@roles(*view.READERS)
@auditors_may
def create() -> Any:
    form = ReplayForm()
    _offer(form)
    if form.validate():
        try:
            chosen = form.selection(g.asker.district_id)
            run = replays.ask(db.session, chosen, rules_on=g.today if form.rules.data == "today" else None)
            return redirect(url_for("replays.show", replay_id=run.id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _index(form, view.history(RUNS)), 422


@blueprint.post("/replays/letters")
@roles(*view.READERS)
@auditors_may
def letters() -> BaseResponse:
    """Replay the letters that were picked."""
    said = request.form.getlist("ids")
    picked = replays.letters_named(db.session, [int(it) for it in said if it.isdecimal() and len(it) < 19])
    if not picked:
        flash(_("请先勾选要重算的通知书"), "error")
        return redirect(_back())
    chosen = Selection(letters=tuple(picked), district_id=g.asker.district_id)
    try:
        run = replays.ask(db.session, chosen, rules_on=g.today if request.form.get("rules") == "today" else None)
    except DomainError as error:
        db.session.rollback()
        flash(sentence(error), "error")
        return redirect(_back())
    return redirect(url_for("replays.show", replay_id=run.id))


@blueprint.get("/replays/<int:replay_id>")
@roles(*view.READERS)
def show(replay_id: int) -> str | Response:
    run = replays.load(db.session, replay_id)
    shown = view.page(run)
    if request.headers.get("HX-Request") and request.args.get("seen") == shown["mark"]:
        return Response(status=204)  # nothing new yet
    page = view.table(run).page() if run.ended_at is not None else None
    return render_template("replays/show.html", **shown, page=page, words=words)


@blueprint.post("/replays/<int:replay_id>/stop")
@roles(*view.READERS)
@auditors_may
def stop(replay_id: int) -> BaseResponse:
    run = replays.load(db.session, replay_id)
    try:
        replays.stop(db.session, run)
        flash(_("已停止，停止前的结果保留。"), "success")
    except DomainError as error:
        db.session.rollback()
        flash(sentence(error), "error")
    return redirect(url_for("replays.show", replay_id=replay_id))


@blueprint.get("/replays/<int:replay_id>/export")
@roles(*view.READERS)
def export(replay_id: int) -> Response:
    return view.table(replays.load(db.session, replay_id)).file()


@blueprint.get("/replays/flips/<int:flip_id>")
@roles(*view.READERS)
def flip(flip_id: int) -> str:
    """One decision that did not come out the same: what differs first, then and now."""
    it = db.session.scalars(select(ReplayFlip).where(ReplayFlip.id == flip_id)).one_or_none()
    case = (
        it
        and db.session.scalars(
            select(Case).join(Decision, Decision.case_id == Case.id).where(Decision.id == it.decision_id)
        ).one_or_none()
    )
    if it is None or case is None:
        raise NotFound("没有这条重算结果，或您无权查看")
    ties.refuse(db.session, case, g.asker)
    run = view.shown(replays.load(db.session, it.run_id))
    letter = view.letter_href(it.letter_id)
    return render_template(
        "replays/flip.html", **view.flip(it, case.policy_key), case=case, run=run, letter=letter, words=words
    )


def _index(form: ReplayForm, history: dict[str, Any]) -> str:
    _offer(form)
    return render_template("replays/index.html", form=form, words=words, **history)


def _offer(form: ReplayForm) -> None:
    form.policy.choices = options(policy_titles().items(), empty=_("全部"))
    form.operator.choices = options(operators(db.session), empty=_("全部"))


def _back() -> str:
    target = request.form.get("next", "")
    return target if is_local(target) else url_for("letters.index")
