"""平面图: a floor to look at, its plan's picture, and placing units on it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.data.models import OPERATOR_ROLES, Floor
from core.data.queries import places
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import plans
from core.services import sites as site_service
from core.web import undoing
from core.web.access import roles
from core.web.blueprints import sites
from core.web.errors import sentence
from core.web.forms.places import FloorForm, PictureForm
from core.web.views import plan as view
from core.web.views import plan_form
from core.web.views.plan_form import PlanForm

blueprint = Blueprint("floors", __name__)
Answer = str | tuple[str, int] | Response


def load(floor_id: int) -> Floor:
    found = places.floor(db.session, floor_id)
    if found is None:
        raise NotFound("没有这个楼层，或您无权查看")
    return found


@blueprint.get("/floors/<int:floor_id>")
@roles(*OPERATOR_ROLES)
def show(floor_id: int) -> str:
    floor = load(floor_id)
    mode = request.args.get("colour", "")
    mode = mode if mode in view.MODES else view.MODES[0]
    return render_template(
        "places/floor.html",
        floor=floor,
        plan=view.draw(db.session, floor, mode, g.today),
        modes=view.mode_words(),
        neighbours=floor.site.floors,
    )


@blueprint.route("/floors/<int:floor_id>/settings", methods=["GET", "POST"])
@roles(*OPERATOR_ROLES)
def settings(floor_id: int) -> Answer:
    floor = load(floor_id)
    form = FloorForm(obj=floor)
    if form.validate_on_submit():
        try:
            changed = site_service.change_floor(db.session, floor, **form.values())
        except DomainError as error:
            db.session.expire(floor)
            form.say(error)
        else:
            flash(_("已保存。") if changed else _("没有改动。"), "success")
            return redirect(url_for("floors.show", floor_id=floor.id))
    shown = render_template("places/floor_form.html", form=form, site=floor.site, floor=floor)
    return (shown, 422) if form.errors or form.form_errors else shown


@blueprint.route("/floors/<int:floor_id>/edit", methods=["GET", "POST"])
@roles(*OPERATOR_ROLES)
def edit(floor_id: int) -> Answer:
    """Where units are on the plan: all of them are sent and saved at once, or none."""
    floor = load(floor_id)
    if request.method == "GET":
        return _edit_page(floor, plan_form.of(floor))
    form = plan_form.read(floor, request.form)
    if form.wrong:
        return _edit_page(floor, form), 422
    title = _("%(floor)s平面图上单元的位置", floor=floor.name)
    try:
        step = plans.place(db.session, floor, form.boxes, seen=form.seen, title=title)
    except plans.Misplaced as error:
        db.session.rollback()
        form.wrong |= {space_id: sentence(why) for space_id, why in error.units.items()}
        form.said = sentence(error)
    except DomainError as error:
        db.session.rollback()
        floor = load(floor_id)
        form.said, form.seen = sentence(error), plans.mark(floor.spaces)
        return _edit_page(floor, form), error.status
    else:
        if step is None:
            flash(_("没有改动。"), "info")
        else:
            undoing.offer(_("平面图已保存：调整了%(n)s个单元。", n=len(step.changes)), step)
        return redirect(url_for("floors.show", floor_id=floor.id))
    return _edit_page(load(floor_id), form), 422


def _edit_page(floor: Floor, form: PlanForm, picture_form: PictureForm | None = None) -> str:
    return render_template(
        "places/floor_edit.html",
        floor=floor,
        form=form,
        height=view.height_of(floor),
        width=view.WIDTH,
        whole=plans.WHOLE,
        snap=plans.SNAP,
        smallest=plans.SMALLEST,
        picture=view.picture_of(floor),
        picture_form=picture_form or PictureForm(formdata=None),
    )


@blueprint.post("/floors/<int:floor_id>/picture")
@roles(*OPERATOR_ROLES)
def picture(floor_id: int) -> Answer:
    floor = load(floor_id)
    form = PictureForm()
    try:
        sent = sites.uploaded(form)
        plans.set_picture(db.session, sites.store(), load(floor_id), sent)
    except DomainError as error:
        db.session.rollback()
        form.say(error)
        floor = load(floor_id)
        return _edit_page(floor, plan_form.of(floor), form), 422
    flash(_("平面图已上传。单元仍在原来的位置，请核对。"), "success")
    return redirect(url_for("floors.edit", floor_id=floor_id))


@blueprint.post("/floors/<int:floor_id>/picture/removal")
@roles(*OPERATOR_ROLES)
def remove_picture(floor_id: int) -> Any:
    plans.remove_picture(db.session, load(floor_id))
    flash(_("平面图的底图已移除，改用网格。"), "success")
    return redirect(url_for("floors.edit", floor_id=floor_id))
