"""订阅: the operator's own, what it uses of it, and paying for it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.data.models import OPERATOR_ROLES, Role, SubscriptionPeriod, SubscriptionSource
from core.data.queries import subscriptions as reads
from core.errors import DomainError, Invalid
from core.extensions import db
from core.jobs import paying
from core.services import subscriptions
from core.web.access import kept_open, roles
from core.web.errors import sentence
from core.web.standing import standing
from core.web.views import subscriptions as view

blueprint = Blueprint("subscription", __name__)


@blueprint.get("/subscription")
@roles(*OPERATOR_ROLES)
def show() -> str:
    return _page()


@blueprint.post("/subscription/checkout")
@roles(Role.OPERATOR_MANAGER)
@kept_open
def subscribe() -> Any:
    """To Stripe's page, to begin."""
    plan, period = _chosen()
    there = {"success": url_for(".back", _external=True), "cancel": url_for(".show", _external=True)}
    return _to_stripe(paying.subscribe, plan, period, **there)


@blueprint.post("/subscription/change")
@roles(Role.OPERATOR_MANAGER)
@kept_open
def change() -> Any:
    """To Stripe's page, to confirm another plan."""
    return _to_stripe(paying.change, *_chosen(), back=url_for(".back", _external=True))


@blueprint.post("/subscription/portal")
@roles(Role.OPERATOR_MANAGER)
@kept_open
def portal() -> Any:
    """To Stripe's page with cards, invoices and the way out."""
    return _to_stripe(paying.portal, back=url_for(".back", _external=True))


@blueprint.get("/subscription/back")
@roles(Role.OPERATOR_MANAGER)
def back() -> Response:
    """From Stripe's pages: what came of it is asked of Stripe, not of the address. That writes only what Stripe would
    tell by itself a moment later."""
    operator_id = g.asker.operator_id
    db.session.rollback()  # Stripe is asked while no transaction is open
    try:
        paying.refresh(current_app, operator_id)
        flash(_("已向Stripe核对，下面是最新情况。"), "info")
    except DomainError as error:
        flash(sentence(error), "warning")
    return redirect(url_for("subscription.show"))


def _chosen() -> tuple[str, SubscriptionPeriod]:
    try:
        return request.form.get("plan", ""), SubscriptionPeriod(request.form.get("period", ""))
    except ValueError:
        raise Invalid("请选择按月或按年") from None


def _to_stripe(ask: Any, *chosen: Any, **there: str) -> Any:
    operator_id = g.asker.operator_id
    db.session.rollback()  # Stripe is asked while no transaction is open
    try:
        return redirect(ask(current_app, operator_id, *chosen, **there), 303)
    except DomainError as error:
        db.session.rollback()
        return _page(sentence(error)), error.status


def _page(problem: str = "") -> str:
    offer = subscriptions.offered()
    if offer is None:
        return render_template("subscriptions/off.html")
    found = reads.of(db.session, g.asker.operator_id)
    use = subscriptions.use(db.session, g.asker.operator_id, g.today)
    return render_template(
        "subscriptions/own.html",
        found=found,
        use=use,
        offer=offer,
        choices=view.choices(offer, found.plan if found else None, use),
        payments=reads.payments(db.session, g.asker.operator_id),
        may_pay=g.asker.may(Role.OPERATOR_MANAGER) and current_app.extensions["stripe"] is not None,
        online=found is not None and found.source is SubscriptionSource.STRIPE and found.status in subscriptions.LIVE,
        problem=problem,
        **view.page(standing()),
    )
