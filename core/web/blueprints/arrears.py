"""欠款账龄: who owes what for how long, as of any day, and one tenant's open bills with the way to ask for them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import OPERATOR_ROLES, DunningHow, Operator, Tenant
from core.data.queries import arrears as reads
from core.data.queries import dunnings, statement
from core.errors import Conflict, DomainError
from core.extensions import db
from core.services import dunning
from core.web import asked, lease_words, papers
from core.web import dunning_words as words
from core.web.access import roles
from core.web.forms.dunning import HoldForm, SendForm
from core.web.views import arrears as view
from core.web.views.tenant_file import load

blueprint = Blueprint("arrears", __name__)


@blueprint.get("/arrears")
@roles(*OPERATOR_ROLES)
def index() -> str:
    day = asked.past_day("on")
    table = view.table(day)
    return render_template(
        "arrears/index.html",
        page=table.page(),
        sums=table.sums(reads.SUMS),
        day=day,
        words=words,
        due=dunning.count(db.session, _rule(), g.today),
    )


@blueprint.get("/arrears/export")
@roles(*OPERATOR_ROLES)
def export() -> Response:
    return view.table(asked.past_day("on")).file()


@blueprint.get("/arrears/<int:tenant_id>")
@roles(*OPERATOR_ROLES)
def show(tenant_id: int) -> str:
    return _page(load(tenant_id))


@blueprint.get("/arrears/<int:tenant_id>/letter")
@roles(*OPERATOR_ROLES)
def letter(tenant_id: int) -> Response:
    """What the letter would say; nothing is sent."""
    tenant, rule = load(tenant_id), _rule()
    found = dunning.due(db.session, rule, g.today, tenant_id=tenant.id, held=True)
    if not found:
        raise Conflict("这家企业现在没有到级次的欠款，没有可预览的催缴函")
    operator = db.session.get_one(Operator, tenant.operator_id)
    said = dunning.letter_to(found[0], rule, g.today)
    title = str(words.LEVELS[said.level])
    return papers.paper(
        "dunning", title=title, author=operator.name, on=g.today, letter=said, operator=operator, preview=True
    )


@blueprint.post("/arrears/<int:tenant_id>/dunning")
@roles(*OPERATOR_ROLES)
def send(tenant_id: int) -> Any:
    tenant, form = load(tenant_id), SendForm()
    if form.validate():
        try:
            made = dunning.send(db.session, tenant, form.how.data, g.today)
            mailed = made.how is DunningHow.MAIL
            flash(
                _("已发出%(number)s，邮件随后寄出。", number=made.number)
                if mailed
                else _("已登记%(number)s，请打印送达。", number=made.number),
                "success",
            )
            return _back(tenant_id)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            tenant = load(tenant_id)
    return _page(tenant, sending=form), 422


@blueprint.post("/arrears/<int:tenant_id>/hold")
@roles(*OPERATOR_ROLES)
def hold(tenant_id: int) -> Any:
    tenant, form = load(tenant_id), HoldForm(prefix="hold-")
    if form.validate():
        try:
            dunning.hold(db.session, tenant, until=form.until.data, reason=form.reason.data or "", today=g.today)
            flash(_("已暂停催缴。"), "success")
            return _back(tenant_id)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            tenant = load(tenant_id)
    return _page(tenant, holding=form), 422


@blueprint.post("/arrears/<int:tenant_id>/hold/lifting")
@roles(*OPERATOR_ROLES)
def lift(tenant_id: int) -> BaseResponse:
    dunning.lift(db.session, load(tenant_id), g.today)
    flash(_("已恢复催缴。"), "success")
    return _back(tenant_id)


@blueprint.post("/arrears/<int:tenant_id>/restart")
@roles(*OPERATOR_ROLES)
def restart(tenant_id: int) -> BaseResponse:
    bills = dunning.restart(db.session, load(tenant_id))
    flash(_("%(n)s张账单从付款提醒重新开始催缴。", n=bills), "success")
    return _back(tenant_id)


def _rule() -> Any:
    return dunning.rule_of(db.session, g.asker.operator_id)


def _back(tenant_id: int) -> BaseResponse:
    return redirect(url_for("arrears.show", tenant_id=tenant_id))


def _page(tenant: Tenant, *, sending: SendForm | None = None, holding: HoldForm | None = None) -> str:
    day = asked.past_day("on")
    bills = reads.bills(db.session, tenant.id, day, g.today)
    found = dunning.due(db.session, _rule(), g.today, tenant_id=tenant.id, held=True)
    addresses = dunning.addresses(db.session, tenant, g.today)
    can_mail = bool(addresses) and current_app.extensions["mailer"] is not None
    first = {"how": DunningHow.MAIL if can_mail else DunningHow.PRINT}
    return render_template(
        "arrears/show.html",
        tenant=tenant,
        day=day,
        bills=[(it, (day - it.bill.due_on).days) for it in bills],
        bucket=reads.bucket,
        total=sum(it.rest_fen for it in bills),
        deposit=sum(it.deposit_fen for it in bills),
        late=sum(it.rest_fen for it in bills if it.bill.due_on < day),
        free=reads.free_of(db.session, tenant.id, day),
        held=statement.held(db.session, tenant.id),
        due=found[0] if found else None,
        hold=dunning.hold_of(db.session, tenant, g.today),
        letters=dunnings.of_tenant(db.session, tenant.id),
        way=view.way,
        addresses=addresses,
        sending=sending or SendForm(formdata=None, data=first),
        holding=holding or HoldForm(formdata=None, prefix="hold-"),
        words=words,
        lease_words=lease_words,
    )
