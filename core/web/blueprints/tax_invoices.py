"""发票 of bills: the list, asking for them, noting what the tax system gave, rejecting, taking back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.data.asker import Reach
from core.data.models import OPERATOR_ROLES, TENANT_ROLES, Bill, Role, TaxInvoice, TaxInvoiceItem
from core.data.queries import people
from core.data.queries import tax_invoices as reads
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import billing
from core.services.billing.invoices import field_of
from core.web import lease_words as words
from core.web import uploads
from core.web.access import roles
from core.web.awards import warn
from core.web.downloads import stored_paper
from core.web.forms.accounts import ReasonForm
from core.web.forms.tax_invoices import IssueForm, RedForm, RequestForm, by_line
from core.web.views import tax_invoices as view
from core.web.views.bill_page import bill_of

blueprint = Blueprint("tax_invoices", __name__)
READERS = (*OPERATOR_ROLES, *TENANT_ROLES)
FACTS = ("number", "code", "issued_on", "rate", "item_name", "premises", "term_first", "term_last", "certificate")


@blueprint.get("/tax-invoices")
@roles(*READERS)
def index() -> str:
    return render_template(
        "tax_invoices/index.html",
        page=view.table().page(),
        own=g.asker.reach is Reach.OPERATOR,
        states=view.state_words(),
        tones=view.TONES,
    )


@blueprint.get("/tax-invoices/export")
@roles(*READERS)
def export() -> Response:
    return view.table().file()


@blueprint.route("/bills/<int:bill_id>/tax-invoices", methods=["GET", "POST"])
@roles(*READERS)
def request_for(bill_id: int) -> Any:
    bill = bill_of(bill_id)
    form = _request_form(bill)
    if form.validate_on_submit():
        try:
            made = billing.request(
                db.session, bill, form.parts,
                title=form.title.data, taxpayer_no=form.taxpayer_no.data, kind=form.kind.data, note=form.note.data,
            )  # fmt: skip
            flash(_("已申请%(n)s张发票：税率不同的项目分开开具。", n=len(made)), "success")
            return redirect(url_for("bills.show", bill_id=bill_id, _anchor="tax-invoices"))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            bill = bill_of(bill_id)
    shown = render_template(
        "tax_invoices/request.html",
        bill=bill,
        form=form,
        lines=[form[field_of(line_id)] for line_id in form.line_ids],
        deposit=any(line.fee.value == "deposit" for line in bill.lines),
    )
    return (shown, 422) if form.is_submitted() else shown


@blueprint.get("/tax-invoices/<int:tax_invoice_id>")
@roles(*READERS)
def show(tax_invoice_id: int) -> str:
    return _page(_invoice(tax_invoice_id))


@blueprint.post("/tax-invoices/<int:tax_invoice_id>/issue")
@roles(*OPERATOR_ROLES)
def issue(tax_invoice_id: int) -> Any:
    it, form = _invoice(tax_invoice_id), IssueForm()
    if form.validate():
        try:
            paper = uploads.sent_paper(form.file.data)
            billing.issue(db.session, _store(), it, _said(form.data), today=g.today, paper=paper)
            flash(_("发票已登记，企业可以查看。"), "success")
            return redirect(url_for("tax_invoices.show", tax_invoice_id=tax_invoice_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            it = _invoice(tax_invoice_id)
    return _page(it, issue=form), 422


@blueprint.post("/tax-invoices/<int:tax_invoice_id>/rejection")
@roles(*OPERATOR_ROLES)
def reject(tax_invoice_id: int) -> Any:
    it, form = _invoice(tax_invoice_id), ReasonForm(prefix="reject-")
    if form.validate():
        try:
            billing.reject(db.session, it, form.reason.data)
            flash(_("申请已驳回，企业会看到原因。"), "success")
            return redirect(url_for("tax_invoices.show", tax_invoice_id=tax_invoice_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            it = _invoice(tax_invoice_id)
    return _page(it, rejection=form), 422


@blueprint.post("/tax-invoices/<int:tax_invoice_id>/withdrawal")
@roles(*TENANT_ROLES)
def withdraw(tax_invoice_id: int) -> BaseResponse:
    it = _invoice(tax_invoice_id)
    billing.withdraw(db.session, it)
    flash(_("申请已撤回，可以重新申请。"), "success")
    return redirect(url_for("bills.show", bill_id=it.bill_id, _anchor="tax-invoices"))


@blueprint.post("/tax-invoices/<int:tax_invoice_id>/red-letters")
@roles(Role.OPERATOR_MANAGER)
def red_letter(tax_invoice_id: int) -> Any:
    it = _invoice(tax_invoice_id)
    form = _red_form(it, sent=True)
    if form.validate():
        try:
            paper = uploads.sent_paper(form.file.data)
            red, awards = billing.red_letter(
                db.session, _store(), it, form.parts, _said(form.data | {"rate": it.rate}),
                reason=form.reason.data, today=g.today, paper=paper,
            )  # fmt: skip
            flash(_("红字发票已登记，这些项目可以重新申请开票。"), "success")
            warn(awards)
            return redirect(url_for("tax_invoices.show", tax_invoice_id=red.id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            it = _invoice(tax_invoice_id)
    return _page(it, red=form), 422


@blueprint.get("/tax-invoices/<int:tax_invoice_id>/file")
@roles(*READERS)
def file(tax_invoice_id: int) -> Response:
    found = _invoice(tax_invoice_id).file
    if found is None:
        raise NotFound("这张发票还没有上传文件")
    return stored_paper(_store(), found)


def _invoice(tax_invoice_id: int) -> TaxInvoice:
    found = reads.one(db.session, tax_invoice_id)
    if found is None:
        raise NotFound("没有这张发票，或您无权查看")
    return found


def _store() -> Any:
    return current_app.extensions["settings"].files


def _said(values: Mapping[str, Any]) -> billing.Issued:
    given = {name: values.get(name) for name in FACTS}
    return billing.Issued(**given | {"code": given["code"] or ""})


def _request_form(bill: Bill) -> RequestForm:
    left = view.open_lines(bill)
    known = {"title": bill.tenant.name, "taxpayer_no": bill.tenant.uscc}
    known |= {field_of(line.id): fen for line, fen in left.items()}
    return by_line(RequestForm, {line.id: view.label(line) for line in left})(data=known)


def _red_form(it: TaxInvoice, *, sent: bool = False) -> RedForm:
    left = {line_id: fen for line_id, fen in reads.left(db.session, it).items() if fen > 0}
    labels = {part.line_id: view.label(part.line) for part in it.lines if part.line_id in left}
    form = by_line(RedForm, labels)
    if sent:
        return form(prefix="red-")
    over = reads.too_much(db.session, it.bill)  # after a credit note so much, else all of it
    known = {field_of(line_id): min(fen, over.get(line_id, 0)) if over else fen for line_id, fen in left.items()}
    return form(formdata=None, prefix="red-", data=known | {"issued_on": g.today})


def _page(
    it: TaxInvoice,
    *,
    issue: IssueForm | None = None,
    rejection: ReasonForm | None = None,
    red: RedForm | None = None,
) -> str:
    may = {
        "issue": g.asker.may(*OPERATOR_ROLES) and it.state.value != "rejected",
        "red": g.asker.may(Role.OPERATOR_MANAGER) and it.rest_fen > 0,
        "withdraw": g.asker.may(*TENANT_ROLES) and it.state.value == "requested",
    }
    if may["red"] and red is None:
        red = _red_form(it)
    state = view.state_of(it)
    return render_template(
        "tax_invoices/show.html",
        it=it,
        may=may,
        issue=issue or IssueForm(formdata=None, data=view.given(it)),
        rejection=rejection or ReasonForm(formdata=None, prefix="reject-"),
        red=red,
        red_lines=[red[field_of(line_id)] for line_id in red.line_ids] if red else [],
        lease=it.item is TaxInvoiceItem.LEASE,
        state=(view.state_words()[state], view.TONES[state]),
        label=view.label,
        people=people.names(db.session, {it.requested_by_id} - {None}),
        own=g.asker.reach is Reach.OPERATOR,
        words=words,
    )
