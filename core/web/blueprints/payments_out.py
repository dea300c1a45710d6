"""One payment of a batch: whose money it is, what the bank said, and 退汇."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _

from core.data.models import Disbursement, Role
from core.data.queries import payouts as reads
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import disbursement
from core.web.access import roles
from core.web.errors import sentence
from core.web.forms.payouts import ReturnForm
from core.web.views import payouts as view
from core.web.views.case_page import registry
from core.web.views.payouts import READERS
from core.web.views.ties import open_case

blueprint = Blueprint("payments_out", __name__)


@blueprint.get("/payouts/payments/<int:disbursement_id>")
@roles(*READERS)
def show(disbursement_id: int) -> str:
    return _page(_row(disbursement_id))


@blueprint.post("/payouts/payments/<int:disbursement_id>/return")
@roles(Role.PAYER)
def report(disbursement_id: int) -> Any:
    row, form = _row(disbursement_id), ReturnForm()
    if form.validate():
        try:
            disbursement.report(db.session, row, today=g.today, **form.values())
            flash(_("退汇已登记，请另一位拨付人员确认。"), "success")
            return _to(disbursement_id)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            row = _row(disbursement_id)
    return _page(row, form), 422


@blueprint.post("/payouts/payments/<int:disbursement_id>/return/confirmation")
@roles(Role.PAYER)
def confirm(disbursement_id: int) -> Any:
    done = _("退汇已确认：资金池和申请件已退回，重新核对收款账户后可以再次拨付。")
    return _step(disbursement_id, lambda row: disbursement.confirm(db.session, registry(), row, today=g.today), done)


@blueprint.post("/payouts/payments/<int:disbursement_id>/return/removal")
@roles(Role.PAYER)
def take_back(disbursement_id: int) -> Any:
    return _step(disbursement_id, lambda row: disbursement.take_back(db.session, row), _("退汇登记已撤回。"))


def _step(disbursement_id: int, act: Callable[[Disbursement], None], done: str) -> Any:
    try:
        act(_row(disbursement_id))
    except NotFound:
        raise
    except DomainError as error:
        db.session.rollback()
        return _page(_row(disbursement_id), problem=sentence(error)), error.status
    flash(done, "success")
    return _to(disbursement_id)


def _row(disbursement_id: int) -> Disbursement:
    found = reads.one(db.session, disbursement_id)
    if found is None:
        raise NotFound("没有这笔付款，或您无权查看")
    open_case(found.case_id)
    return found


def _to(disbursement_id: int) -> Any:
    return redirect(url_for("payments_out.show", disbursement_id=disbursement_id))


def _page(row: Disbursement, form: ReturnForm | None = None, *, problem: str = "") -> str:
    given = form or ReturnForm(formdata=None, data={"returned_on": g.today})
    return render_template("payouts/payment.html", form=given, problem=problem, **view.row_page(row))
