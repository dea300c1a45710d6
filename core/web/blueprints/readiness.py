"""孵化阶段 of a whole house: who is ready, the board, what runs out when, and the criteria behind it all."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.data.models import OPERATOR_ROLES, Role
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services.stages import criteria as rules
from core.services.stages import own
from core.web.access import roles
from core.web.forms.stages import OwnCriterionForm
from core.web.views import stage_lists
from core.web.views.stage_criteria import criterion_rows

blueprint = Blueprint("readiness", __name__)


@blueprint.get("/stages/readiness")
@roles(*OPERATOR_ROLES)
def index() -> str:
    table = stage_lists.readiness_table()
    counts = {name: sum(bool(row[name]) for row in table.rows) for name in ("ready", "soon", "overdue", "unknown")}
    return render_template("stages/readiness.html", page=table.page(), counts=counts, total=len(table.rows))


@blueprint.get("/stages/readiness/export")
@roles(*OPERATOR_ROLES)
def export() -> Response:
    return stage_lists.readiness_table().file()


@blueprint.get("/stages/board")
@roles(*OPERATOR_ROLES)
def board() -> str:
    asked = {name: request.args.get(name, "")[:100] for name in ("q", "site", "all")}
    return render_template(
        "stages/board.html",
        lanes=stage_lists.board(asked["q"], asked["site"], asked["all"]),
        sites=stage_lists.site_options(),
        asked=asked,
    )


@blueprint.get("/stages/forecast")
@roles(*OPERATOR_ROLES)
def forecast() -> str:
    found = stage_lists.expiries()
    return render_template(
        "stages/forecast.html",
        page=stage_lists.expiry_table(found).page(),
        months=stage_lists.month_bars(found),
        totals=stage_lists.totals(found),
    )


@blueprint.get("/stages/forecast/export")
@roles(*OPERATOR_ROLES)
def forecast_export() -> Response:
    return stage_lists.expiry_table(stage_lists.expiries()).file()


# ── criteria ────────────────────────────────────────────────────────────────────────────────────────────────────────


@blueprint.get("/stages/criteria")
@roles(*OPERATOR_ROLES)
def criteria() -> str:
    return _criteria_page()


@blueprint.post("/stages/criteria/<name>")
@roles(Role.OPERATOR_MANAGER)
def set_own(name: str) -> Any:
    if name not in rules.defaults().units:
        raise NotFound("没有这项标准")
    form = OwnCriterionForm()
    if form.validate():
        try:
            own.set_value(
                db.session,
                g.asker.operator_id,
                name,
                form.value.data,
                from_on=form.from_on.data,
                source=form.source.data or "",
            )
            flash(_("已登记，自%(day)s起适用。", day=form.from_on.data), "success")
            return redirect(url_for("readiness.criteria", _anchor=name))
        except DomainError as error:
            if error.status == 403:
                raise
            db.session.rollback()
            form.say(error)
    return _criteria_page({name: form}), 422


def _criteria_page(forms: dict[str, OwnCriterionForm] | None = None) -> str:
    return render_template(
        "stages/criteria.html",
        groups=criterion_rows(g.asker.operator_id),
        forms=forms or {},
        blank=lambda: OwnCriterionForm(formdata=None, from_on=g.today),
        may_set=g.asker.may(Role.OPERATOR_MANAGER),
    )
