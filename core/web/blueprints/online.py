"""在线支付: from a bill to Stripe's page and back, refunds, what differs, and what Stripe tells by itself."""

from __future__ import annotations

from typing import Any

import stripe
import structlog
from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import OPERATOR_ROLES, TENANT_ROLES, CheckoutState, Role, StripeDifference, StripeStray
from core.data.queries import bills as bill_reads
from core.data.queries import online as reads
from core.errors import DomainError, NotFound
from core.extensions import csrf, db
from core.jobs import online as units
from core.services.online import differences, events
from core.services.online.client import live
from core.web import online_words as words
from core.web.access import public, roles
from core.web.awards import warn
from core.web.errors import sentence
from core.web.forms.accounts import ReasonForm
from core.web.views import online as view

blueprint = Blueprint("online", __name__)
log = structlog.get_logger()
READERS = (*OPERATOR_ROLES, *TENANT_ROLES)
LARGEST_EVENT = 256 * 1024  # bytes; Stripe's are some ten thousand


@blueprint.post("/stripe/webhook")
@csrf.exempt
@public
def webhook() -> Any:
    """Signed by Stripe, not by a session: no token, no cookie. 503 while no secret is set, 400 for whatever is not
    Stripe's (nothing is written), 500 where it cannot be applied now, such as when Stripe does not answer us: it will
    deliver again."""
    if (request.content_length or 0) > LARGEST_EVENT:
        return "", 413
    request.max_content_length = LARGEST_EVENT
    try:
        event = events.verified(
            current_app.extensions["settings"], request.get_data(), request.headers.get("Stripe-Signature")
        )
    except events.Closed:
        return "", 503
    except events.Forged:
        log.warning("stripe.forged", remote=request.remote_addr)
        return "", 400
    _let_go()
    try:
        done = units.receive(current_app, event)
    except (stripe.StripeError, events.Overtaken, DomainError) as error:
        log.warning("stripe.again", about=event.stripe_id, error=type(error).__name__)
        return "", 500
    return {"done": done or "before"}


@blueprint.post("/bills/<int:bill_id>/checkout")
@roles(*READERS)
def pay(bill_id: int) -> BaseResponse:
    """To Stripe's page, the open one again where it still asks for the right sum."""
    _bill(bill_id)
    base = current_app.extensions["settings"].base_url
    _let_go()
    address = units.pay(
        current_app, g.asker, bill_id,
        success_url=f"{base}{url_for('online.back', bill_id=bill_id)}?session={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{base}{url_for('bills.show', bill_id=bill_id)}",
    )  # fmt: skip
    return redirect(address or url_for("online.back", bill_id=bill_id), 303)


@blueprint.get("/bills/<int:bill_id>/checkout")
@roles(*READERS)
def back(bill_id: int) -> Any:
    """Where the payer comes back to. What Stripe says is shown; what is recorded comes by Stripe's event."""
    bill = _bill(bill_id)
    row = view.row_of(bill_id, request.args.get("session", ""))
    if request.headers.get("HX-Request"):  # asks again and again: our books alone
        if row is None or row.payment_id is None:
            return Response(status=204)
        return _returned(bill_id, row.state, None)
    stripe_id = row.stripe_id if row is not None else None
    _let_go()
    found = units.glance(current_app, stripe_id) if stripe_id else None
    state = units.state_of(found) if found else None
    return _returned(bill.id, state, found.receipt_url if found else None)


@blueprint.post("/bills/<int:bill_id>/checkout/look")
@roles(*READERS)
def look(bill_id: int) -> BaseResponse:
    """Do now what Stripe's event would."""
    _bill(bill_id)
    _let_go()
    state = units.refresh(current_app, bill_id)
    if state is None:
        raise NotFound("这张账单没有在线支付")
    flash(_("已核对：%(state)s。", state=words.CHECKOUTS[state]), "success")
    return redirect(url_for("bills.show", bill_id=bill_id))


@blueprint.post("/bills/<int:bill_id>/payments/<int:payment_id>/refund")
@roles(Role.OPERATOR_MANAGER)
def refund(bill_id: int, payment_id: int) -> BaseResponse:
    _bill(bill_id)
    _let_go()
    gone, awards = units.refund(current_app, g.asker, bill_id, payment_id, request.form.get("reason", ""))
    if gone:
        flash(_("已原路退款，收款已冲销，账单恢复待付。"), "success")
    else:
        flash(_("退款已提交，Stripe退出后自动冲销。"), "success")
    warn(awards)
    return redirect(url_for("bills.show", bill_id=bill_id))


@blueprint.post("/bills/portal")
@roles(*TENANT_ROLES)
def portal() -> BaseResponse:
    """Stripe's page of the tenant's ways of paying."""
    tenant_id = g.asker.tenant_id
    base = current_app.extensions["settings"].base_url
    _let_go()
    return redirect(units.portal(current_app, g.asker, tenant_id, f"{base}{url_for('bills.index')}"), 303)


@blueprint.get("/bills/differences")
@roles(Role.OPERATOR_MANAGER)
def index() -> str:
    return render_template(
        "online/differences.html",
        page=view.table().page(),
        waiting=reads.open_differences(db.session),
        ready=view.ready(),
        words=words,
    )


@blueprint.get("/bills/differences/export")
@roles(Role.OPERATOR_MANAGER)
def export() -> Response:
    return view.table().file()


@blueprint.get("/bills/differences/<int:difference_id>")
@roles(Role.OPERATOR_MANAGER)
def difference(difference_id: int) -> str:
    return _difference_page(_difference(difference_id), ReasonForm(formdata=None))


@blueprint.post("/bills/differences/<int:difference_id>")
@roles(Role.OPERATOR_MANAGER)
def end(difference_id: int) -> Any:
    found, form = _difference(difference_id), ReasonForm()
    if form.validate():
        try:
            differences.end(db.session, found, form.reason.data)
            flash(_("已记为处理过。"), "success")
            return redirect(url_for("online.index", state="open"))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            found = _difference(difference_id)
    return _difference_page(found, form), 422


@blueprint.get("/admin/stripe")
@roles(Role.PLATFORM_ADMIN)
def admin() -> str:
    return _admin_page()


@blueprint.post("/admin/stripe/strays/<int:stray_id>")
@roles(Role.PLATFORM_ADMIN)
def end_stray(stray_id: int) -> Any:
    found = db.session.get(StripeStray, stray_id)
    if found is None:
        raise NotFound("没有这条记录")
    reason = request.form.get("reason", "")
    try:
        differences.end(db.session, found, reason)
    except DomainError as error:
        db.session.rollback()
        return _admin_page(problem=sentence(error), kept={stray_id: reason}), error.status
    flash(_("已记为处理过。"), "success")
    return redirect(url_for("online.admin"))


def _let_go() -> None:
    """Nothing of this request is written yet: let go of its transaction, since Stripe is asked while none is open."""
    db.session.rollback()


def _bill(bill_id: int) -> Any:
    found = bill_reads.one(db.session, bill_id)
    if found is None:
        raise NotFound("没有这张账单，或您无权查看")
    return found


def _returned(bill_id: int, state: CheckoutState | None, receipt_url: str | None) -> str:
    row = view.row_of(bill_id, request.args.get("session", ""))
    return render_template(
        "online/back.html",
        bill=_bill(bill_id),
        row=row,
        state=state or (row.state if row else None),
        asked=state is not None,
        receipt_url=receipt_url,
        ready=view.ready(),
        words=words,
    )


def _difference(difference_id: int) -> StripeDifference:
    found = db.session.get(StripeDifference, difference_id)
    if found is None:
        raise NotFound("没有这条差异，或您无权查看")
    return found


def _difference_page(found: StripeDifference, form: ReasonForm) -> str:
    return render_template("online/difference.html", it=found, form=form, words=words)


def _admin_page(*, problem: str = "", kept: dict[int, str] | None = None) -> str:
    settings = current_app.extensions["settings"]
    return render_template(
        "online/admin.html",
        ready=view.ready(),
        secret=bool(settings.stripe_webhook_secret),
        live=live(settings),
        address=f"{settings.base_url}{url_for('online.webhook')}",
        types=events.TYPES,
        last=reads.last_event(db.session),
        strays=reads.strays(db.session),
        waiting=view.waiting(),
        words=words,
        problem=problem,
        kept=kept or {},
    )
