"""导师: the register: who helps, in what, with how much room; ties; pairing by hand."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import DISTRICT_ROLES, OPERATOR_ROLES, Mentor, MentorTie
from core.data.queries import mentors as reads
from core.data.queries import tenants
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import mentors, pairings
from core.services.mentors.register import FACTS
from core.web import words
from core.web.access import roles
from core.web.forms.accounts import DomainForm, options
from core.web.forms.mentors import EndForm, MentorForm, PairTenantForm, PauseForm, TieForm
from core.web.undoing import offer
from core.web.views import mentors as view

blueprint = Blueprint("mentors", __name__)


@blueprint.get("/mentors")
@roles(*OPERATOR_ROLES, *DISTRICT_ROLES)
def index() -> str:
    return render_template(
        "mentors/index.html",
        page=view.table().page(),
        ratios=view.ratios(),
        own=g.asker.may(*OPERATOR_ROLES),
        statuses={status.value: word for status, word in words.MENTOR_STATUSES.items()},
        tones={status.value: tone for status, tone in words.MENTOR_TONES.items()},
    )


@blueprint.get("/mentors/export")
@roles(*OPERATOR_ROLES, *DISTRICT_ROLES)
def export() -> Response:
    return view.table().file()


# ── the card ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@blueprint.get("/mentors/new")
@roles(*OPERATOR_ROLES)
def new() -> str:
    return _form(MentorForm(formdata=None, data={"appointed_on": g.today}), None)


@blueprint.post("/mentors/new")
@roles(*OPERATOR_ROLES)
def create() -> Any:
    form = MentorForm()
    if form.validate():
        try:
            made = mentors.add(db.session, g.asker.operator_id, form.values(), today=g.today)
            flash(_("导师已登记。"), "success")
            return _to(made.id)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _form(form, None), 422


@blueprint.get("/mentors/<int:mentor_id>/facts")
@roles(*OPERATOR_ROLES)
def facts(mentor_id: int) -> str:
    mentor = _mentor(mentor_id)
    return _form(MentorForm(formdata=None, data={name: getattr(mentor, name) for name in FACTS}), mentor)


@blueprint.post("/mentors/<int:mentor_id>/facts")
@roles(*OPERATOR_ROLES)
def edit(mentor_id: int) -> Any:
    mentor, form = _mentor(mentor_id), MentorForm()
    if form.validate():
        try:
            mentors.edit(db.session, mentor, form.values(), today=g.today)
            flash(_("导师资料已保存。"), "success")
            return _to(mentor_id)
        except DomainError as error:
            mentor = _refused(mentor_id, form, error)
    return _form(form, mentor), 422


def _form(form: MentorForm, mentor: Mentor | None) -> str:
    form.offer({*reads.industries(db.session), *reads.areas(db.session)})
    return render_template("mentors/form.html", form=form, mentor=mentor)


@blueprint.get("/mentors/<int:mentor_id>")
@roles(*OPERATOR_ROLES, *DISTRICT_ROLES)
def show(mentor_id: int) -> str:
    return _page(_mentor(mentor_id))


# ── there, paused, gone ──────────────────────────────────────────────────────────────────────────────────────────────
@blueprint.post("/mentors/<int:mentor_id>/pause")
@roles(*OPERATOR_ROLES)
def pause(mentor_id: int) -> Any:
    mentor, form = _mentor(mentor_id), PauseForm(prefix="pause-")
    if form.validate():
        try:
            mentors.pause(db.session, mentor, until=form.until.data, today=g.today)
            flash(_("已暂停：不再分配新的企业，现有结对不受影响。"), "success")
            return _to(mentor_id)
        except DomainError as error:
            mentor = _refused(mentor_id, form, error)
    return _page(mentor, {"pause": form}), 422


@blueprint.post("/mentors/<int:mentor_id>/resumption")
@roles(*OPERATOR_ROLES)
def resume(mentor_id: int) -> BaseResponse:
    mentors.resume(db.session, _mentor(mentor_id))
    flash(_("已恢复，可以接受新的结对。"), "success")
    return _to(mentor_id)


@blueprint.post("/mentors/<int:mentor_id>/ending")
@roles(*OPERATOR_ROLES)
def end(mentor_id: int) -> Any:
    mentor, form = _mentor(mentor_id), EndForm(prefix="end-")
    if form.validate():
        try:
            title = _("结束导师%(name)s的聘任", name=mentor.name)
            reason = form.reason.data or ""
            step = pairings.dismiss(db.session, mentor, on=form.on.data, today=g.today, reason=reason, title=title)
            offer(_("聘任已结束，进行中的结对也已结束。撤销只恢复聘任，结对要重新办理。"), step)
            return _to(mentor_id)
        except DomainError as error:
            mentor = _refused(mentor_id, form, error)
    return _page(mentor, {"end": form}), 422


# ── ties and pairing ─────────────────────────────────────────────────────────────────────────────────────────────────
@blueprint.post("/mentors/<int:mentor_id>/ties")
@roles(*OPERATOR_ROLES)
def add_tie(mentor_id: int) -> Any:
    mentor, form = _mentor(mentor_id), TieForm(prefix="tie-")
    form.tenant_id.choices = options(reads.tenants(db.session, mentor.operator_id))
    if form.validate():
        try:
            mentors.add_tie(
                db.session,
                mentor,
                _tenant(form.tenant_id.data),
                form.kind.data,
                note=form.note.data,
                from_on=form.from_on.data,
                to_on=form.to_on.data,
            )
            flash(_("关系已登记，存续期间不会与这家企业结对。"), "success")
            return _to(mentor_id, "ties")
        except DomainError as error:
            mentor = _refused(mentor_id, form, error)
    return _page(mentor, {"tie": form}), 422


@blueprint.post("/mentors/<int:mentor_id>/ties/<int:tie_id>/ending")
@roles(*OPERATOR_ROLES)
def end_tie(mentor_id: int, tie_id: int) -> BaseResponse:
    mentors.end_tie(db.session, _tie(mentor_id, tie_id), g.today)
    flash(_("关系已记为到今天为止。"), "success")
    return _to(mentor_id, "ties")


@blueprint.post("/mentors/<int:mentor_id>/ties/<int:tie_id>/removal")
@roles(*OPERATOR_ROLES)
def remove_tie(mentor_id: int, tie_id: int) -> BaseResponse:
    mentors.remove_tie(db.session, _tie(mentor_id, tie_id))
    flash(_("关系已删除。"), "success")
    return _to(mentor_id, "ties")


@blueprint.post("/mentors/<int:mentor_id>/pairings")
@roles(*OPERATOR_ROLES)
def pair(mentor_id: int) -> Any:
    mentor, form = _mentor(mentor_id), PairTenantForm(prefix="pair-")
    form.tenant_id.choices = options(reads.tenants(db.session, mentor.operator_id))
    if form.validate():
        try:
            pairings.pair(db.session, mentor, _tenant(form.tenant_id.data), starts_on=form.starts_on.data)
            flash(_("已结对。"), "success")
            return _to(mentor_id, "pairings")
        except DomainError as error:
            mentor = _refused(mentor_id, form, error)
    return _page(mentor, {"pair": form}), 422


def _tenant(tenant_id: int | None) -> Any:
    found = tenants.one(db.session, tenant_id) if tenant_id else None
    if found is None:
        raise NotFound("没有这家企业，请重新选择", field="tenant_id")
    return found


def _tie(mentor_id: int, tie_id: int) -> MentorTie:
    found = db.session.scalars(
        select(MentorTie).where(MentorTie.id == tie_id, MentorTie.mentor_id == mentor_id)
    ).one_or_none()
    if found is None:
        raise NotFound("没有这条关系，或您无权查看")
    return found


def _mentor(mentor_id: int) -> Mentor:
    found = reads.one(db.session, mentor_id)
    if found is None:
        raise NotFound("没有这位导师，或您无权查看")
    return found


def _refused(mentor_id: int, form: DomainForm, error: DomainError) -> Mentor:
    db.session.rollback()
    form.say(error)
    return _mentor(mentor_id)


def _to(mentor_id: int, anchor: str | None = None) -> BaseResponse:
    return redirect(url_for("mentors.show", mentor_id=mentor_id, _anchor=anchor))


def _page(mentor: Mentor, forms: dict[str, Any] | None = None) -> str:
    return render_template("mentors/show.html", mentor=mentor, **view.shown(mentor, forms or {}))
