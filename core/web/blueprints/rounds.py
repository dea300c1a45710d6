"""匹配轮次: what waits and what there is, pairs set and excluded, runs side by side, one of them adopted."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import OPERATOR_ROLES, AllocationRound, Role, RoundRun, RunState
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import rounds
from core.web import words
from core.web.access import roles
from core.web.downloads import table
from core.web.errors import sentence
from core.web.forms.accounts import options
from core.web.forms.rounds import OpenForm, WishForm
from core.web.templating import bilingual
from core.web.views import rounds as view
from core.web.views.case_page import registry

blueprint = Blueprint("rounds", __name__)


@blueprint.get("/rounds")
@roles(*OPERATOR_ROLES)
def index() -> str:
    return _index(OpenForm(formdata=None))


@blueprint.post("/rounds")
@roles(*OPERATOR_ROLES)
def create() -> Any:
    form = OpenForm()
    form.policy.choices = _policies()
    if form.validate():
        try:
            made = rounds.open_round(
                db.session,
                registry(),
                g.asker.operator_id,
                form.policy.data,
                name=form.name.data or "",
                today=g.today,
            )
            return _to(made)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _index(form), 422


def _index(form: OpenForm) -> str:
    form.policy.choices = _policies()
    return render_template("rounds/index.html", rows=view.listed(g.asker.operator_id), form=form, words=words)


def _policies() -> list[tuple[str, str]]:
    return [(loaded.key, bilingual(loaded.card.title)) for loaded in view.sharing()]


@blueprint.get("/rounds/<int:round_id>")
@roles(*OPERATOR_ROLES)
def show(round_id: int) -> str | Response:
    it = rounds.load(db.session, round_id)
    if request.headers.get("HX-Request") and any(run.state is RunState.WAITING for run in it.runs):
        return Response(status=204)  # the page asks whether the run is done: nothing to show yet
    return _page(it)


# ── pairs that people set and exclude ───────────────────────────────────────────────────────────────────────────────
@blueprint.post("/rounds/<int:round_id>/wishes")
@roles(*OPERATOR_ROLES)
def add_wish(round_id: int) -> Any:
    it, form = rounds.load(db.session, round_id), WishForm()
    _offer(form, view.page(it, None, None))
    if form.validate():
        try:
            rounds.wish(
                db.session,
                registry(),
                it,
                case_id=form.case_id.data or 0,
                offer_ref=form.offer_ref.data,
                kind=form.kind.data,
                reason=form.reason.data or "",
                today=g.today,
            )
            flash(_("已记下，下一次计算起生效。"), "success")
            return _to(it, "wishes")
        except DomainError as error:
            db.session.rollback()
            it = rounds.load(db.session, round_id)
            form.say(error)
    return _page(it, form), 422


@blueprint.post("/rounds/<int:round_id>/wishes/<int:wish_id>/removal")
@roles(*OPERATOR_ROLES)
def remove_wish(round_id: int, wish_id: int) -> BaseResponse:
    it = rounds.load(db.session, round_id)
    rounds.remove_wish(db.session, it, wish_id)
    flash(_("已取消，下一次计算起生效。"), "success")
    return _to(it, "wishes")


# ── runs ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@blueprint.post("/rounds/<int:round_id>/runs")
@roles(*OPERATOR_ROLES)
def run(round_id: int) -> Any:
    it = rounds.load(db.session, round_id)
    try:
        rounds.ask(db.session, registry(), it)
    except DomainError as error:
        return _refused(round_id, error)
    return _to(it, "runs")


@blueprint.get("/rounds/<int:round_id>/runs/<int:number>/export")
@roles(*OPERATOR_ROLES)
def export(round_id: int, number: int) -> Response:
    it = rounds.load(db.session, round_id)
    found = view.rows(view.loaded_of(it), _run(it, number))
    return table(f"{it.name}-{number}", view.COLUMNS, found, request.args.get("format", "xlsx"), "rounds.run")


@blueprint.post("/rounds/<int:round_id>/adoption")
@roles(Role.OPERATOR_MANAGER)
def adopt(round_id: int) -> Any:
    it = rounds.load(db.session, round_id)
    try:
        number = request.form.get("run", "")
        chosen = _run(it, int(number) if number.isdigit() else 0)
        count = rounds.adopt(db.session, registry(), it, chosen, today=g.today)
    except DomainError as error:
        return _refused(round_id, error)
    flash(_("已采用：%(n)s对结对即日生效，通知书正在制作。", n=count), "success")
    return _to(it)


@blueprint.post("/rounds/<int:round_id>/discard")
@roles(*OPERATOR_ROLES)
def discard(round_id: int) -> BaseResponse:
    it = rounds.load(db.session, round_id)
    rounds.discard(db.session, it)
    flash(_("轮次已作废，申请留待下一轮。"), "success")
    return _to(it)


def _run(it: AllocationRound, number: int) -> RoundRun:
    found = next((run for run in it.runs if run.number == number), None)
    if found is None:
        raise NotFound("没有这次计算")
    return found


def _refused(round_id: int, error: DomainError) -> Any:
    """The page again with why; nothing was done."""
    db.session.rollback()
    return _page(rounds.load(db.session, round_id), problem=sentence(error)), error.status


def _page(it: AllocationRound, form: WishForm | None = None, *, problem: str = "") -> str:
    shown = view.page(it, request.args.get("run", type=int), request.args.get("with", type=int))
    asked = form or WishForm(formdata=None)
    _offer(asked, shown)
    return render_template(
        "rounds/show.html", **shown, form=asked, opened=form is not None, problem=problem, words=words
    )


def _offer(form: WishForm, shown: dict[str, Any]) -> None:
    form.case_id.choices = options([(case.id, case.tenant.name) for case in shown["cases"]])
    there = [(o.ref, _("%(name)s（余%(n)s）", name=o.name, n=o.room)) for o in shown["there"]]
    form.offer_ref.choices = options(there)


def _to(it: AllocationRound, anchor: str | None = None) -> BaseResponse:
    return redirect(url_for("rounds.show", round_id=it.id, _anchor=anchor))
