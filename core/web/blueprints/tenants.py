"""在孵: the operator's list of tenants and one tenant's file; a startup reads its own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, g, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from core.data.asker import Reach
from core.data.models import DISTRICT_ROLES, OPERATOR_ROLES, TENANT_ROLES, Stage, Tenant, TenantKind
from core.data.queries import cases, tenants
from core.errors import NotFound
from core.extensions import db
from core.services import audit, dossiers
from core.services.dossiers.premises import lease_row
from core.web.access import roles
from core.web.listing import Column, Filter, Option
from core.web.templating import STAGES
from core.web.views.case_page import state_word
from core.web.views.lists import Table
from core.web.views.tenant_page import facts

blueprint = Blueprint("tenants", __name__)
STAFF = (*OPERATOR_ROLES, *DISTRICT_ROLES)


def _columns() -> tuple[Column, ...]:
    shown = [
        Column("name", _("名称"), sortable=True, primary=True),
        Column("uscc", _("统一社会信用代码"), phone=False),
        Column("stage", _("阶段"), sortable=True),
        Column("industry", _("行业"), sortable=True),
        Column("registered_on", _("注册日期"), kind="date", sortable=True),
        Column("paid_until", _("房租付至"), kind="month", sortable=True),
    ]
    if g.asker.reach is Reach.DISTRICT:
        shown.insert(2, Column("operator", _("运营机构")))
    return tuple(shown)


def _table() -> Table:
    kinds = {TenantKind.TEAM: _("团队"), TenantKind.COMPANY: _("企业")}
    return Table(
        "tenants",
        _("在孵名单"),
        tenants.listing(g.today),
        _columns(),
        (
            Filter("stage", _("阶段"), [Option(s.value, str(STAGES[s.value])) for s in Stage]),
            Filter("kind", _("类型"), [Option(k.value, word) for k, word in kinds.items()]),
        ),
        sort="name",
        search=_("名称、统一社会信用代码、行业"),
        written=lambda r: r | {"stage": str(STAGES[r["stage"].value])},
        href=lambda r: url_for("tenants.show", tenant_id=r["id"]),
        export="tenants.export",
    )


@blueprint.get("/tenants")
@roles(*STAFF)
def index() -> str:
    return render_template("tenants/index.html", page=_table().page())


@blueprint.get("/tenants/export")
@roles(*STAFF)
def export() -> Response:
    return _table().file()


@blueprint.get("/tenants/<int:tenant_id>")
@roles(*STAFF)
def show(tenant_id: int) -> str:
    tenant = tenants.one(db.session, tenant_id)
    if tenant is None:
        raise NotFound("没有这家企业或团队，或您无权查看")
    return _page(tenant)


@blueprint.get("/tenants/mine")
@roles(*TENANT_ROLES)
def mine() -> str:
    return _page(db.session.scalars(select(Tenant)).one())


@blueprint.post("/tenants/<int:tenant_id>/founders/<int:founder_id>/identity")
@roles(*OPERATOR_ROLES, *TENANT_ROLES, *DISTRICT_ROLES)
def reveal(tenant_id: int, founder_id: int) -> Any:
    """A founder's full identity number, once, with a reason; the trail keeps who asked and why."""
    founder = next((f for f in tenants.founders(db.session, tenant_id) if f.id == founder_id), None)
    if founder is None:
        raise NotFound("没有这位创始人，或您无权查看")
    reason = request.form.get("reason", "").strip()
    if len(reason) < 2:
        abort(422)
    audit.record(db.session, "founder.reveal", founder, detail={"reason": reason[:200]})
    return render_template("tenants/identity.html", founder=founder)


def _page(tenant: Tenant) -> str:
    session = db.session
    months = sorted({p.month for p in tenants.rent_by_month(session, tenant.id)}, reverse=True)[:24]
    return render_template(
        "tenants/show.html",
        tenant=tenant,
        facts=facts(tenant),
        founders=tenants.founders(session, tenant.id),
        leases=[(lease, lease_row(lease, "", g.today)) for lease in tenants.leases(session, tenant.id)],
        rent=tenants.rent_by_month(session, tenant.id)[:48],
        heads=dossiers.counts_for_operator(session, tenant, months) if months else {},
        cases=cases.of_tenant(session, tenant.id),
        word=lambda state: state_word(state, g.asker),
        reach=g.asker.reach.value,
    )
