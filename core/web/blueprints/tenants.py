"""在孵: the operator's list of tenants and one tenant's file; a startup reads its own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy import select

from core.data.models import DISTRICT_ROLES, OPERATOR_ROLES, TENANT_ROLES, Tenant
from core.data.queries import tenants
from core.errors import NotFound
from core.extensions import db
from core.services import audit
from core.services.typed import within
from core.web.access import auditors_may, kept_open, roles
from core.web.views import tenant_list
from core.web.views.tenant_file import load, overview

blueprint = Blueprint("tenants", __name__)
STAFF = (*OPERATOR_ROLES, *DISTRICT_ROLES)


@blueprint.get("/tenants")
@roles(*STAFF)
def index() -> str:
    return render_template("tenants/index.html", page=tenant_list.table().page())


@blueprint.get("/tenants/export")
@roles(*STAFF)
def export() -> Response:
    return tenant_list.table().file()


@blueprint.get("/tenants/<int:tenant_id>")
@roles(*STAFF, *TENANT_ROLES)
def show(tenant_id: int) -> str:
    return overview(load(tenant_id))


@blueprint.get("/tenants/mine")
@roles(*TENANT_ROLES)
def mine() -> str:
    return overview(db.session.scalars(select(Tenant)).one())


@blueprint.post("/tenants/<int:tenant_id>/founders/<int:founder_id>/identity")
@roles(*OPERATOR_ROLES, *TENANT_ROLES, *DISTRICT_ROLES)
@kept_open
@auditors_may
def reveal(tenant_id: int, founder_id: int) -> Any:
    """A founder's full identity number, once, with a reason; the trail keeps who asked and why."""
    founder = next((f for f in tenants.founders(db.session, tenant_id) if f.id == founder_id), None)
    if founder is None:
        raise NotFound("没有这位创始人，或您无权查看")
    reason = within(request.form.get("reason"), 200, field="reason")
    if len(reason) < 2:
        abort(422)
    audit.record(db.session, "founder.reveal", founder, detail={"reason": reason})
    return render_template("tenants/identity.html", founder=founder)
