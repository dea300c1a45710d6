"""抄表: the sheet for walking from meter to meter, each saved by itself; and readings put right one by one."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.data.models import OPERATOR_ROLES
from core.data.queries import meters as reads
from core.errors import DomainError
from core.extensions import db
from core.services import metering
from core.web import asked
from core.web.access import roles
from core.web.forms.meters import ReadingChangeForm, ReadingForm, SheetForm
from core.web.views import meter_words as words
from core.web.views import meters as view

blueprint = Blueprint("meter_readings", __name__)


@blueprint.get("/meters/sheet")
@roles(*OPERATOR_ROLES)
def sheet() -> str:
    return _sheet(request.args.get("site", type=int), asked.past_day("on"))


@blueprint.post("/meters/<int:meter_id>/sheet")
@roles(*OPERATOR_ROLES)
def save(meter_id: int) -> Any:
    """One meter of the sheet; with scripts its row alone comes back, with what the reading means."""
    meter, form = view.load(meter_id), SheetForm()
    refused = not form.validate()
    if not refused:
        try:
            metering.put(db.session, meter, today=g.today, **form.values())
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            refused = True
    site, day = view.load(meter_id).site_id, form.read_on.data or g.today
    if not request.headers.get("HX-Request"):
        if refused:
            return _sheet(site, day, {meter_id: form}), 422
        return redirect(url_for("meter_readings.sheet", site=site, on=day.isoformat(), _anchor=f"dial-{meter_id}"))
    there = reads.sheet(db.session, site, day)
    row = render_template(
        "meters/_saved.html",
        dial=view.dial(view.load(meter_id), day, form if refused else None),
        done=sum(any(it.read_on == day for it in each.readings) for each in there),
        whole=len(there),
        words=words,
    )
    return (row, 422) if refused else row


def _sheet(asked: int | None, day: date, refused: dict[int, SheetForm] | None = None) -> str:
    sites = reads.metered(db.session)
    site = next((it for it in sites if it.id == asked), sites[0] if sites else None)
    there = reads.sheet(db.session, site.id, day) if site else []
    dials = [view.dial(meter, day, (refused or {}).get(meter.id)) for meter in there]
    return render_template(
        "meters/sheet.html",
        sites=sites,
        site=site,
        day=day,
        today=g.today,
        floors=view.floors(dials),
        done=sum(it.now is not None for it in dials),
        whole=len(dials),
        words=words,
    )


@blueprint.post("/meters/<int:meter_id>/readings")
@roles(*OPERATOR_ROLES)
def record(meter_id: int) -> Any:
    meter, form = view.load(meter_id), ReadingForm(prefix="reading-")
    if form.validate():
        try:
            metering.record(db.session, meter, today=g.today, **form.values())
            flash(_("读数已登记。"), "success")
            return redirect(url_for("meters.show", meter_id=meter_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            meter = view.load(meter_id)
    return view.page(meter, reading=form), 422


@blueprint.route("/meters/<int:meter_id>/readings/<int:reading_id>", methods=["GET", "POST"])
@roles(*OPERATOR_ROLES)
def edit(meter_id: int, reading_id: int) -> Any:
    meter = view.load(meter_id)
    reading = view.reading_of(meter, reading_id)
    form = ReadingChangeForm(obj=reading)
    if form.validate_on_submit():
        try:
            changed = metering.change_reading(db.session, reading, **form.values())
            flash(_("已保存。") if changed else _("没有改动。"), "success")
            return redirect(url_for("meters.show", meter_id=meter_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            meter = view.load(meter_id)
            reading = view.reading_of(meter, reading_id)
    shown = render_template("meters/reading.html", form=form, meter=meter, reading=reading, words=words)
    return (shown, 422) if form.errors or form.form_errors else shown


@blueprint.post("/meters/<int:meter_id>/readings/<int:reading_id>/removal")
@roles(*OPERATOR_ROLES)
def remove(meter_id: int, reading_id: int) -> Any:
    meter = view.load(meter_id)
    metering.remove(db.session, view.reading_of(meter, reading_id))
    flash(_("读数已删除。"), "success")
    return redirect(url_for("meters.show", meter_id=meter_id))
