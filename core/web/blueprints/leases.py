"""入驻协议: the list, a lease with its schedule, drafting it, and the acts of its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.data.asker import Reach
from core.data.models import DISTRICT_ROLES, OPERATOR_ROLES, TENANT_ROLES, Lease, LeaseStatus, Operator, Role, Tenant
from core.data.queries import leases as reads
from core.data.queries import tenants
from core.errors import DomainError, Invalid, NotFound
from core.extensions import db
from core.services import leases
from core.services.leases import terms as agreed
from core.web import lease_words as words
from core.web import papers, uploads
from core.web.access import kept_open, roles
from core.web.awards import warn
from core.web.downloads import stored_paper
from core.web.errors import sentence
from core.web.formats import money_figure
from core.web.forms.accounts import options
from core.web.forms.leases import NoticeForm, OfferForm, SignForm, TermsForm, filled, today_defaults
from core.web.views import leases as view

blueprint = Blueprint("leases", __name__)
READERS = (*OPERATOR_ROLES, *DISTRICT_ROLES, *TENANT_ROLES)


@blueprint.get("/leases")
@roles(*OPERATOR_ROLES)
def index() -> str:
    return render_template(
        "leases/index.html",
        page=view.table().page(),
        phases={it.value: word for it, word in words.LEASE_PHASES.items()},
        tones={it.value: tone for it, tone in words.LEASE_TONES.items()},
        **view.summary(),
    )


@blueprint.get("/leases/export")
@roles(*OPERATOR_ROLES)
def export() -> Response:
    return view.table().file()


# ── drafting ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@blueprint.get("/leases/new")
@roles(*OPERATOR_ROLES)
def new() -> str:
    data = today_defaults()
    renews = _renewed()
    if renews is not None:
        data = filled(leases.renewal(renews)) | {"tenant_id": renews.tenant_id}
    for name, key in (("tenant", "tenant_id"), ("space", "space_id")):
        if (chosen := request.args.get(name, type=int)) is not None:
            data[key] = chosen if key == "tenant_id" else [chosen]
    return _form(TermsForm(formdata=None, data=data), None, renews)


@blueprint.post("/leases/new")
@roles(*OPERATOR_ROLES)
def create() -> Any:
    form, renews = TermsForm(), _renewed()
    units = _offer_choices(form)
    if form.validate():
        try:
            made = leases.draft(db.session, _tenant(form), form.terms(units), renews=renews)
            flash(_("草稿已保存。核对付款计划后，可以发给企业签署。"), "success")
            return _to(made.id)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            renews = _renewed()
    return _form(form, None, renews), 422


@blueprint.get("/leases/<int:lease_id>/terms")
@roles(*OPERATOR_ROLES)
def terms(lease_id: int) -> str:
    lease = _lease(lease_id)
    data = filled(agreed.read(lease)) | {"tenant_id": lease.tenant_id}
    return _form(TermsForm(formdata=None, data=data), lease, lease.renews)


@blueprint.post("/leases/<int:lease_id>/terms")
@roles(*OPERATOR_ROLES)
def edit(lease_id: int) -> Any:
    lease, form = _lease(lease_id), TermsForm()
    units = _offer_choices(form)
    if form.validate():
        try:
            leases.edit(db.session, lease, form.terms(units))
            flash(_("草稿已保存。"), "success")
            return _to(lease_id)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            lease = _lease(lease_id)
    return _form(form, lease, lease.renews), 422


@blueprint.post("/leases/preview")
@roles(*OPERATOR_ROLES)
@kept_open
def preview() -> str:
    """The schedule of what is filled in so far; nothing is kept."""
    form = TermsForm()
    units = _offer_choices(form)
    lease, problem = None, _("填好单元、租期和租金后，这里显示付款计划。")
    if form.validate():
        try:
            lease, problem = leases.preview(_tenant(form), form.terms(units)), ""
        except DomainError as error:
            problem = sentence(error)
    db.session.rollback()
    return render_template("leases/preview.html", problem=problem, **(view.terms_shown(lease) if lease else {}))


@blueprint.post("/leases/<int:lease_id>/removal")
@roles(*OPERATOR_ROLES)
def discard(lease_id: int) -> BaseResponse:
    leases.discard(db.session, _lease(lease_id))
    flash(_("草稿已删除。"), "success")
    return redirect(url_for("leases.index"))


# ── one lease ────────────────────────────────────────────────────────────────────────────────────────────────────────
@blueprint.get("/leases/<int:lease_id>")
@roles(*READERS)
def show(lease_id: int) -> str:
    return _page(_lease(lease_id), {})


@blueprint.get("/leases/<int:lease_id>/agreement")
@roles(*READERS)
def agreement(lease_id: int) -> Response:
    """The 孵化协议 as a PDF, from what is agreed; a draft says that it is one."""
    lease = _lease(lease_id)
    operator = db.session.get_one(Operator, lease.operator_id)
    return papers.paper(
        "agreement", title=lease.number, author=operator.name, on=lease.signed_on or g.today, lease=lease,
        operator=operator, draft=lease.status in (LeaseStatus.DRAFT, LeaseStatus.OFFERED),
        area=sum(row.space.area_cm2 for row in lease.spaces), rates=view.rates(lease), schedule=view.schedule(lease),
        words=words,
    )  # fmt: skip


@blueprint.get("/leases/<int:lease_id>/paper")
@roles(*READERS)
def paper(lease_id: int) -> BaseResponse:
    file = reads.paper(db.session, _lease(lease_id))
    if file is None:
        raise NotFound("这份协议没有上传签署件")
    return stored_paper(current_app.extensions["settings"].files, file)


@blueprint.post("/leases/<int:lease_id>/offer")
@roles(*OPERATOR_ROLES)
def offer(lease_id: int) -> Any:
    form = OfferForm(prefix="offer-")
    return _act(
        lease_id, "offer", form, _("已发出，等企业签署。单元不会因此保留，先签先得。"),
        lambda it: leases.offer(db.session, it, form.offer_until.data, g.today),
    )  # fmt: skip


@blueprint.post("/leases/<int:lease_id>/recall")
@roles(*OPERATOR_ROLES)
def recall(lease_id: int) -> BaseResponse:
    leases.recall(db.session, _lease(lease_id))
    flash(_("已撤回，可以修改后再发。"), "success")
    return _to(lease_id)


@blueprint.post("/leases/<int:lease_id>/signature")
@roles(*OPERATOR_ROLES)
def sign(lease_id: int) -> Any:
    form = SignForm(prefix="sign-")
    return _act(
        lease_id, "sign", form, _("已登记签署，单元从起租日起归这家企业使用。"),
        lambda it: leases.sign(
            db.session, it, on=form.signed_on.data, today=g.today, root=current_app.extensions["settings"].files,
            paper=uploads.sent_paper(form.file.data),
        ),
    )  # fmt: skip


@blueprint.post("/leases/<int:lease_id>/unsigning")
@roles(Role.OPERATOR_MANAGER)
def unsign(lease_id: int) -> BaseResponse:
    leases.unsign(db.session, _lease(lease_id), request.form.get("reason", ""))
    flash(_("协议已退回草稿，单元已释放；改好后重新登记签署。"), "success")
    return _to(lease_id)


@blueprint.post("/leases/<int:lease_id>/notice")
@roles(*OPERATOR_ROLES)
def notice(lease_id: int) -> Any:
    form = NoticeForm(prefix="notice-")

    def act(lease: Lease) -> None:
        notes, awards = leases.give_notice(
            db.session, lease, by=form.by.data, on=form.notice_on.data, last_day=form.last_day.data, today=g.today
        )
        if notes:
            fen = money_figure(sum(note.total_fen for note in notes))
            flash(_("最后一天以后的账单已开贷项单，共减%(fen)s元；已收的部分转为预收。", fen=fen), "info")
        warn(awards)

    return _act(lease_id, "notice", form, _("提前终止已登记。"), act)


@blueprint.post("/leases/<int:lease_id>/notice/removal")
@roles(*OPERATOR_ROLES)
def take_notice_back(lease_id: int) -> BaseResponse:
    leases.take_notice_back(db.session, _lease(lease_id))
    flash(_("提前终止已撤销，协议照原来的期限履行。"), "success")
    return _to(lease_id)


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _act(lease_id: int, name: str, form: Any, done: str, act: Callable[[Lease], None]) -> Any:
    lease = _lease(lease_id)
    if form.validate():
        try:
            act(lease)
            flash(done, "success")
            return _to(lease_id)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            lease = _lease(lease_id)
    return _page(lease, {name: form}), 422


def _lease(lease_id: int) -> Lease:
    found = reads.one(db.session, lease_id)
    if found is None or (found.status is LeaseStatus.DRAFT and g.asker.reach is not Reach.OPERATOR):
        raise NotFound("没有这份协议，或您无权查看")
    return found


def _renewed() -> Lease | None:
    chosen = request.args.get("renews", type=int)
    return _lease(chosen) if chosen is not None else None


def _tenant(form: TermsForm) -> Tenant:
    found = tenants.one(db.session, form.tenant_id.data) if form.tenant_id.data else None
    if found is None:
        raise Invalid("请选择企业或团队", field="tenant_id")
    return found


def _to(lease_id: int) -> BaseResponse:
    return redirect(url_for("leases.show", lease_id=lease_id))


def _offer_choices(form: TermsForm) -> dict[int, Any]:
    """Let the form offer the operator's tenants and units; the units by id."""
    known, form.groups = view.units(g.asker.operator_id)
    form.space_id.choices = [(space.id, space.code) for space in known.values()]
    form.tenant_id.choices = options(reads.tenants(db.session), empty=_("请选择"))
    return known


def _form(form: TermsForm, lease: Lease | None, renews: Lease | None) -> str:
    _offer_choices(form)
    form.more_rows()
    return render_template("leases/form.html", form=form, lease=lease, renews=renews)


def _page(lease: Lease, forms: dict[str, Any]) -> str:
    own = g.asker.reach is Reach.OPERATOR
    known = {
        "offer": forms.get("offer") or OfferForm(formdata=None, prefix="offer-"),
        "sign": forms.get("sign") or SignForm(formdata=None, data={"signed_on": g.today}, prefix="sign-"),
        "notice": forms.get("notice") or NoticeForm(formdata=None, data={"notice_on": g.today}, prefix="notice-"),
    }
    return render_template(
        "leases/show.html",
        lease=lease,
        own=own,
        manager=g.asker.may(Role.OPERATOR_MANAGER),
        forms=known,
        opened=next(iter(forms), None),
        **view.shown(lease),
    )
