"""退出: the checklist of a tenant that leaves, step by step, until it is gone or stays after all."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from core.data.models import IN_FORCE, OPERATOR_ROLES, Departure, Lease, Tenant
from core.data.queries import arrears
from core.errors import Conflict, DomainError, NotFound
from core.extensions import db
from core.services import departures
from core.web import words
from core.web.access import roles
from core.web.forms.accounts import DomainForm
from core.web.forms.tenants import DeciderForm, DepartureForm, SettleForm
from core.web.views.case_page import registry
from core.web.views.tenant_file import load, page

blueprint = Blueprint("departures", __name__)


@blueprint.get("/tenants/<int:tenant_id>/leaving")
@roles(*OPERATOR_ROLES)
def show(tenant_id: int) -> str:
    return _page(load(tenant_id))


@blueprint.post("/tenants/<int:tenant_id>/leaving")
@roles(*OPERATOR_ROLES)
def start(tenant_id: int) -> Any:
    tenant, form = load(tenant_id), DepartureForm()
    if form.validate():
        try:
            departures.start(db.session, tenant, planned_on=form.planned_on.data, reason=form.reason.data or "")
            flash(_("已开始办理退出，请逐项办完。"), "success")
            return _back(tenant_id)
        except DomainError as error:
            tenant = _refused(tenant_id, form, error)
    return _page(tenant, form=form), 422


@blueprint.post("/tenants/<int:tenant_id>/leaving/steps/<step>")
@roles(*OPERATOR_ROLES)
def settle(tenant_id: int, step: str) -> Any:
    tenant, form = load(tenant_id), SettleForm(prefix=f"{step}-")
    row = _running(tenant)
    if step not in departures.STEPS:
        raise NotFound("退出清单里没有这一项")
    if request.form.get("undo"):
        departures.unsettle(db.session, row, step)
        return _back(tenant_id)
    if form.validate():
        try:
            departures.settle(db.session, row, step, form.on.data, today=g.today, note=form.note.data)
            return _back(tenant_id)
        except DomainError as error:
            tenant = _refused(tenant_id, form, error)
    return _page(tenant, steps={step: form}), 422


@blueprint.post("/tenants/<int:tenant_id>/leaving/completion")
@roles(*OPERATOR_ROLES)
def complete(tenant_id: int) -> Any:
    tenant, form = load(tenant_id), DeciderForm()
    if form.validate():
        try:
            departures.complete(
                db.session,
                tenant,
                _running(tenant),
                today=g.today,
                deciders=form.deciders(),
                registry=registry(),
            )
            flash(_("退出已完成：协议和入驻已结束，阶段已转为退出。"), "success")
            return _back(tenant_id)
        except DomainError as error:
            tenant = _refused(tenant_id, form, error)
    return _page(tenant, completion=form), 422


@blueprint.post("/tenants/<int:tenant_id>/leaving/cancellation")
@roles(*OPERATOR_ROLES)
def cancel(tenant_id: int) -> Response:
    tenant = load(tenant_id)
    departures.cancel(db.session, _running(tenant), g.today)
    flash(_("退出已取消，企业继续在孵。"), "success")
    return _back(tenant_id)


def _running(tenant: Tenant) -> Departure:
    row = departures.running(db.session, tenant)
    if row is None:
        raise Conflict("没有正在办理的退出，请刷新页面查看")
    return row


def _refused(tenant_id: int, form: DomainForm, error: DomainError) -> Tenant:
    db.session.rollback()
    form.say(error)
    return load(tenant_id)


def _back(tenant_id: int) -> Response:
    return redirect(url_for("departures.show", tenant_id=tenant_id))


def _page(
    tenant: Tenant,
    *,
    form: DepartureForm | None = None,
    steps: dict[str, SettleForm] | None = None,
    completion: DeciderForm | None = None,
) -> str:
    row = departures.running(db.session, tenant)
    known = [
        {
            "key": step,
            "label": words.DEPARTURE_STEPS[step],
            "on": getattr(row, column) if row else None,
            "form": (steps or {}).get(step) or SettleForm(formdata=None, data={"on": g.today}, prefix=f"{step}-"),
        }
        for step, column in departures.STEPS.items()
    ]
    there = (Lease.tenant_id == tenant.id, Lease.status.in_(IN_FORCE))
    past = select(Departure).where(
        Departure.tenant_id == tenant.id, (Departure.completed_on.is_not(None)) | (Departure.cancelled_on.is_not(None))
    )
    return page(
        "leaving",
        tenant,
        "leaving",
        form=form or DepartureForm(formdata=None, data={"planned_on": g.today}),
        completion=completion or DeciderForm(formdata=None),
        steps=known,
        ready=row is not None and not departures.missing(row),
        unpaid=arrears.open_of(db.session, tenant.id),
        deposit_fen=db.session.scalar(select(func.sum(Lease.deposit_fen)).where(*there)) or 0,
        past=db.session.scalars(past.order_by(Departure.id.desc())).all(),
    )
