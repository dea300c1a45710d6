"""收款: the list, one without a bill, what one paid, giving some of it back, taking it back whole."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.data.asker import Reach
from core.data.models import OPERATOR_ROLES, TENANT_ROLES, Payment, Role
from core.data.queries import bills, tenants
from core.data.queries import payments as reads
from core.errors import Conflict, DomainError, Invalid, NotFound
from core.extensions import db
from core.services import billing
from core.web import lease_words as words
from core.web.access import roles
from core.web.awards import warn
from core.web.formats import money_figure
from core.web.forms.accounts import options
from core.web.forms.billing import TenantPaymentForm
from core.web.forms.corrections import RefundForm
from core.web.views import online
from core.web.views import payments as view

blueprint = Blueprint("payments", __name__)
READERS = (*OPERATOR_ROLES, *TENANT_ROLES)


@blueprint.get("/payments")
@roles(*READERS)
def index() -> str:
    own = g.asker.reach is Reach.OPERATOR
    return render_template(
        "payments/index.html", page=view.table().page(), own=own, states=view.state_words(), tones=view.TONES
    )


@blueprint.get("/payments/export")
@roles(*READERS)
def export() -> Response:
    return view.table().file()


@blueprint.get("/payments/new")
@roles(*OPERATOR_ROLES)
def new() -> str:
    data = {"tenant_id": request.args.get("tenant_id", type=int), "received_on": g.today}
    return _form(TenantPaymentForm(formdata=None, data=data))


@blueprint.post("/payments/new")
@roles(*OPERATOR_ROLES)
def create() -> Any:
    """Money that names no bill: it pays what has been due longest."""
    form = TenantPaymentForm()
    _offer_choices(form)
    if form.validate():
        try:
            values = form.values()
            chosen = values.pop("tenant_id")
            tenant = tenants.one(db.session, chosen) if chosen else None
            if tenant is None:
                raise Invalid("请选择企业或团队", field="tenant_id")
            made = billing.record(db.session, tenant, today=g.today, **values)
            flash(_("收款已登记；先付最早到期的账单，余下的记为预收。"), "success")
            return _to(made.id)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _form(form), 422


@blueprint.get("/payments/<int:payment_id>")
@roles(*READERS)
def show(payment_id: int) -> str:
    return _page(_payment(payment_id))


@blueprint.post("/payments/<int:payment_id>/refunds")
@roles(Role.OPERATOR_MANAGER)
def refund(payment_id: int) -> Any:
    payment, form = _payment(payment_id), RefundForm(prefix="refund-")
    if form.validate():
        try:
            made = billing.refund(db.session, payment, today=g.today, **form.values())
            flash(_("退款%(fen)s元已登记。", fen=money_figure(made.amount_fen)), "success")
            return _to(payment_id)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            payment = _payment(payment_id)
    return _page(payment, form), 422


@blueprint.post("/payments/<int:payment_id>/refunds/<int:refund_id>/undoing")
@roles(Role.OPERATOR_MANAGER)
def undo_refund(payment_id: int, refund_id: int) -> BaseResponse:
    payment = _payment(payment_id)
    found = next((it for it in reads.refunds(db.session, payment) if it.id == refund_id), None)
    if found is None:
        raise NotFound("没有这笔退款，或您无权查看")
    billing.undo_refund(db.session, found, request.form.get("reason", ""))
    flash(_("退款已撤销，金额恢复为预收。"), "success")
    return _to(payment_id)


@blueprint.post("/payments/<int:payment_id>/reversal")
@roles(Role.OPERATOR_MANAGER)
def reverse(payment_id: int) -> BaseResponse:
    payment, reason = _payment(payment_id), request.form.get("reason", "")
    if online.goes_back_by_stripe(payment):
        raise Conflict("这笔是在线支付的，请用“退款”原路退回，退出后自动冲销")
    warn(billing.reverse(db.session, payment, reason))
    flash(_("收款已冲销，账单恢复待付，租金记录同时撤回。"), "success")
    return _to(payment_id)


def _payment(payment_id: int) -> Payment:
    found = reads.one(db.session, payment_id)
    if found is None:
        raise NotFound("没有这笔收款，或您无权查看")
    return found


def _to(payment_id: int) -> BaseResponse:
    return redirect(url_for("payments.show", payment_id=payment_id))


def _offer_choices(form: TenantPaymentForm) -> None:
    form.tenant_id.choices = options(bills.billable(db.session), empty=_("请选择"))


def _form(form: TenantPaymentForm) -> str:
    _offer_choices(form)
    return render_template("payments/new.html", form=form)


def _page(payment: Payment, form: RefundForm | None = None) -> str:
    given = {"amount_fen": payment.free_fen, "refunded_on": g.today}
    state = view.state_of(payment)
    return render_template(
        "payments/show.html",
        payment=payment,
        parts=reads.parts(db.session, payment),
        refunds=reads.refunds(db.session, payment),
        form=form or RefundForm(formdata=None, data=given, prefix="refund-"),
        manager=g.asker.may(Role.OPERATOR_MANAGER),
        own=g.asker.reach is Reach.OPERATOR,
        by_stripe=online.goes_back_by_stripe(payment),
        state=(view.state_words()[state], view.TONES[state]),
        words=words,
    )
