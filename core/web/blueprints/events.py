"""活动: what a site offers, who registers and waits, who came."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

import core
from core.data.asker import Reach
from core.data.models import OPERATOR_ROLES, TENANT_ROLES, Event, EventRegistration, Tenant
from core.data.queries import events as reads
from core.data.queries import places, tenants
from core.errors import DomainError, Invalid, NotFound
from core.extensions import db
from core.services import events
from core.web.access import roles
from core.web.errors import sentence
from core.web.forms.accounts import options
from core.web.forms.rooms import CallOffForm, EventForm, RegisterForm
from core.web.views import events as view
from core.web.views import room_words

blueprint = Blueprint("events", __name__, url_prefix="/activities")  # /events is the trail
BOTH = (*OPERATOR_ROLES, *TENANT_ROLES)


@blueprint.get("")
@roles(*BOTH)
def index() -> str:
    return render_template(
        "events/index.html",
        page=view.table().page(),
        own=g.asker.reach is Reach.OPERATOR,
        states={it.value: word for it, word in room_words.EVENT_STATES.items()},
        tones={it.value: tone for it, tone in room_words.EVENT_TONES.items()},
    )


@blueprint.get("/export")
@roles(*BOTH)
def export() -> Response:
    return view.table().file()


# ── an event and its way ─────────────────────────────────────────────────────────────────────────────────────────────
@blueprint.get("/new")
@roles(*OPERATOR_ROLES)
def new() -> str:
    return _form(EventForm(formdata=None, data={"kind": None}), None)


@blueprint.post("/new")
@roles(*OPERATOR_ROLES)
def create() -> Any:
    form = _offered(EventForm())
    if form.validate():
        try:
            made = events.add(db.session, _facts(form))
            flash(_("草稿已保存；发布后企业才看得到。"), "success")
            return _to(made.id)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _form(form, None), 422


@blueprint.get("/<int:event_id>")
@roles(*BOTH)
def show(event_id: int) -> str:
    return _page(_event(event_id))


@blueprint.get("/<int:event_id>/facts")
@roles(*OPERATOR_ROLES)
def facts(event_id: int) -> str:
    event = _event(event_id)
    first, last = event.starts_at.astimezone(core.SHANGHAI), event.ends_at.astimezone(core.SHANGHAI)
    times = {"on": first.date(), "starts": first.time(), "ends": last.time()}
    return _form(EventForm(formdata=None, obj=event, data=times), event)


@blueprint.post("/<int:event_id>/facts")
@roles(*OPERATOR_ROLES)
def edit(event_id: int) -> Any:
    event, form = _event(event_id), _offered(EventForm())
    if form.validate():
        try:
            events.edit(db.session, event, _facts(form), now=core.today())
            flash(_("活动已保存。"), "success")
            return _to(event_id)
        except DomainError as error:
            event = _refused(event_id)
            form.say(error)
    return _form(form, event), 422


@blueprint.post("/<int:event_id>/publication")
@roles(*OPERATOR_ROLES)
def publish(event_id: int) -> BaseResponse:
    events.publish(db.session, _event(event_id), now=core.today())
    flash(_("活动已发布，企业可以报名了。"), "success")
    return _to(event_id)


@blueprint.post("/<int:event_id>/cancellation")
@roles(*OPERATOR_ROLES)
def call_off(event_id: int) -> Any:
    event, form = _event(event_id), CallOffForm(prefix="off-")
    if form.validate():
        try:
            events.call_off(db.session, event, reason=form.reason.data or "")
            flash(_("活动已取消。"), "success")
            return _to(event_id)
        except DomainError as error:
            event = _refused(event_id)
            form.say(error)
    return _page(event, {"call_off": form}), 422


@blueprint.post("/<int:event_id>/holding")
@roles(*OPERATOR_ROLES)
def hold(event_id: int) -> BaseResponse:
    events.hold(db.session, _event(event_id), now=core.today())
    flash(_("已登记为已举办，请登记到场人数。"), "success")
    return _to(event_id)


# ── who comes ────────────────────────────────────────────────────────────────────────────────────────────────────────
@blueprint.post("/<int:event_id>/registrations")
@roles(*BOTH)
def register(event_id: int) -> Any:
    event, form = _event(event_id), RegisterForm(prefix="register-")
    if g.asker.reach is Reach.OPERATOR:
        form.tenant_id.choices = options(db.session.execute(select(Tenant.id, Tenant.name)))
    else:
        form.tenant_id.choices = options(())
    if form.validate():
        try:
            made = events.register(db.session, event, _tenant(form), form.people.data, now=core.today())
            flash(
                _("报名成功。") if made.seated_at else _("名额已满，已列入候补；有人退出时按报名先后递补。"), "success"
            )
            return _to(event_id)
        except DomainError as error:
            event = _refused(event_id)
            form.say(error)
    return _page(event, {"register": form}), 422


@blueprint.post("/<int:event_id>/registrations/<int:registration_id>/withdrawal")
@roles(*BOTH)
def withdraw(event_id: int, registration_id: int) -> BaseResponse:
    event = _event(event_id)
    registration = db.session.scalars(
        select(EventRegistration).where(EventRegistration.id == registration_id, EventRegistration.event_id == event_id)
    ).one_or_none()
    if registration is None:
        raise NotFound("没有这个报名，或您无权查看")
    moved = events.withdraw(db.session, event, registration, now=core.today())
    flash(_("已退出报名，%(n)s家候补已递补。", n=moved) if moved else _("已退出报名。"), "success")
    return _to(event_id)


@blueprint.post("/<int:event_id>/attendance")
@roles(*OPERATOR_ROLES)
def attend(event_id: int) -> Any:
    """All who registered at once; what is left empty is not marked."""
    event = _event(event_id)
    try:
        counts = {name: _count(name, text) for name, text in request.form.items() if text.strip() and _counts(name)}
        came = {int(name.removeprefix("came-")): n for name, n in counts.items() if name != "guests"}
        events.attend(db.session, event, came, guests=counts.get("guests"))
    except DomainError as error:
        event = _refused(event_id)
        return _page(event, {"attendance": request.form, "problem": sentence(error)}), 422
    flash(_("到场人数已保存。"), "success")
    return _to(event_id)


@blueprint.get("/<int:event_id>/attendance/export")
@roles(*OPERATOR_ROLES)
def attendance_export(event_id: int) -> Response:
    return view.attendance(_event(event_id)).file()


def _counts(name: str) -> bool:
    return name == "guests" or (name.startswith("came-") and name.removeprefix("came-").isdecimal())


def _count(name: str, text: str) -> int:
    if not text.strip().isdecimal() or len(text.strip()) > 6:
        raise Invalid("到场人数请填整数，如12；没有来的填0，不清楚的留空", field=name)
    return int(text)


def _tenant(form: RegisterForm) -> Tenant:
    if g.asker.reach is Reach.TENANT:
        return view.own_tenant()
    found = tenants.one(db.session, form.tenant_id.data) if form.tenant_id.data else None
    if found is None:
        raise NotFound("请选择企业", field="tenant_id")
    return found


def _event(event_id: int) -> Event:
    found = reads.one(db.session, event_id)
    if found is None:
        raise NotFound("没有这个活动，或您无权查看")
    return found


def _refused(event_id: int) -> Event:
    db.session.rollback()
    return _event(event_id)


def _offered(form: EventForm) -> EventForm:
    form.site_id.choices = options(((it.id, it.name) for it in places.sites(db.session)), empty=_("请选择"))
    return form


def _facts(form: EventForm) -> events.Facts:
    site = places.site(db.session, form.site_id.data or 0)
    if site is None:
        raise NotFound("没有这个载体，请重新选择", field="site_id")
    return events.Facts(site=site, **form.values())


def _form(form: EventForm, event: Event | None) -> str:
    return render_template("events/form.html", form=_offered(form), event=event)


def _page(event: Event, forms: dict[str, Any] | None = None) -> str:
    return render_template("events/show.html", event=event, **view.shown(event, forms or {}))


def _to(event_id: int) -> BaseResponse:
    return redirect(url_for("events.show", event_id=event_id))
