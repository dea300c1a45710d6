"""专家评审: the experts' own pages, and what staff do about a panel on the page of a case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.data.models import Case, Role
from core.errors import DomainError, Invalid
from core.extensions import db
from core.services import cases, panel_reading, panels
from core.services.panels import Score
from core.web.access import roles
from core.web.errors import sentence
from core.web.views import case_show, ties
from core.web.views.case_page import registry

blueprint = Blueprint("panels", __name__)


@blueprint.get("/reviews")
@roles(Role.EXPERT)
def index() -> str:
    return render_template("panels/index.html", rows=panel_reading.given(db.session, registry()), today=g.today)


@blueprint.get("/reviews/<int:case_id>")
@roles(Role.EXPERT)
def show(case_id: int) -> str:
    return _sheet(case_id)


@blueprint.post("/reviews/<int:case_id>")
@roles(Role.EXPERT)
def hand_in(case_id: int) -> Any:
    sitting = panel_reading.one(db.session, registry(), case_id)
    typed = {
        key: (request.form.get(f"points-{key}", "")[:10], request.form.get(f"comment-{key}", "")[:2000])
        for key in (it["key"] for it in sitting.sheet["criteria"])
    }
    try:
        if request.form.get("confirmed") != "yes":
            raise Invalid("评分提交后不能修改，请勾选确认后再提交", field="confirmed")
        given: dict[str, Score] = {key: (_whole(points), comment) for key, (points, comment) in typed.items()}
        panels.hand_in(db.session, case_id, given)
    except DomainError as error:
        db.session.rollback()
        return _sheet(case_id, problem=sentence(error), typed=typed), error.status
    flash(_("评分已提交，谢谢。"), "success")
    return redirect(url_for("panels.index"))


@blueprint.post("/cases/<int:case_id>/panel")
@roles(*panels.CONVENERS)
def convene(case_id: int) -> Any:
    chosen = [int(value) for value in request.form.getlist("experts") if _whole(value) is not None]
    return _staff(
        case_id,
        lambda case: panels.convene(db.session, registry(), case, chosen, today=g.today),
        _("评审组已组成，已通知各位专家。"),
        {"experts": chosen},
    )


@blueprint.post("/cases/<int:case_id>/panel/seats/<int:seat_id>")
@roles(*panels.CONVENERS)
def replace(case_id: int, seat_id: int) -> Any:
    user_id, reason = _whole(request.form.get("user_id", "")), request.form.get("reason", "")
    return _staff(
        case_id,
        lambda case: panels.replace(db.session, registry(), case, seat_id, user_id, reason, today=g.today),
        _("专家已更换，已通知接替的专家。"),
        {"seat": seat_id, "user_id": user_id, "reason": reason},
    )


@blueprint.post("/cases/<int:case_id>/panel/closing")
@roles(*panels.CONVENERS)
def close(case_id: int) -> Any:
    note = request.form.get("note", "")
    done = _("评审组已结束，结果见评分表。")
    return _staff(case_id, lambda case: panels.close(db.session, case, note), done, {"note": note})


def _staff(case_id: int, step: Callable[[Case], Any], done: str, typed: dict[str, Any]) -> Any:
    case = ties.open_case(case_id)
    try:
        step(case)
    except DomainError as error:
        db.session.rollback()
        page = case_show.page(cases.load(db.session, case_id), problem=sentence(error), kept={"panel": typed})
        return page, error.status
    flash(done, "success")
    return redirect(url_for("cases.show", case_id=case_id, _anchor="panel"))


def _sheet(case_id: int, *, problem: str = "", typed: dict[str, tuple[str, str]] | None = None) -> str:
    it = panel_reading.one(db.session, registry(), case_id)
    return render_template("panels/show.html", it=it, problem=problem, typed=typed or {}, today=g.today)


def _whole(text: str) -> int | None:
    """A whole number as it was typed; None for anything else, which the service says in words."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
