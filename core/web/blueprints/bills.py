"""账单: the list, one bill with its lines and paper, and taking one back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.data.asker import Reach
from core.data.models import OPERATOR_ROLES, TENANT_ROLES, Bill, BillStatus, Operator, Role
from core.data.queries import bills as reads
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import billing
from core.web import lease_words as words
from core.web import papers
from core.web.access import roles
from core.web.formats import money_figure
from core.web.forms.accounts import ReasonForm
from core.web.forms.billing import PaymentForm
from core.web.views import bills as view

blueprint = Blueprint("bills", __name__)
READERS = (*OPERATOR_ROLES, *TENANT_ROLES)


@blueprint.get("/bills")
@roles(*READERS)
def index() -> str:
    count, fen, past, past_fen = reads.totals(db.session, g.today)
    return render_template(
        "bills/index.html",
        page=view.table().page(),
        own=g.asker.reach is Reach.OPERATOR,
        count=count,
        fen=fen,
        past=past,
        past_fen=past_fen,
        states=view.state_words(),
        tones=view.TONES,
    )


@blueprint.get("/bills/export")
@roles(*READERS)
def export() -> Response:
    return view.table().file()


@blueprint.get("/bills/<int:bill_id>")
@roles(*READERS)
def show(bill_id: int) -> str:
    return _page(_bill(bill_id), ReasonForm(formdata=None))


@blueprint.get("/bills/<int:bill_id>/paper")
@roles(*READERS)
def paper(bill_id: int) -> Response:
    bill = _bill(bill_id)
    operator = db.session.get_one(Operator, bill.operator_id)
    return papers.paper(
        "bill", title=bill.number, author=operator.name, on=bill.issued_on, bill=bill, operator=operator,
        void=bill.status is BillStatus.VOID, words=words,
    )  # fmt: skip


@blueprint.post("/bills/<int:bill_id>/voiding")
@roles(*OPERATOR_ROLES)
def void(bill_id: int) -> Any:
    bill, form = _bill(bill_id), ReasonForm()
    if form.validate():
        try:
            billing.void(db.session, bill, form.reason.data)
            flash(_("账单已作废。更正协议后，下次出账会重新生成这一期。"), "success")
            return redirect(url_for("bills.show", bill_id=bill_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            bill = _bill(bill_id)
    return _page(bill, form), 422


@blueprint.post("/bills/<int:bill_id>/payments")
@roles(*OPERATOR_ROLES)
def pay(bill_id: int) -> Any:
    bill, form = _bill(bill_id), PaymentForm(prefix="pay-")
    if form.validate():
        try:
            values = {field.short_name: field.data for field in form if field.short_name != "csrf_token"}
            made = billing.record(db.session, bill.tenant, bill=bill, today=g.today, **values)
            left = _("，其中%(fen)s元记为预收", fen=money_figure(made.free_fen)) if made.free_fen else ""
            flash(_("收款已登记%(left)s。", left=left), "success")
            return redirect(url_for("bills.show", bill_id=bill_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            bill = _bill(bill_id)
    return _page(bill, ReasonForm(formdata=None), form), 422


@blueprint.post("/bills/<int:bill_id>/credit")
@roles(*OPERATOR_ROLES)
def use_credit(bill_id: int) -> BaseResponse:
    """What is left of the tenant's payments goes to this bill first."""
    bill = _bill(bill_id)
    went = sum(billing.settle(db.session, it, bill=bill) for it in reads.free_of(db.session, bill.tenant_id))
    flash(_("已用预收付%(fen)s元。", fen=money_figure(went)), "success")
    return redirect(url_for("bills.show", bill_id=bill_id))


@blueprint.post("/bills/<int:bill_id>/payments/<int:payment_id>/reversal")
@roles(Role.OPERATOR_MANAGER)
def reverse(bill_id: int, payment_id: int) -> BaseResponse:
    bill = _bill(bill_id)
    payment = next((it for it, _fen in reads.payments_of(db.session, bill) if it.id == payment_id), None)
    if payment is None:
        raise NotFound("没有这笔收款，或您无权查看")
    found = billing.reverse(db.session, payment, request.form.get("reason", ""))
    flash(_("收款已冲销，账单恢复待付，租金记录同时撤回。"), "success")
    if found:
        flash(_("这些月份的租金已用于%(awards)s，请告知区级窗口核查。", awards="、".join(found)), "warning")
    return redirect(url_for("bills.show", bill_id=bill_id))


def _bill(bill_id: int) -> Bill:
    found = reads.one(db.session, bill_id)
    if found is None:
        raise NotFound("没有这张账单，或您无权查看")
    return found


def _page(bill: Bill, form: ReasonForm, pay: PaymentForm | None = None) -> str:
    state = view.state_of(bill)
    paid = sum(line.paid_fen for line in bill.lines)
    given = {"amount_fen": bill.total_fen - paid, "received_on": g.today, "payer_name": bill.tenant.name}
    return render_template(
        "bills/show.html",
        bill=bill,
        form=form,
        pay=pay or PaymentForm(formdata=None, data=given, prefix="pay-"),
        paid=paid,
        payments=reads.payments_of(db.session, bill),
        credit=sum(it.free_fen for it in reads.free_of(db.session, bill.tenant_id)),
        may_reverse=g.asker.may(Role.OPERATOR_MANAGER),
        own=g.asker.reach is Reach.OPERATOR,
        state=(view.state_words()[state], view.TONES[state]),
        words=words,
    )
