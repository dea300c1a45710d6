"""账单: the list, one bill with its lines and paper, and taking one back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _

from core.data.asker import Reach
from core.data.models import OPERATOR_ROLES, TENANT_ROLES, Bill
from core.data.queries import bills as reads
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import billing
from core.web import words
from core.web.access import roles
from core.web.forms.accounts import ReasonForm
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
    answer = Response(view.bill_pdf(_bill(bill_id)), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = "inline"
    return answer


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


def _bill(bill_id: int) -> Bill:
    found = reads.one(db.session, bill_id)
    if found is None:
        raise NotFound("没有这张账单，或您无权查看")
    return found


def _page(bill: Bill, form: ReasonForm) -> str:
    state = "void" if bill.void_reason else "past" if bill.due_on < g.today else "open"
    return render_template(
        "bills/show.html",
        bill=bill,
        form=form,
        own=g.asker.reach is Reach.OPERATOR,
        state=(view.state_words()[state], view.TONES[state]),
        words=words,
    )
