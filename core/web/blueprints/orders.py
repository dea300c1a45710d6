"""督办单: the list, writing one about a case, its page with the answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _

from core.data.models import DISTRICT_ROLES, CaseOrder, Role
from core.data.queries import clocks as reads
from core.data.queries import people
from core.errors import DomainError
from core.extensions import db
from core.services import assignments, orders
from core.web.access import roles
from core.web.forms.clocks import AnswerForm, OrderForm
from core.web.menus import ROLE_NAMES
from core.web.views import clock_card, oversight
from core.web.views.ties import open_case

blueprint = Blueprint("orders", __name__)
DESKS = frozenset(assignments.DESKS.values())


@blueprint.get("/oversight/orders")
@roles(*DISTRICT_ROLES)
def index() -> str:
    return render_template(
        "oversight/orders.html",
        page=oversight.orders_table().page(),
        states=oversight.order_states(),
        tabs=oversight.tabs("orders"),
    )


@blueprint.get("/oversight/orders/export")
@roles(*DISTRICT_ROLES)
def export() -> Response:
    return oversight.orders_table().file()


@blueprint.route("/cases/<int:case_id>/orders/new", methods=["GET", "POST"])
@roles(Role.DISTRICT_ADMIN)
def write(case_id: int) -> Any:
    case, form = open_case(case_id), OrderForm()
    if form.validate_on_submit():
        try:
            row = orders.write(
                db.session, case, text=form.text.data or "", wanted_on=form.wanted_on.data, today=g.today
            )
            flash(_("督办单已发出，等待回复。"), "success")
            return redirect(url_for("orders.show", order_id=row.id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            case = open_case(case_id)
    there, desk = reads.assignment(db.session, case), assignments.desk(db.session, case)
    name = people.names(db.session, [there.user_id])[there.user_id] if there else ""
    to = " · ".join(filter(None, (str(ROLE_NAMES[desk]) if desk else "", name)))
    shown = render_template(
        "clocks/act.html",
        case=case,
        form=form,
        title=_("督办"),
        lead=_("发给经办人；没有经办人时发给办理这一环节的岗位。申请人和运营机构看不到。"),
        submit=_("发出督办单"),
        known=[{"label": _("督办对象"), "value": to}] if to else [],
    )
    return (shown, 422) if form.is_submitted() else shown


@blueprint.get("/oversight/orders/<int:order_id>")
@roles(*DISTRICT_ROLES)
def show(order_id: int) -> str:
    return _page(orders.load(db.session, order_id), AnswerForm(formdata=None))


@blueprint.post("/oversight/orders/<int:order_id>/answer")
@roles(*DESKS)
def answer(order_id: int) -> Any:
    row, form = orders.load(db.session, order_id), AnswerForm()
    open_case(row.case_id)  # whose case it is, before anything is looked at
    if form.validate():
        try:
            orders.answer(db.session, row, form.answer.data or "")
            flash(_("回复已提交。"), "success")
            return redirect(url_for("orders.show", order_id=order_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            row = orders.load(db.session, order_id)
    return _page(row, form), 422


def _page(row: CaseOrder, form: AnswerForm) -> str:
    case = open_case(row.case_id)
    names = people.names(db.session, {row.by_id, row.user_id, row.answered_by_id} - {None})
    return render_template(
        "oversight/order.html",
        case=case,
        order=clock_card.order_row(row, names),
        clock=clock_card.card(case, g.asker),
        form=form,
        may_answer=row.answered_at is None and g.asker.may(row.role),
        states=oversight.order_states(),
    )
