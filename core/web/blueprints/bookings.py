"""会议室: a day of a site's rooms, booking one, moving and calling off. A tenant's people see their own bookings, and
of others that a room is taken."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

import core
from core.data.asker import Reach
from core.data.models import OPERATOR_ROLES, TENANT_ROLES, Booking, Space, Tenant
from core.data.queries import mentors, rooms, tenants
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import bookings
from core.services.bookings import Slot
from core.services.bookings.acts import clock
from core.services.bookings.hours import minute_of
from core.web.access import roles
from core.web.forms.accounts import options
from core.web.forms.rooms import BookingForm, time_of
from core.web.views import room_words
from core.web.views import rooms as view

blueprint = Blueprint("bookings", __name__)
BOTH = (*OPERATOR_ROLES, *TENANT_ROLES)
DEFAULT_MINUTES = 60


@blueprint.get("/bookings")
@roles(*BOTH)
def index() -> str:
    return render_template("rooms/day.html", **view.calendar())


@blueprint.get("/bookings/list")
@roles(*BOTH)
def listed() -> str:
    return render_template(
        "rooms/list.html",
        page=view.table().page(),
        own=g.asker.reach is Reach.OPERATOR,
        states=room_words.BOOKING_STATES,
        tones=room_words.BOOKING_TONES,
    )


@blueprint.get("/bookings/export")
@roles(*BOTH)
def export() -> Response:
    return view.table().file()


# ── booking ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@blueprint.get("/bookings/new")
@roles(*BOTH)
def new() -> str:
    """`space`, `day` and `at` of the slot that was clicked are filled in."""
    room = rooms.room(db.session, request.args.get("space", type=int) or 0)
    data: dict[str, Any] = {"day": view.day_asked(), "space_id": room.id if room else None}
    at = _minutes(request.args.get("at", ""))
    if room is not None and at is not None:
        hours = bookings.hours_of(db.session, [room])[room.id]
        data |= {"at": time_of(at), "until": time_of(min(at + max(DEFAULT_MINUTES, hours.slot), hours.closes))}
    return _form(BookingForm(formdata=None, data=data), None)


@blueprint.post("/bookings/new")
@roles(*BOTH)
def create() -> Any:
    form = _offered(BookingForm())
    if form.validate():
        try:
            made = bookings.book(
                db.session,
                _slot(form),
                tenant=_for_whom(form),
                title=form.title.data or "",
                now=core.today(),
                over_reason=form.over_reason.data,
            )
            flash(_("会议室已订好。"), "success")
            return _to(made.id)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _form(form, None), 422


@blueprint.get("/bookings/<int:booking_id>")
@roles(*BOTH)
def show(booking_id: int) -> str:
    booking, now = _booking(booking_id), core.today()
    return render_template(
        "rooms/booking.html",
        booking=booking,
        span=view.span(booking),
        day=booking.starts_at.astimezone(core.SHANGHAI).date(),
        coming=booking.starts_at > now,
        state=(state := "cancelled" if booking.cancelled_at else "over" if booking.ends_at <= now else "coming"),
        word=room_words.BOOKING_STATES[state],
        tone=room_words.BOOKING_TONES[state],
        own=g.asker.reach is Reach.OPERATOR,
    )


@blueprint.get("/bookings/<int:booking_id>/time")
@roles(*BOTH)
def time(booking_id: int) -> str:
    booking = _booking(booking_id)
    day = booking.starts_at.astimezone(core.SHANGHAI).date()
    data = {
        "space_id": booking.space_id,
        "day": day,
        "at": time_of(minute_of(booking.starts_at, day)),
        "until": time_of(minute_of(booking.ends_at, day)),
        "title": booking.title,
        "over_reason": booking.over_reason,
    }
    return _form(BookingForm(formdata=None, data=data), booking)


@blueprint.post("/bookings/<int:booking_id>/time")
@roles(*BOTH)
def move(booking_id: int) -> Any:
    booking, form = _booking(booking_id), _offered(BookingForm())
    if form.validate():
        try:
            bookings.move(
                db.session,
                booking,
                _slot(form),
                title=form.title.data or "",
                now=core.today(),
                over_reason=form.over_reason.data,
            )
            flash(_("预订已改好。"), "success")
            return _to(booking_id)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            booking = _booking(booking_id)
    return _form(form, booking), 422


@blueprint.post("/bookings/<int:booking_id>/cancellation")
@roles(*BOTH)
def cancel(booking_id: int) -> BaseResponse:
    bookings.cancel(db.session, _booking(booking_id), now=core.today())
    flash(_("预订已取消，会议室空出来了；还没有别人订之前可以恢复。"), "success")
    return _to(booking_id)


@blueprint.post("/bookings/<int:booking_id>/restoration")
@roles(*BOTH)
def restore(booking_id: int) -> BaseResponse:
    bookings.restore(db.session, _booking(booking_id), now=core.today())
    flash(_("预订已恢复。"), "success")
    return _to(booking_id)


def _booking(booking_id: int) -> Booking:
    found = rooms.one(db.session, booking_id)
    if found is None:
        raise NotFound("没有这个预订，或您无权查看")
    return found


def _offered(form: BookingForm) -> BookingForm:
    form.space_id.choices = options(((room.id, _name(room)) for room in rooms.rooms(db.session)), empty=_("请选择"))
    if g.asker.reach is Reach.OPERATOR:
        known = mentors.tenants(db.session, g.asker.operator_id)
        form.tenant_id.choices = options(known, empty=_("本机构自己用"))
    else:  # a tenant books for itself
        form.tenant_id.choices = options(())
    return form


def _form(form: BookingForm, booking: Booking | None) -> str:
    day = form.day.data if isinstance(form.day.data, date) else g.today
    return render_template(
        "rooms/form.html",
        form=_offered(form) if form.space_id.choices is None else form,
        booking=booking,
        own=g.asker.reach is Reach.OPERATOR,
        left=view.left(day),
    )


def _name(room: Space) -> str:
    seats = _("（%(n)s座）", n=room.capacity) if room.capacity else ""
    return f"{room.site.name} · {room.code}{seats}"


def _slot(form: BookingForm) -> Slot:
    room = rooms.room(db.session, form.space_id.data or 0)
    if room is None:
        raise NotFound("没有这间会议室，请重新选择", field="space_id")
    until = form.until.minutes
    return Slot(room, form.day.data, form.at.minutes, 24 * 60 if until == 24 * 60 - 1 else until)


def _for_whom(form: BookingForm) -> Tenant | None:
    wanted = g.asker.tenant_id if g.asker.reach is Reach.TENANT else form.tenant_id.data
    if wanted is None:
        return None
    found = tenants.one(db.session, wanted)
    if found is None:
        raise NotFound("没有这家企业，请重新选择", field="tenant_id")
    return found


def _minutes(text: str) -> int | None:
    hour, _colon, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal()):
        return None
    at = int(hour) * 60 + int(minute)
    return at if clock(at) == text and at < 24 * 60 else None


def _to(booking_id: int) -> BaseResponse:
    return redirect(url_for("bookings.show", booking_id=booking_id))
