"""One bill with everything that can be done with it. Blueprints give the form that was refused."""

from __future__ import annotations

from typing import Any

from flask import g, render_template

from core.data.asker import Reach
from core.data.models import Bill, CreditNote, Role
from core.data.queries import bills as reads
from core.errors import NotFound
from core.extensions import db
from core.services import billing
from core.web import lease_words as words
from core.web import online_words
from core.web.forms.accounts import ReasonForm
from core.web.forms.billing import PaymentForm
from core.web.forms.corrections import OffsetForm, RefundForm, credit_form
from core.web.views import bills as view
from core.web.views import online, tax_invoices


def bill_of(bill_id: int) -> Bill:
    """Raises `NotFound` for what the asker may not see."""
    found = reads.one(db.session, bill_id)
    if found is None:
        raise NotFound("没有这张账单，或您无权查看")
    return found


def note_of(bill: Bill, note_id: int) -> CreditNote:
    found = next((it for it in reads.notes_of(db.session, bill) if it.id == note_id), None)
    if found is None:
        raise NotFound("没有这张贷项单，或您无权查看")
    return found


def page(bill: Bill, **refused: Any) -> str:
    """`refused`: a form that could not be done, by name; it is shown open, as it was filled in."""
    state = view.state_of(bill)
    paid = sum(line.paid_fen for line in bill.lines)
    held = billing.deposit_held(bill)
    payments = reads.payments_of(db.session, bill)
    given = {"amount_fen": bill.rest_fen, "received_on": g.today, "payer_name": bill.tenant.name}
    back = {"amount_fen": held, "refunded_on": g.today}
    forms = {
        "void": ReasonForm(formdata=None),
        "pay": PaymentForm(formdata=None, data=given, prefix="pay-"),
        "credit": credit_form(bill),
        "deposit": RefundForm(formdata=None, data=back, prefix="deposit-"),
        "offset": OffsetForm(formdata=None, prefix="offset-"),
    }
    return render_template(
        "bills/show.html",
        bill=bill,
        forms=forms | refused,
        opened=next(iter(refused), None),
        paid=paid,
        credited=sum(line.credited_fen for line in bill.lines),
        held=held,
        notes=reads.notes_of(db.session, bill),
        payments=payments,
        online=online.panel(bill, payments),
        online_words=online_words,
        credit=sum(it.free_fen for it in reads.free_of(db.session, bill.tenant_id)),
        manager=g.asker.may(Role.OPERATOR_MANAGER),
        own=g.asker.reach is Reach.OPERATOR,
        state=(view.state_words()[state], view.TONES[state]),
        words=words,
        tax=tax_invoices.of_bill(bill),
    )
