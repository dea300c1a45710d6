"""载体: the list of sites, one site, its facts, floors and photographs."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from core.data.asker import Reach
from core.data.models import DISTRICT_ROLES, OPERATOR_ROLES, Operator, Photo, PlaceFile, Role, Site
from core.data.queries import occupancy, places
from core.errors import DomainError, Invalid, NotFound
from core.extensions import db
from core.services import files
from core.services import sites as service
from core.services.events import held_at
from core.services.mentors import appointed
from core.web import uploads
from core.web.access import roles
from core.web.downloads import stored_paper, stored_picture
from core.web.forms.places import FloorForm, PictureForm, SiteForm
from core.web.views import place_words as words
from core.web.views import site_page as view

blueprint = Blueprint("sites", __name__)
READERS = (*OPERATOR_ROLES, *DISTRICT_ROLES)
Answer = str | tuple[str, int] | BaseResponse


def load(site_id: int) -> Site:
    found = places.site(db.session, site_id)
    if found is None:
        raise NotFound("没有这个载体，或您无权查看")
    return found


def store() -> Path:
    folder: Path = current_app.extensions["settings"].files
    return folder


@blueprint.get("/sites")
@roles(*READERS)
def index() -> str:
    found = places.sites(db.session)
    figures = occupancy.figures(db.session, g.today)
    whole = sum(figures.values(), occupancy.Figures())
    return render_template(
        "places/sites.html",
        sites=[(site, figures[site.id], _waiting(site)) for site in found],
        whole=whole,
        words=words,
        own=g.asker.reach is Reach.OPERATOR,
    )


def _waiting(site: Site) -> int:
    """How many papers of a site wait for the window."""
    return sum(line.paper is not None and line.paper.confirmed_at is None for line in view.papers(site, g.today))


@blueprint.route("/sites/new", methods=["GET", "POST"])
@roles(*OPERATOR_ROLES)
def new() -> Answer:
    operator = db.session.scalars(select(Operator).where(Operator.id == g.asker.operator_id)).one()
    last = db.session.scalars(select(Site).order_by(Site.id.desc()).limit(1)).one_or_none()
    form = SiteForm(region=last.region if last else "", obj=None)
    if form.validate_on_submit():
        try:
            made = service.create(db.session, today=g.today, **form.values())
        except DomainError as error:
            form.say(error)
        else:
            flash(_("已登记载体“%(name)s”。接着登记楼层和材料。", name=made.name), "success")
            return redirect(url_for("sites.show", site_id=made.id))
    page = render_template("places/site_form.html", form=form, site=None, operator=operator)
    return (page, 422) if form.errors or form.form_errors else page


@blueprint.get("/sites/<int:site_id>")
@roles(*READERS)
def show(site_id: int) -> str:
    return page(load(site_id))


def page(site: Site, *, photo_form: PictureForm | None = None) -> str:
    own = g.asker.reach is Reach.OPERATOR
    photos = db.session.scalars(
        select(Photo).where(Photo.site_id == site.id, Photo.space_id.is_(None)).order_by(Photo.id)
    ).all()
    return render_template(
        "places/site.html",
        site=site,
        own=own,
        window=g.asker.may(Role.WINDOW),
        words=words,
        facts=view.facts(
            site, appointed(db.session, g.today).get(site.operator_id), held_at(db.session, site, g.today)
        ),
        figures=occupancy.figures(db.session, g.today)[site.id],
        rent_words=view.rent_words,
        papers=view.papers(site, g.today),
        lawful=view.lawfulness(db.session, site, g.today),
        checklists=view.checklists(db.session, site, g.today),
        floors=places.floors_with_counts(db.session, site.id, g.today),
        loose=places.units_without_floor(db.session, site.id),
        photos=view.photo_rows(photos),
        photo_form_data=photo_form or PictureForm(formdata=None),
    )


@blueprint.route("/sites/<int:site_id>/edit", methods=["GET", "POST"])
@roles(*OPERATOR_ROLES)
def edit(site_id: int) -> Answer:
    site = load(site_id)
    form = SiteForm(obj=site)
    if form.validate_on_submit():
        try:
            changed = service.change(db.session, site, today=g.today, **form.values())
        except DomainError as error:
            db.session.expire(site)
            form.say(error)
        else:
            flash(_("已保存。") if changed else _("没有改动。"), "success")
            return redirect(url_for("sites.show", site_id=site.id))
    shown = render_template("places/site_form.html", form=form, site=site)
    return (shown, 422) if form.errors or form.form_errors else shown


@blueprint.route("/sites/<int:site_id>/floors/new", methods=["GET", "POST"])
@roles(*OPERATOR_ROLES)
def new_floor(site_id: int) -> Answer:
    site = load(site_id)
    form = FloorForm()
    if form.validate_on_submit():
        try:
            floor = service.create_floor(db.session, site, **form.values())
        except DomainError as error:
            form.say(error)
        else:
            flash(_("已登记楼层%(name)s。可以上传平面图，也可以直接在网格上画。", name=floor.name), "success")
            return redirect(url_for("floors.show", floor_id=floor.id))
    shown = render_template("places/floor_form.html", form=form, site=site, floor=None)
    return (shown, 422) if form.errors or form.form_errors else shown


@blueprint.post("/sites/<int:site_id>/photos")
@roles(*OPERATOR_ROLES)
def add_photo(site_id: int) -> Answer:
    load(site_id)
    form = PictureForm()
    try:
        sent = uploaded(form)
        service.add_photo(db.session, store(), load(site_id), None, sent, caption=form.caption.data or "")
    except DomainError as error:
        db.session.rollback()
        form.say(error)
        return page(load(site_id), photo_form=form), 422
    flash(_("照片已上传。"), "success")
    return redirect(url_for("sites.show", site_id=site_id, _anchor="photos"))


def uploaded(form: PictureForm) -> files.Picture:
    """The picture that was sent with the form, drawn anew; raises `Invalid` where there is none that can be."""
    item = request.files.get("file")
    if item is None or not item.filename:
        raise Invalid("没有收到图片，请选择后再上传", field="file")
    if form.caption.errors or not form.caption.validate(form):
        raise Invalid("说明不能超过120个字", field="caption")
    return uploads.picture(item)


@blueprint.post("/photos/<int:photo_id>/removal")
@roles(*OPERATOR_ROLES)
def remove_photo(photo_id: int) -> BaseResponse:
    photo = db.session.scalars(select(Photo).where(Photo.id == photo_id)).one_or_none()
    if photo is None:
        raise NotFound("没有这张照片，或已经删除")
    space_id, site_id = photo.space_id, photo.site_id
    service.remove_photo(db.session, photo)
    flash(_("照片已删除。"), "success")
    if space_id is not None:
        return redirect(url_for("places.show", space_id=space_id, _anchor="photos"))
    return redirect(url_for("sites.show", site_id=site_id, _anchor="photos"))


@blueprint.get("/place-files/<int:place_file_id>")
@roles(*READERS)
def file(place_file_id: int) -> Response:
    """A picture to be shown, or a paper as an attachment; neither can do anything in our origin."""
    found = db.session.scalars(select(PlaceFile).where(PlaceFile.id == place_file_id)).one_or_none()
    if found is None:
        raise NotFound("没有这份文件，或您无权查看")
    picture = found.media_type.startswith("image/")
    return stored_picture(store(), found) if picture else stored_paper(store(), found)
