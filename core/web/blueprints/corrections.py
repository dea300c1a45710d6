"""贷项与押金: making a bill less, giving a deposit back, or letting it pay what is owed. By the manager."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import OPERATOR_ROLES, TENANT_ROLES, Bill, Operator, Role
from core.errors import DomainError
from core.extensions import db
from core.services import billing
from core.web import lease_words as words
from core.web import papers
from core.web.access import roles
from core.web.awards import warn
from core.web.formats import money_figure
from core.web.forms.accounts import DomainForm
from core.web.forms.corrections import CreditForm, OffsetForm, RefundForm
from core.web.views.bill_page import bill_of, note_of, page

blueprint = Blueprint("corrections", __name__)


@blueprint.post("/bills/<int:bill_id>/credit-notes")
@roles(Role.OPERATOR_MANAGER)
def credit(bill_id: int) -> Any:
    form = CreditForm(prefix="credit-")

    def act(bill: Bill) -> str:
        note, freed, awards = billing.credit(
            db.session, bill, form.by_line(), kind=form.kind.data, reason=form.reason.data, today=g.today
        )
        warn(awards)
        back = sum(fen for _payment, fen in freed)
        more = _("；已收的%(fen)s元转为预收，可以付别的账单或退款", fen=money_figure(back)) if back else ""
        return _("贷项单%(number)s已开%(more)s。", number=note.number, more=more)

    return _act(bill_id, "credit", form, act)


@blueprint.get("/bills/<int:bill_id>/credit-notes/<int:credit_id>/paper")
@roles(*OPERATOR_ROLES, *TENANT_ROLES)
def paper(bill_id: int, credit_id: int) -> Response:
    bill = bill_of(bill_id)
    note = note_of(bill, credit_id)
    operator = db.session.get_one(Operator, bill.operator_id)
    return papers.paper(
        "credit_note", title=note.number, author=operator.name, on=note.issued_on, note=note, bill=bill,
        operator=operator, words=words,
    )  # fmt: skip


@blueprint.post("/bills/<int:bill_id>/credit-notes/<int:credit_id>/undoing")
@roles(Role.OPERATOR_MANAGER)
def undo(bill_id: int, credit_id: int) -> BaseResponse:
    billing.undo_credit(db.session, note_of(bill_of(bill_id), credit_id), request.form.get("reason", ""))
    flash(_("贷项单已撤销，账单恢复原来的金额；转为预收的可以再用来付。"), "success")
    return redirect(url_for("bills.show", bill_id=bill_id))


@blueprint.post("/bills/<int:bill_id>/deposit/return")
@roles(Role.OPERATOR_MANAGER)
def return_deposit(bill_id: int) -> Any:
    form = RefundForm(prefix="deposit-")

    def act(bill: Bill) -> str:
        billing.return_deposit(db.session, bill, today=g.today, **form.values())
        return _("押金%(fen)s元已登记退还。", fen=money_figure(form.amount_fen.data))

    return _act(bill_id, "deposit", form, act)


@blueprint.post("/bills/<int:bill_id>/deposit/offset")
@roles(Role.OPERATOR_MANAGER)
def offset(bill_id: int) -> Any:
    form = OffsetForm(prefix="offset-")

    def act(bill: Bill) -> str:
        billing.offset_deposit(db.session, bill, today=g.today, **form.values())
        return _("押金%(fen)s元已抵扣欠款，抵扣的房租从今天起算作已付租金。", fen=money_figure(form.amount_fen.data))

    return _act(bill_id, "offset", form, act)


def _act(bill_id: int, name: str, form: DomainForm, act: Callable[[Bill], str]) -> Any:
    bill = bill_of(bill_id)
    if form.validate():
        try:
            flash(act(bill), "success")
            return redirect(url_for("bills.show", bill_id=bill_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            bill = bill_of(bill_id)
    return page(bill, **{name: form}), 422
