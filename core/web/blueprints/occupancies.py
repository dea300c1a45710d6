"""场地与协议: who sits where, under which lease, and how the tenant is here: moved in, registered, or office only."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.data.asker import Reach
from core.data.models import DISTRICT_ROLES, OPERATOR_ROLES, TENANT_ROLES, LeaseStatus, Occupancy, Tenant
from core.data.queries import tenants as reads
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import leases, occupancies
from core.services.dossiers.premises import lease_row
from core.web import lease_words, words
from core.web.access import roles
from core.web.forms.tenants import OccupancyForm
from core.web.views.tenant_file import load, page

blueprint = Blueprint("occupancies", __name__)


@blueprint.get("/tenants/<int:tenant_id>/premises")
@roles(*OPERATOR_ROLES, *DISTRICT_ROLES, *TENANT_ROLES)
def index(tenant_id: int) -> str:
    tenant = load(tenant_id)
    chosen = request.args.get("edit", type=int)
    row = next((it for it in tenant.occupancies if it.id == chosen), None)
    data = {"kind": row.kind, "from_on": row.from_on, "to_on": row.to_on} if row else {"from_on": g.today}
    return _page(tenant, OccupancyForm(formdata=None, data=data), row)


@blueprint.post("/tenants/<int:tenant_id>/occupancies")
@roles(*OPERATOR_ROLES)
def begin(tenant_id: int) -> Any:
    tenant, form = load(tenant_id), OccupancyForm()
    if form.validate():
        try:
            occupancies.begin(db.session, tenant, form.kind.data, form.from_on.data, form.to_on.data, today=g.today)
            return _saved(tenant_id)
        except DomainError as error:
            tenant = _refused(tenant_id, form, error)
    return _page(tenant, form, None), 422


@blueprint.post("/tenants/<int:tenant_id>/occupancies/<int:occupancy_id>")
@roles(*OPERATOR_ROLES)
def change(tenant_id: int, occupancy_id: int) -> Any:
    tenant, form = load(tenant_id), OccupancyForm()
    row = _row(tenant, occupancy_id)
    if form.validate():
        try:
            occupancies.change(
                db.session, tenant, row, kind=form.kind.data, from_on=form.from_on.data, to_on=form.to_on.data,
                today=g.today,
            )  # fmt: skip
            return _saved(tenant_id)
        except DomainError as error:
            tenant = _refused(tenant_id, form, error)
            row = _row(tenant, occupancy_id)
    return _page(tenant, form, row), 422


def _row(tenant: Tenant, occupancy_id: int) -> Occupancy:
    found = next((it for it in tenant.occupancies if it.id == occupancy_id), None)
    if found is None:
        raise NotFound("没有这段入驻记录，或您无权查看")
    return found


def _refused(tenant_id: int, form: OccupancyForm, error: DomainError) -> Tenant:
    db.session.rollback()
    form.say(error)
    return load(tenant_id)


def _saved(tenant_id: int) -> Response:
    flash(_("入驻记录已保存。"), "success")
    return redirect(url_for("occupancies.index", tenant_id=tenant_id))


def _page(tenant: Tenant, form: OccupancyForm, row: Occupancy | None) -> str:
    now = occupancies.covering(tenant, g.today)
    return page(
        "premises",
        tenant,
        "premises",
        form=form,
        editing=row,
        now=now,
        words=words.OCCUPANCIES,
        leases=[
            (lease, lease_row(lease, "", g.today), leases.phase(lease, g.today))
            for lease in reversed(reads.leases(db.session, tenant.id))
            if g.asker.reach is Reach.OPERATOR or lease.status is not LeaseStatus.DRAFT
        ],
        phase_words=lease_words.LEASE_PHASES,
        phase_tones=lease_words.LEASE_TONES,
    )
