"""水电账单: what a month of a site comes to, seen before it is confirmed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.data.models import OPERATOR_ROLES, Role, Site
from core.data.queries import meters as reads
from core.errors import DomainError, Invalid
from core.extensions import db
from core.policy import Month
from core.services import metering
from core.web.access import roles
from core.web.forms.accounts import options
from core.web.forms.meters import UtilitiesForm
from core.web.views import meter_words as words

blueprint = Blueprint("utilities", __name__)
SHOWN = 10  # meters without a reading that are named; the others are counted
DUE_IN = timedelta(days=10)  # days to pay, unless said otherwise


@blueprint.get("/meters/billing")
@roles(*OPERATOR_ROLES)
def index() -> str:
    """The month and site asked for, else the last month that is over, of the first site."""
    data = {"site_id": request.args.get("site_id", type=int), "month": request.args.get("month"), "due_on": None}
    form = UtilitiesForm(formdata=None, data=data)
    form.month.data = form.month.data or str(Month.of(g.today) + -1)
    form.due_on.data = g.today + DUE_IN
    return _page(form)


@blueprint.post("/meters/billing")
@roles(Role.OPERATOR_MANAGER)
def make() -> Any:
    form = UtilitiesForm()
    site = _offer_sites(form)
    if form.validate():
        try:
            if site is None:
                raise Invalid("请选择载体", field="site_id")
            made = metering.make(
                db.session, site, Month.parse(form.month.data), due_on=form.due_on.data, today=g.today,
                seen=form.seen.data or None,
            )  # fmt: skip
            if made:
                flash(_("已生成%(n)s张水电账单。", n=len(made)), "success")
                return redirect(url_for("bills.index", kind="utilities"))
            raise Invalid("没有可以生成的账单：都已出过，或者还缺读数、单价")
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _page(form), 422


def _offer_sites(form: UtilitiesForm) -> Site | None:
    """The site that is asked for, else the first."""
    sites = reads.metered(db.session)
    form.site_id.choices = options([(site.id, site.name) for site in sites], empty=_("请选择"))
    if form.site_id.data is None and sites and not form.is_submitted():
        form.site_id.data = sites[0].id
    return next((site for site in sites if site.id == form.site_id.data), None)


def _page(form: UtilitiesForm) -> str:
    site = _offer_sites(form)
    try:
        month = Month.parse(form.month.data or "")
    except ValueError:
        month = None
    found = metering.plan(db.session, site, month) if site and month else None
    return render_template(
        "meters/billing.html",
        form=form,
        site=site,
        found=found,
        last=min(month.last, g.today) if month is not None else None,
        shown=SHOWN,
        over=month is not None and month.last < g.today,
        total=sum(row.total_fen for row in found.due) if found else 0,
        manager=g.asker.may(Role.OPERATOR_MANAGER),
        words=words,
    )
