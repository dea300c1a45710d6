"""工作日历: a year of working days, and the district's exceptions, each looked at before it moves any last day."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.data.models import DISTRICT_ROLES, Role
from core.data.queries import calendars as reads
from core.errors import DomainError
from core.extensions import db
from core.services import calendar, holidays
from core.web.access import roles
from core.web.forms.clocks import DaysForm, WhyForm
from core.web.views import holidays as view
from core.web.views import oversight

blueprint = Blueprint("holidays", __name__)
AROUND = 2  # years back and ahead that can be looked at


@blueprint.get("/holidays")
@roles(*DISTRICT_ROLES)
def index() -> str:
    this = g.today.year
    year = min(max(request.args.get("year", this, type=int), this - AROUND), this + AROUND)
    own = reads.exceptions(db.session, year)
    return render_template(
        "holidays/index.html",
        tabs=oversight.tabs("calendar"),
        year=year,
        years=range(this - AROUND, this + AROUND + 1),
        months=view.year_page(year, own),
        own=own,
        published=calendar.is_published(year),
        may=g.asker.may(Role.DISTRICT_ADMIN),
    )


@blueprint.route("/holidays/new", methods=["GET", "POST"])
@roles(Role.DISTRICT_ADMIN)
def add() -> Any:
    """First what it would change, by the query string; then, by POST, that and nothing else."""
    sent = request.method == "POST"
    form = DaysForm() if sent else DaysForm(request.args or None, meta={"csrf": False})
    moved, days, seen = [], [], ""
    if sent or request.args:
        try:
            if form.validate():
                days = holidays.days_between(form.first.data, form.last.data)
                working = form.working.data == "yes"
                if sent:
                    n = holidays.set_days(
                        db.session, days, working=working, note=form.note.data or "",
                        confirmed=request.form.get("seen", ""),
                    )  # fmt: skip
                    flash(_("已保存，调整了%(n)s件申请件的时限。", n=n), "success")
                    return redirect(url_for("holidays.index", year=days[0].year))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
        if days:
            changes: dict[Any, bool | None] = dict.fromkeys(days, form.working.data == "yes")
            moved = holidays.shifts(db.session, g.asker.district_id, changes)
            seen = holidays.seen(changes, moved)
    shown = render_template("holidays/add.html", form=form, days=days, moved=view.shift_rows(moved), seen=seen)
    return (shown, 422) if form.errors or form.form_errors else shown


@blueprint.route("/holidays/<int:calendar_day_id>/removal", methods=["GET", "POST"])
@roles(Role.DISTRICT_ADMIN)
def remove(calendar_day_id: int) -> Any:
    row, form = holidays.load(db.session, calendar_day_id), WhyForm()
    if form.validate_on_submit():
        try:
            year = row.day.year
            n = holidays.remove(db.session, row, reason=form.reason.data or "", confirmed=request.form.get("seen", ""))
            flash(_("已删除，调整了%(n)s件申请件的时限。", n=n), "success")
            return redirect(url_for("holidays.index", year=year))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            row = holidays.load(db.session, calendar_day_id)
    changes: dict[Any, bool | None] = {row.day: None}
    moved = holidays.shifts(db.session, g.asker.district_id, changes)
    shown = render_template(
        "holidays/remove.html", form=form, row=row, moved=view.shift_rows(moved), seen=holidays.seen(changes, moved)
    )
    return (shown, 422) if form.is_submitted() else shown
