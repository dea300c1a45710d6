"""水电表: the list with prices, one meter, taking it into service, changing it for another, retiring it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.data.models import OPERATOR_ROLES, Meter, Role, Site, Space
from core.data.queries import meters as reads
from core.data.queries import places
from core.errors import DomainError, Invalid, NotFound
from core.extensions import db
from core.services import metering
from core.web.access import roles
from core.web.forms.accounts import options
from core.web.forms.meters import MeterForm, NewMeterForm, ReplaceForm, RetireForm, TariffForm
from core.web.views import meters as view

blueprint = Blueprint("meters", __name__)


@blueprint.get("/meters")
@roles(*OPERATOR_ROLES)
def index() -> str:
    return view.index()


@blueprint.get("/meters/export")
@roles(*OPERATOR_ROLES)
def export() -> Response:
    return view.table().file()


@blueprint.get("/meters/new")
@roles(*OPERATOR_ROLES)
def new() -> str:
    return _new(
        NewMeterForm(formdata=None, data={"site_id": request.args.get("site_id", type=int), "from_on": g.today})
    )


@blueprint.post("/meters/new")
@roles(*OPERATOR_ROLES)
def create() -> Any:
    form = NewMeterForm()
    _offer_places(form)
    if form.validate():
        try:
            site = places.site(db.session, form.site_id.data) if form.site_id.data else None
            if site is None:
                raise Invalid("请选择载体", field="site_id")
            values = form.values()
            del values["site_id"]
            space = _space(values.pop("space_id"))
            made = metering.create(db.session, site, space=space, today=g.today, **values)
            flash(_("已登记%(number)s。", number=made.number), "success")
            return redirect(url_for("meters.show", meter_id=made.id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _new(form), 422


@blueprint.get("/meters/<int:meter_id>")
@roles(*OPERATOR_ROLES)
def show(meter_id: int) -> str:
    return view.page(view.load(meter_id))


@blueprint.route("/meters/<int:meter_id>/edit", methods=["GET", "POST"])
@roles(*OPERATOR_ROLES)
def edit(meter_id: int) -> Any:
    meter = view.load(meter_id)
    form = MeterForm(obj=meter)
    _offer_units(form, meter.site)
    if form.validate_on_submit():
        try:
            values = form.values()
            changed = metering.change(db.session, meter, space=_space(values.pop("space_id")), **values)
            flash(_("已保存。") if changed else _("没有改动。"), "success")
            return redirect(url_for("meters.show", meter_id=meter_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            meter = view.load(meter_id)
    shown = render_template("meters/edit.html", form=form, meter=meter)
    return (shown, 422) if form.errors or form.form_errors else shown


@blueprint.post("/meters/<int:meter_id>/retirement")
@roles(*OPERATOR_ROLES)
def retire(meter_id: int) -> Any:
    meter, form = view.load(meter_id), RetireForm(prefix="retire-")
    if form.validate():
        try:
            metering.retire(db.session, meter, today=g.today, **form.values())
            flash(_("已停用，最后的读数已登记。"), "success")
            return redirect(url_for("meters.show", meter_id=meter_id))
        except DomainError as error:
            meter = _again(meter_id, form, error)
    return view.page(meter, retire=form), 422


@blueprint.post("/meters/<int:meter_id>/resumption")
@roles(*OPERATOR_ROLES)
def resume(meter_id: int) -> Any:
    metering.resume(db.session, view.load(meter_id))
    flash(_("已恢复使用。"), "success")
    return redirect(url_for("meters.show", meter_id=meter_id))


@blueprint.post("/meters/<int:meter_id>/replacement")
@roles(*OPERATOR_ROLES)
def replace(meter_id: int) -> Any:
    meter, form = view.load(meter_id), ReplaceForm(prefix="replace-")
    if form.validate():
        try:
            made = metering.replace(db.session, meter, today=g.today, **form.values())
            flash(_("已换成%(number)s，旧表的读数保留。", number=made.number), "success")
            return redirect(url_for("meters.show", meter_id=made.id))
        except DomainError as error:
            meter = _again(meter_id, form, error)
    return view.page(meter, replace=form), 422


@blueprint.post("/meters/tariffs")
@roles(Role.OPERATOR_MANAGER)
def set_price() -> Any:
    form = TariffForm(prefix="tariff-")
    if form.validate():
        try:
            metering.set_price(db.session, g.asker.operator_id, **form.values())
            flash(_("单价已保存，从现在起出的账单照此计算。"), "success")
            return redirect(url_for("meters.index", _anchor="tariffs"))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return view.index(form), 422


@blueprint.post("/meters/tariffs/<int:tariff_id>/removal")
@roles(Role.OPERATOR_MANAGER)
def remove_price(tariff_id: int) -> Any:
    found = reads.tariff(db.session, tariff_id)
    if found is None:
        raise NotFound("没有这个单价，或您无权查看")
    metering.remove_price(db.session, found)
    flash(_("单价已删除；已出的账单不变。"), "success")
    return redirect(url_for("meters.index", _anchor="tariffs"))


def _again(meter_id: int, form: RetireForm, error: DomainError) -> Meter:
    db.session.rollback()
    form.say(error)
    return view.load(meter_id)


def _space(space_id: int | None) -> Space | None:
    found = places.space(db.session, space_id) if space_id else None
    if space_id and found is None:
        raise Invalid("没有这个单元，请重新选择", field="space_id")
    return found


def _new(form: NewMeterForm) -> str:
    _offer_places(form)
    return render_template("meters/new.html", form=form)


def _offer_places(form: NewMeterForm) -> None:
    sites = places.sites(db.session)
    form.site_id.choices = options([(site.id, site.name) for site in sites], empty=_("请选择"))
    _offer_units(form, next((site for site in sites if site.id == form.site_id.data), None))


def _offer_units(form: MeterForm, site: Site | None) -> None:
    units = reads.units(db.session, [site.id]) if site else []
    form.space_id.choices = options([(unit.id, unit.code) for unit in units], empty=_("公摊（整处载体）"))
