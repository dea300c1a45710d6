"""账单: the list, one bill with its lines and paper, paying it, and taking it back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.data.asker import Reach
from core.data.models import OPERATOR_ROLES, TENANT_ROLES, BillStatus, Operator, Role
from core.data.queries import bills as reads
from core.errors import DomainError
from core.extensions import db
from core.services import billing
from core.web import lease_words as words
from core.web import papers
from core.web.access import roles
from core.web.formats import money_figure
from core.web.forms.accounts import ReasonForm
from core.web.forms.billing import PaymentForm
from core.web.views import bills as view
from core.web.views import online as online_view
from core.web.views.bill_page import bill_of, page

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
        tenant_id=g.asker.tenant_id,
        count=count,
        fen=fen,
        past=past,
        past_fen=past_fen,
        states=view.state_words(),
        tones=view.TONES,
        may_reconcile=g.asker.may(Role.OPERATOR_MANAGER) and online_view.ready(),
    )


@blueprint.get("/bills/export")
@roles(*READERS)
def export() -> Response:
    return view.table().file()


@blueprint.get("/bills/<int:bill_id>")
@roles(*READERS)
def show(bill_id: int) -> str:
    return page(bill_of(bill_id))


@blueprint.get("/bills/<int:bill_id>/paper")
@roles(*READERS)
def paper(bill_id: int) -> Response:
    bill = bill_of(bill_id)
    operator = db.session.get_one(Operator, bill.operator_id)
    return papers.paper(
        "bill", title=bill.number, author=operator.name, on=bill.issued_on, bill=bill, operator=operator,
        void=bill.status is BillStatus.VOID, words=words,
        paid=sum(line.paid_fen for line in bill.lines), credited=sum(line.credited_fen for line in bill.lines),
    )  # fmt: skip


@blueprint.post("/bills/<int:bill_id>/voiding")
@roles(*OPERATOR_ROLES)
def void(bill_id: int) -> Any:
    bill, form = bill_of(bill_id), ReasonForm()
    if form.validate():
        try:
            billing.void(db.session, bill, form.reason.data)
            flash(_("账单已作废。更正协议后，下次出账会重新生成这一期。"), "success")
            return redirect(url_for("bills.show", bill_id=bill_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            bill = bill_of(bill_id)
    return page(bill, void=form), 422


@blueprint.post("/bills/<int:bill_id>/payments")
@roles(*OPERATOR_ROLES)
def pay(bill_id: int) -> Any:
    bill, form = bill_of(bill_id), PaymentForm(prefix="pay-")
    if form.validate():
        try:
            made = billing.record(db.session, bill.tenant, bill=bill, today=g.today, **form.values())
            left = _("，其中%(fen)s元记为预收", fen=money_figure(made.free_fen)) if made.free_fen else ""
            flash(_("收款已登记%(left)s。", left=left), "success")
            return redirect(url_for("bills.show", bill_id=bill_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            bill = bill_of(bill_id)
    return page(bill, pay=form), 422


@blueprint.post("/bills/<int:bill_id>/credit")
@roles(*OPERATOR_ROLES)
def use_credit(bill_id: int) -> BaseResponse:
    """What is left of the tenant's payments goes to this bill first."""
    bill = bill_of(bill_id)
    went = sum(billing.settle(db.session, it, bill=bill) for it in reads.free_of(db.session, bill.tenant_id))
    flash(_("已用预收付%(fen)s元。", fen=money_figure(went)), "success")
    return redirect(url_for("bills.show", bill_id=bill_id))
