"""招商线索: who asks for space, what happened since, and taking an offer up, which makes the tenant."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import OPERATOR_ROLES, Enquiry, EnquiryState, EnquiryStep, EnquiryStepKind, Space, Tenant
from core.data.queries import enquiries as reads
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import enquiries, stages, tenants
from core.web import words
from core.web.access import roles
from core.web.forms.accounts import DomainForm
from core.web.forms.enquiries import AcceptForm, EnquiryForm, LoseForm, OfferForm, StepForm
from core.web.views import enquiries as view
from core.web.views.case_page import registry

blueprint = Blueprint("enquiries", __name__)


@blueprint.get("/enquiries")
@roles(*OPERATOR_ROLES)
def index() -> str:
    return render_template(
        "enquiries/index.html", page=view.table().page(), words=words.ENQUIRY_STATES, tones=words.ENQUIRY_TONES
    )


@blueprint.get("/enquiries/export")
@roles(*OPERATOR_ROLES)
def export() -> Response:
    return view.table().file()


@blueprint.get("/enquiries/new")
@roles(*OPERATOR_ROLES)
def new() -> str:
    return render_template("enquiries/form.html", form=EnquiryForm(), enquiry=None)


@blueprint.post("/enquiries/new")
@roles(*OPERATOR_ROLES)
def create() -> Any:
    form = EnquiryForm()
    if form.validate():
        try:
            made = enquiries.open_new(db.session, g.asker.operator_id, **form.values())
            flash(_("线索已登记。"), "success")
            return _to(made.id)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return render_template("enquiries/form.html", form=form, enquiry=None), 422


@blueprint.get("/enquiries/<int:enquiry_id>")
@roles(*OPERATOR_ROLES)
def show(enquiry_id: int) -> str:
    return _page(_enquiry(enquiry_id))


@blueprint.get("/enquiries/<int:enquiry_id>/facts")
@roles(*OPERATOR_ROLES)
def facts(enquiry_id: int) -> str:
    enquiry = _enquiry(enquiry_id)
    return render_template("enquiries/form.html", form=EnquiryForm(formdata=None, obj=enquiry), enquiry=enquiry)


@blueprint.post("/enquiries/<int:enquiry_id>/facts")
@roles(*OPERATOR_ROLES)
def edit(enquiry_id: int) -> Any:
    enquiry, form = _enquiry(enquiry_id), EnquiryForm()
    if form.validate():
        try:
            enquiries.change(db.session, enquiry, **form.values())
            flash(_("线索已保存。"), "success")
            return _to(enquiry_id)
        except DomainError as error:
            enquiry = _refused(enquiry_id, form, error)
    return render_template("enquiries/form.html", form=form, enquiry=enquiry), 422


@blueprint.post("/enquiries/<int:enquiry_id>/calls")
@roles(*OPERATOR_ROLES)
def call(enquiry_id: int) -> Any:
    return _step(enquiry_id, EnquiryStepKind.CALL, StepForm(prefix="call-"))


@blueprint.post("/enquiries/<int:enquiry_id>/visits")
@roles(*OPERATOR_ROLES)
def visit(enquiry_id: int) -> Any:
    return _step(enquiry_id, EnquiryStepKind.VISIT, StepForm(prefix="visit-"))


@blueprint.post("/enquiries/<int:enquiry_id>/offers")
@roles(*OPERATOR_ROLES)
def offer(enquiry_id: int) -> Any:
    form = OfferForm(prefix="offer-")
    form.space_id.choices = view.space_choices()
    return _step(enquiry_id, EnquiryStepKind.OFFER, form)


def _step(enquiry_id: int, kind: EnquiryStepKind, form: StepForm) -> Any:
    enquiry = _enquiry(enquiry_id)
    if form.validate():
        given = {f.short_name: f.data for f in form if f.short_name not in ("csrf_token", "space_id")}
        if isinstance(form, OfferForm):
            given["space"] = db.session.get(Space, form.space_id.data)
        try:
            enquiries.add_step(db.session, enquiry, kind, given.pop("on"), today=g.today, **given)
            flash(_("已记下。"), "success")
            return _to(enquiry_id)
        except DomainError as error:
            enquiry = _refused(enquiry_id, form, error)
    return _page(enquiry, forms={kind.value: form}), 422


@blueprint.post("/enquiries/<int:enquiry_id>/loss")
@roles(*OPERATOR_ROLES)
def lose(enquiry_id: int) -> Any:
    enquiry, form = _enquiry(enquiry_id), LoseForm(prefix="loss-")
    if form.validate():
        try:
            enquiries.lose(db.session, enquiry, form.reason.data or "")
            return _to(enquiry_id)
        except DomainError as error:
            enquiry = _refused(enquiry_id, form, error)
    return _page(enquiry, forms={"loss": form}), 422


@blueprint.post("/enquiries/<int:enquiry_id>/reopening")
@roles(*OPERATOR_ROLES)
def reopen(enquiry_id: int) -> BaseResponse:
    enquiries.reopen(db.session, _enquiry(enquiry_id))
    flash(_("线索已重新打开。"), "success")
    return _to(enquiry_id)


@blueprint.get("/enquiries/<int:enquiry_id>/offers/<int:step_id>")
@roles(*OPERATOR_ROLES)
def acceptance(enquiry_id: int, step_id: int) -> str:
    """Before an offer is taken up: what will be made, and whether the company has a file already."""
    enquiry = _enquiry(enquiry_id)
    chosen = _offer(enquiry, step_id)
    entered = min(chosen.starts_on or g.today, g.today)
    return _acceptance(enquiry, chosen, AcceptForm(formdata=None, data={"entered_on": entered}))


@blueprint.post("/enquiries/<int:enquiry_id>/offers/<int:step_id>")
@roles(*OPERATOR_ROLES)
def accept(enquiry_id: int, step_id: int) -> Any:
    enquiry, form = _enquiry(enquiry_id), AcceptForm()
    chosen = _offer(enquiry, step_id)
    link = request.form.get("existing", type=int)
    if form.validate():
        try:
            lease = enquiries.accept(
                db.session,
                enquiry,
                chosen,
                today=g.today,
                registry=registry(),
                occupancy=form.occupancy.data,
                stage=form.stage.data,
                entered_on=form.entered_on.data,
                deciders=form.deciders(),
                evidence=[stages.Evidence(form.evidence.data or "")],
                reason=form.reason.data,
                existing=_named(enquiry, link) if link is not None else None,
                deposit_fen=form.deposit_fen.data or 0,
                number=form.number.data,
            )
            flash(_("已入驻：协议%(number)s已生成。", number=lease.number), "success")
            return redirect(url_for("tenants.show", tenant_id=lease.tenant_id))
        except DomainError as error:
            enquiry = _refused(enquiry_id, form, error)
            chosen = _offer(enquiry, step_id)
    return _acceptance(enquiry, chosen, form), 422


def _named(enquiry: Enquiry, tenant_id: int) -> Tenant:
    """The existing file that was shown and chosen: no other may be linked."""
    found = tenants.twin(db.session, enquiry.operator_id, enquiry.name, enquiry.uscc)
    if found is None or found.id != tenant_id:
        raise NotFound("没有可以关联的这份档案，请返回线索重新操作")
    return found


def _offer(enquiry: Enquiry, step_id: int) -> EnquiryStep:
    found = next((s for s in enquiry.steps if s.id == step_id and s.kind is EnquiryStepKind.OFFER), None)
    if found is None:
        raise NotFound("没有这份报价，或您无权查看")
    return found


def _acceptance(enquiry: Enquiry, chosen: EnquiryStep, form: AcceptForm) -> str:
    twin = tenants.twin(db.session, enquiry.operator_id, enquiry.name, enquiry.uscc)
    if enquiry.state is EnquiryState.WON:
        twin = None
    return render_template("enquiries/accept.html", enquiry=enquiry, offer=chosen, form=form, twin=twin)


def _enquiry(enquiry_id: int) -> Enquiry:
    found = reads.one(db.session, enquiry_id)
    if found is None:
        raise NotFound("没有这条线索，或您无权查看")
    return found


def _refused(enquiry_id: int, form: DomainForm, error: DomainError) -> Enquiry:
    db.session.rollback()
    form.say(error)
    return _enquiry(enquiry_id)


def _to(enquiry_id: int) -> BaseResponse:
    return redirect(url_for("enquiries.show", enquiry_id=enquiry_id))


def _page(enquiry: Enquiry, forms: dict[str, Any] | None = None) -> str:
    return render_template("enquiries/show.html", enquiry=enquiry, **view.shown(enquiry, forms or {}))
