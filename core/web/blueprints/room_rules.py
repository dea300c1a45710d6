"""What an operator allows: opening hours of each room, free hours of its tenants."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _

from core.data.models import OPERATOR_ROLES, Space
from core.data.queries import rooms
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import bookings
from core.web.access import roles
from core.web.forms.rooms import HoursForm, QuotaForm, time_of

blueprint = Blueprint("room_rules", __name__)


@blueprint.get("/bookings/rules")
@roles(*OPERATOR_ROLES)
def index() -> str:
    return _page()


@blueprint.post("/bookings/rules/quota")
@roles(*OPERATOR_ROLES)
def quota() -> Any:
    form = QuotaForm(prefix="quota-")
    if form.validate():
        try:
            bookings.set_rule(db.session, g.asker.operator_id, form.hours.data, form.per_sqm.data)
            flash(_("免费时长已保存，从现在起的预订照此计算。"), "success")
            return redirect(url_for("room_rules.index"))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _page(quota=form), 422


@blueprint.post("/bookings/rules/rooms/<int:space_id>")
@roles(*OPERATOR_ROLES)
def hours(space_id: int) -> Any:
    room = rooms.room(db.session, space_id)
    if room is None:
        raise NotFound("没有这间会议室，或您无权查看")
    form = HoursForm(prefix=f"room-{space_id}-")
    if form.validate():
        try:
            bookings.set_hours(db.session, room, form.hours)
            flash(_("%(room)s的开放时间已保存。", room=room.code), "success")
            return redirect(url_for("room_rules.index"))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _page(hours={space_id: form}), 422


def _page(quota: QuotaForm | None = None, hours: dict[int, HoursForm] | None = None) -> str:
    seen = rooms.rooms(db.session)
    rule = bookings.rule_of(db.session, g.asker.operator_id)
    known = bookings.hours_of(db.session, seen)
    said = {"hours": rule.hours, "per_sqm": rule.per_sqm} if rule else {}
    return render_template(
        "rooms/rules.html",
        quota=quota or QuotaForm(formdata=None, prefix="quota-", data=said),
        rooms=[(room, (hours or {}).get(room.id) or _hours(room, known[room.id])) for room in seen],
    )


def _hours(room: Space, there: bookings.Hours) -> HoursForm:
    data = {
        "opens": time_of(there.opens),
        "closes": time_of(there.closes),
        "slot": there.slot,
        "days_ahead": there.days_ahead,
    }
    return HoursForm(formdata=None, prefix=f"room-{room.id}-", data=data)
