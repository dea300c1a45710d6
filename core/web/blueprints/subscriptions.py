"""运营机构的订阅, for the platform's administrators: who has which plan until when, and setting it by hand."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _

from core.data.asker import Asker, asking
from core.data.models import Operator, Role, Subscription, SubscriptionStatus
from core.data.queries import subscriptions as reads
from core.data.queries.people import names
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import subscriptions
from core.services.subscriptions import Offer
from core.web.access import roles
from core.web.forms.subscriptions import AssignForm
from core.web.views import subscriptions as view

blueprint = Blueprint("subscriptions", __name__)


@blueprint.get("/admin/subscriptions")
@roles(Role.PLATFORM_ADMIN)
def index() -> str:
    offer = subscriptions.offered()
    if offer is None:
        return render_template("subscriptions/off.html", admin=True)
    return render_template("subscriptions/index.html", page=view.table().page(), offer=offer, **view.page(None))


@blueprint.get("/admin/subscriptions/export")
@roles(Role.PLATFORM_ADMIN)
def export() -> Response:
    return view.table().file()


@blueprint.get("/admin/subscriptions/<int:operator_id>")
@roles(Role.PLATFORM_ADMIN)
def show(operator_id: int) -> str:
    offer = subscriptions.offered()
    if offer is None:
        return render_template("subscriptions/off.html", admin=True)
    return _page(operator_id, offer, None)


@blueprint.post("/admin/subscriptions/<int:operator_id>")
@roles(Role.PLATFORM_ADMIN)
def assign(operator_id: int) -> Any:
    offer = subscriptions.offered()
    if offer is None:
        return render_template("subscriptions/off.html", admin=True), 409
    form = AssignForm(offer)
    if form.validate():
        try:
            values = {field.short_name: field.data for field in form if field.short_name != "csrf_token"}
            subscriptions.assign(db.session, operator_id, today=g.today, **values)
            flash(_("订阅已保存，立即生效。"), "success")
            return redirect(url_for("subscriptions.show", operator_id=operator_id))
        except NotFound:
            raise
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _page(operator_id, offer, form), 422


def _page(operator_id: int, offer: Offer, form: AssignForm | None) -> str:
    with asking(db.session, Asker.system("admin")):  # names and numbers; what they are of is the operator's own
        operator = db.session.get(Operator, operator_id)
        if operator is None:
            raise NotFound("没有这家运营机构")
        found = reads.of(db.session, operator_id)
        use = subscriptions.use(db.session, operator_id, g.today)
        payments = reads.payments(db.session, operator_id)
        acts = reads.acts(db.session, found) if found else []
        people = names(db.session, {it.actor_id for it in acts if it.actor_id})
    return render_template(
        "subscriptions/show.html",
        operator=operator,
        found=found,
        use=use,
        offer=offer,
        form=form or AssignForm(offer, formdata=None, data=_given(found, offer)),
        payments=payments,
        acts=acts,
        people=people,
        **view.page(subscriptions.standing(found, offer, g.today) if found else None),
    )


def _given(found: Subscription | None, offer: Offer) -> dict[str, Any]:
    """What the form begins with: what is on record, to be extended."""
    if found is None:
        return {"plan": offer.trial_plan, "status": SubscriptionStatus.TRIAL}
    return {"plan": found.plan, "status": SubscriptionStatus.ACTIVE, "until": found.paid_until}
