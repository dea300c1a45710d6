"""回避: what one declares, the waivers one asks for, and deciding on those of others."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import DISTRICT_ROLES, TieWaiver, User
from core.data.queries import ties as reads
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import avoidance, cases
from core.web import words
from core.web.access import auditors_may, roles
from core.web.forms.ties import DecisionForm, DeclareForm, IdentityForm, WaiverForm
from core.web.views import ties as view

blueprint = Blueprint("ties", __name__)


@blueprint.get("/ties")
@roles(*DISTRICT_ROLES)
def index() -> str:
    return _page()


@blueprint.get("/ties/export")
@roles(*DISTRICT_ROLES)
def export() -> Response:
    return view.waivers().file()


@blueprint.post("/ties")
@roles(*DISTRICT_ROLES)
@auditors_may
def declare() -> Any:
    form = DeclareForm(prefix="declare-")
    if form.validate():
        try:
            tenant = reads.tenant_named(db.session, form.tenant.data)
            if tenant is None:
                raise NotFound("本区没有叫这个名称或代码的在孵企业、团队，请按营业执照填写全称", field="tenant")
            avoidance.declare(db.session, tenant, form.relation.data, form.note.data)
            flash(_("已申报。此后您不能查看和办理该单位的申请件。"), "success")
            return redirect(url_for("ties.index"))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _page(declare=form), 422


@blueprint.post("/ties/<int:tie_id>/withdrawal")
@roles(*DISTRICT_ROLES)
@auditors_may
def withdraw(tie_id: int) -> BaseResponse:
    avoidance.withdraw(db.session, tie_id, request.form.get("because", ""))
    flash(_("申报已撤销，记录仍然保留。"), "success")
    return redirect(url_for("ties.index"))


@blueprint.post("/ties/identity")
@roles(*DISTRICT_ROLES)
@auditors_may
def identify() -> Any:
    form = IdentityForm(prefix="identity-")
    if form.validate():
        try:
            avoidance.identify(db.session, form.id_type.data, form.id_number.data)
            flash(_("证件号码已加密保存，只用于查找须回避的关系。"), "success")
            return redirect(url_for("ties.index"))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _page(identity=form), 422


@blueprint.post("/cases/<int:case_id>/waiver")
@roles(*DISTRICT_ROLES)
def ask(case_id: int) -> Any:
    case = cases.load(db.session, case_id)
    form = WaiverForm()
    if form.validate():
        try:
            avoidance.ask(db.session, case, form.reason.data)
            flash(_("豁免申请已提交，由另一位审批人或区级管理人员决定。"), "success")
            return redirect(url_for("cases.show", case_id=case_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            case = cases.load(db.session, case_id)
    return view.blocked(case, form), 422


@blueprint.get("/ties/waivers/<int:waiver_id>")
@roles(*DISTRICT_ROLES)
def show(waiver_id: int) -> str:
    return _waiver(waiver_id, DecisionForm())


@blueprint.post("/ties/waivers/<int:waiver_id>")
@roles(*DISTRICT_ROLES)
def decide(waiver_id: int) -> Any:
    form = DecisionForm()
    granted = request.form.get("granted") == "yes"
    if form.validate():
        try:
            avoidance.decide(db.session, waiver_id, granted=granted, opinion=form.opinion.data)
            flash(_("已豁免，申请人可以办理本件。") if granted else _("已决定：申请人须回避。"), "success")
            return redirect(url_for("ties.index"))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _waiver(waiver_id, form), 422


def _waiver(waiver_id: int, form: DecisionForm) -> str:
    waiver = db.session.scalars(select(TieWaiver).where(TieWaiver.id == waiver_id)).one_or_none()
    if waiver is None:
        raise NotFound("没有这项豁免申请，或您无权查看")
    decided_by = db.session.get(User, waiver.decided_by_id) if waiver.decided_by_id else None
    return render_template(
        "ties/waiver.html",
        waiver=waiver,
        causes=view.said(waiver.causes),
        decided_by=decided_by.name if decided_by else "",
        may_decide=waiver.decided_at is None and view.may_decide(waiver.user_id),
        form=form,
    )


def _page(**forms: Any) -> str:
    mine = g.asker.user_id
    return render_template(
        "ties/index.html",
        page=view.waivers().page(),
        states=view.state_words(),
        tones=view.TONES,
        declared=reads.declared_by(db.session, mine),
        relations=words.RELATIONS,
        identity_known=reads.identity_of(db.session, mine),
        id_types=words.ID_TYPES,
        declare=forms.get("declare") or DeclareForm(formdata=None, prefix="declare-"),
        identity=forms.get("identity") or IdentityForm(formdata=None, prefix="identity-"),
    )
