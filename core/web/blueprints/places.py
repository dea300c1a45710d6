"""场地单元: the list of units, one unit, its facts, state and photographs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import OPERATOR_ROLES, Space, SpaceKind
from core.data.queries import occupancy, places
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import sites as site_service
from core.services import spaces as service
from core.services.dossiers.premises import standing
from core.web import undoing
from core.web.access import roles
from core.web.blueprints import sites
from core.web.forms.accounts import options
from core.web.forms.places import PictureForm, SpaceForm, StatusForm
from core.web.listing import BulkAction, Column, Filter, Input, Option
from core.web.views import place_words as words
from core.web.views import site_page
from core.web.views.lists import Table, address_of, as_is
from core.web.views.plan import arrears_words

blueprint = Blueprint("places", __name__)
Answer = str | tuple[str, int] | BaseResponse


def _row(row: Any) -> dict[str, Any]:
    return as_is(row) | {
        "kind_word": str(words.SPACE_KINDS[row.kind]),
        "status_word": str(words.STATES[row.state]),
        "price_word": str(words.PRICE_UNITS[row.price_unit]) if row.price_unit else "",
        "floor": " ".join(part for part in (row.building, row.floor) if part),
    }


def _table() -> Table:
    known = places.sites(db.session)
    return Table(
        "spaces",
        _("场地单元"),
        places.spaces(g.today),
        (
            Column("code", _("编号"), sortable=True, primary=True),
            Column("site", _("载体"), sortable=True),
            Column("floor", _("楼层")),
            Column("kind_word", _("类型")),
            Column("area_cm2", _("面积"), kind="area", sortable=True),
            Column("capacity", _("容纳人数"), kind="number", phone=False, default=False),
            Column("list_price_fen", _("挂牌价（元）"), kind="money", sortable=True),
            Column("price_word", _("计价单位"), phone=False, default=False),
            Column("status_word", _("状态")),
            Column("tenant", _("入驻企业")),
        ),
        (
            Filter("status", _("状态"), [Option(s.value, str(word)) for s, word in words.STATES.items()]),
            Filter("kind", _("类型"), [Option(k.value, str(word)) for k, word in words.SPACE_KINDS.items()]),
            Filter("site", _("载体"), [Option(str(site.id), site.name) for site in known]),
        ),
        sort="site",
        search=_("编号、载体、楼层、入驻企业"),
        row=_row,
        href=address_of("places.show", "space_id"),
        export="places.export",
        bulk=_bulk(),
    )


def _bulk() -> tuple[BulkAction, ...]:
    states = tuple(Option(state.value, str(words.STATES[state])) for state in service.SAID)
    return (
        BulkAction(
            "status", _("改状态"), "bulk.spaces_status", icon="adjustments",
            inputs=(Input("status", _("改为"), states),), submit=_("修改"),
        ),
        BulkAction(
            "price", _("改挂牌价"), "bulk.spaces_price", icon="coin",
            inputs=(Input("price", _("挂牌价"), unit=_("元")),), submit=_("修改"),
        ),
    )  # fmt: skip


@blueprint.get("/spaces")
@roles(*OPERATOR_ROLES)
def spaces() -> str:
    return render_template("places/spaces.html", page=_table().page(), tones=words.STATE_TONES)


@blueprint.get("/spaces/export")
@roles(*OPERATOR_ROLES)
def export() -> Response:
    return _table().file()


def load(space_id: int) -> Space:
    found = places.space(db.session, space_id)
    if found is None:
        raise NotFound("没有这个场地单元，或您无权查看")
    return found


@blueprint.get("/spaces/<int:space_id>")
@roles(*OPERATOR_ROLES)
def show(space_id: int) -> str:
    return _page(load(space_id))


def _page(space: Space, *, photo_form: PictureForm | None = None) -> str:
    seat = places.who_sits(db.session, g.today, [space.id]).get(space.id)
    leases = places.leases_of_space(db.session, space.id)
    rent = occupancy.arrears(db.session, g.today, [seat.lease]) if seat else {}
    found = standing(seat.lease, g.today) if seat else None
    return render_template(
        "places/space.html",
        space=space,
        state=places.states(db.session, g.today, [space])[space.id],
        seat=seat,
        rent=arrears_words(rent.get(seat.lease.id)) if seat else "",
        standing=found,
        reasons=site_page.reasons(found.lacks, space.site) if found else [],
        leases=leases,
        photos=site_page.photo_rows(space.photos),
        photo_form_data=photo_form or PictureForm(formdata=None),
        status_form=StatusForm(formdata=None, status=service.said(space)),
        words=words,
    )


def _form(space: Space | None, floors: list[Any], **given: Any) -> SpaceForm:
    form = SpaceForm(obj=space, **given)
    named = [(floor.id, " ".join(part for part in (floor.building, floor.name) if part)) for floor in floors]
    form.floor_id.choices = options(named, empty=_("未分楼层"))
    return form


@blueprint.route("/sites/<int:site_id>/spaces/new", methods=["GET", "POST"])
@roles(*OPERATOR_ROLES)
def new(site_id: int) -> Answer:
    site = sites.load(site_id)
    asked = request.args.get("floor", "")
    form = _form(None, site.floors, floor_id=int(asked) if asked.isdecimal() and asked.isascii() else None)
    if form.validate_on_submit():
        try:
            made = service.create(db.session, site, **_values(form))
        except DomainError as error:
            form.say(error)
        else:
            flash(_("已登记单元%(code)s。", code=made.code), "success")
            return redirect(url_for("places.show", space_id=made.id))
    shown = render_template("places/space_form.html", form=form, site=site, space=None)
    return (shown, 422) if form.errors or form.form_errors else shown


@blueprint.route("/spaces/<int:space_id>/edit", methods=["GET", "POST"])
@roles(*OPERATOR_ROLES)
def edit(space_id: int) -> Answer:
    space = load(space_id)
    form = _form(space, space.site.floors)
    if form.validate_on_submit():
        try:
            changed = service.change(db.session, space, **_values(form))
        except DomainError as error:
            db.session.expire(space)
            form.say(error)
        else:
            flash(_("已保存。") if changed else _("没有改动。"), "success")
            return redirect(url_for("places.show", space_id=space.id))
    shown = render_template("places/space_form.html", form=form, site=space.site, space=space)
    return (shown, 422) if form.errors or form.form_errors else shown


def _values(form: SpaceForm) -> dict[str, Any]:
    values = form.values()
    if values["kind"] is SpaceKind.DESK and values["independent"]:
        # A desk among others is no premises of one's own, whatever was ticked before the kind was chosen.
        values["independent"] = False
    return values


@blueprint.post("/spaces/<int:space_id>/status")
@roles(*OPERATOR_ROLES)
def status(space_id: int) -> BaseResponse:
    space = load(space_id)
    form = StatusForm()
    if not form.validate():
        raise NotFound("没有这种状态，请从页面上选择")
    word = words.STATES[form.status.data]
    title = _("%(code)s改为“%(state)s”", code=space.code, state=word)
    step = service.set_status(db.session, space, form.status.data, title=title)
    if step is None:
        flash(_("没有改动。"), "info")
    else:
        undoing.offer(_("%(code)s已改为“%(state)s”。", code=space.code, state=word), step)
    return redirect(url_for("places.show", space_id=space.id))


@blueprint.post("/spaces/<int:space_id>/photos")
@roles(*OPERATOR_ROLES)
def add_photo(space_id: int) -> Answer:
    load(space_id)
    form = PictureForm()
    try:
        sent = sites.uploaded(form)
        space = load(space_id)
        caption = form.caption.data or ""
        site_service.add_photo(db.session, sites.store(), space.site, space, sent, caption=caption)
    except DomainError as error:
        db.session.rollback()
        form.say(error)
        return _page(load(space_id), photo_form=form), 422
    flash(_("照片已上传。"), "success")
    return redirect(url_for("places.show", space_id=space_id, _anchor="photos"))
