"""Bills by hand: what was owed before the operator began here, and what no lease's calendar asks for."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.data.models import OPERATOR_ROLES
from core.data.queries import bills as reads
from core.data.queries import leases, tenants
from core.errors import DomainError, Invalid
from core.extensions import db
from core.services import billing
from core.web.access import roles
from core.web.forms.accounts import options
from core.web.forms.corrections import BillForm

blueprint = Blueprint("extra_bills", __name__)


@blueprint.get("/bills/new")
@roles(*OPERATOR_ROLES)
def new() -> str:
    data = {"tenant_id": request.args.get("tenant_id", type=int), "due_on": g.today}
    return _form(BillForm(formdata=None, data=data))


@blueprint.post("/bills/new")
@roles(*OPERATOR_ROLES)
def create() -> Any:
    form = BillForm()
    _offer_choices(form)
    if form.validate():
        try:
            tenant = tenants.one(db.session, form.tenant_id.data) if form.tenant_id.data else None
            if tenant is None:
                raise Invalid("请选择企业或团队", field="tenant_id")
            lease = leases.one(db.session, form.lease_id.data) if form.lease_id.data else None
            made = billing.ask_for(
                db.session, tenant, form.asked(), kind=form.kind.data, due_on=form.due_on.data, today=g.today,
                lease=lease, note=form.note.data,
            )  # fmt: skip
            flash(_("账单%(number)s已生成。", number=made.number), "success")
            return redirect(url_for("bills.show", bill_id=made.id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _form(form), 422


def _offer_choices(form: BillForm) -> None:
    form.tenant_id.choices = options(reads.billable(db.session), empty=_("请选择"))
    known = leases.numbers_of(db.session, form.tenant_id.data) if form.tenant_id.data else []
    form.lease_id.choices = options(known, empty=_("不属于协议"))


def _form(form: BillForm) -> str:
    _offer_choices(form)
    form.more_rows()
    return render_template("bills/new.html", form=form)
