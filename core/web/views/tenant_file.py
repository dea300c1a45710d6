"""The frame round each part of a tenant's file: who it is, where it sits, and the way to the other parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from flask import abort, current_app, g, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import joinedload

from core.data.asker import Reach
from core.data.models import Contact, Lease, LeaseSpace, Note, Space, Tenant, TenantDocument
from core.data.queries import cases, tenants
from core.data.queries.places import held_on
from core.errors import NotFound
from core.extensions import db
from core.services import departures, documents
from core.web.access import is_open_to
from core.web.forms.tenants import ContactForm
from core.web.views.case_page import standing_word
from core.web.views.stages import readiness_of
from core.web.views.tenant_page import facts


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the file, at an address of its own, which says who has it."""

    key: str
    endpoint: str
    label: Any


PARTS = (
    Part("overview", "tenants.show", _("概况")),
    Part("premises", "occupancies.index", _("场地与协议")),
    Part("rent", "tenant_file.rent", _("参保与租金")),
    Part("account", "statements.show", _("往来账")),
    Part("indicators", "indicators.index", _("指标")),
    Part("growth", "indicators.growth", _("融资与里程碑")),
    Part("supports", "supports.index", _("系统外扶持")),
    Part("mentoring", "mentoring.show", _("导师")),
    Part("documents", "documents.index", _("材料")),
    Part("notes", "notes.index", _("备注")),
    Part("stages", "stages.record", _("孵化阶段")),
    Part("timeline", "tenant_file.timeline", _("时间线")),
    Part("leaving", "departures.show", _("退出")),
)


def load(tenant_id: int) -> Tenant:
    """The tenant, for whoever may see it. The address of a merged file leads to the one that was kept."""
    tenant = tenants.one(db.session, tenant_id)
    if tenant is None:
        raise NotFound("没有这家企业或团队，或您无权查看")
    if tenant.merged_into_id is not None:
        if request.method != "GET":
            raise NotFound("这份档案已经并入另一份，请在保留的档案上办理")
        there = {**(request.view_args or {}), "tenant_id": tenant.merged_into_id}
        abort(redirect(url_for(request.endpoint or "", **there)))
    return tenant


def page(template: str, tenant: Tenant, part: str, **values: Any) -> str:
    """One part of the file in its frame. `may_write`: the operator; `may_report`: the tenant's people as well."""
    operator = g.asker.reach is Reach.OPERATOR
    return render_template(
        f"tenants/{template}.html",
        tenant=tenant,
        part=part,
        parts=_links(tenant, part, operator),
        seats=seats(tenant),
        departure=departures.running(db.session, tenant) if operator else None,
        reach=g.asker.reach.value,
        may_write=operator,
        may_report=operator or g.asker.reach is Reach.TENANT,
        **values,
    )


def seats(tenant: Tenant) -> list[Space]:
    """The units that the tenant's leases give it today."""
    return list(db.session.scalars(_seats(g.today), {"tenant": tenant.id}).unique())


@lru_cache(maxsize=2)  # each page of a file asks this, and it takes as long to make as to ask
def _seats(day: date) -> Select[tuple[Space]]:
    return (
        select(Space)
        .join(LeaseSpace, LeaseSpace.space_id == Space.id)
        .join(Lease, Lease.id == LeaseSpace.lease_id)
        .where(Lease.tenant_id == bindparam("tenant"), held_on(day))
        .options(joinedload(Space.site))
        .order_by(Space.code)
    )


def _links(tenant: Tenant, active: str, operator: bool) -> list[dict[str, Any]]:
    count = db.session.scalar
    asked = {"tenant": tenant.id}
    counted = {"documents": count(_EXPIRING, asked | {"by": g.today + documents.SOON})}
    if operator:
        counted["notes"] = count(_NOTES, asked)
    return [
        {
            "href": url_for(part.endpoint, tenant_id=tenant.id),
            "label": part.label,
            "active": part.key == active,
            "count": counted.get(part.key) or None,
        }
        for part in PARTS
        if part.endpoint in current_app.view_functions and is_open_to(part.endpoint, g.membership.role)
    ]


# Papers of the file that have run out or soon will, and notes.
_EXPIRING = select(func.count(TenantDocument.id)).where(
    TenantDocument.tenant_id == bindparam("tenant"), TenantDocument.expires_on <= bindparam("by")
)
_NOTES = select(func.count(Note.id)).where(Note.tenant_id == bindparam("tenant"))


def overview(tenant: Tenant, contact_form: ContactForm | None = None) -> str:
    """概况: facts, founders, contacts, stages, applications. `contact_form`: one that was refused."""
    session = db.session
    return page(
        "show",
        tenant,
        "overview",
        facts=facts(tenant),
        readiness=readiness_of(tenant),
        founders=tenants.founders(session, tenant.id),
        contacts=session.scalars(select(Contact).where(Contact.tenant_id == tenant.id).order_by(Contact.id)).all(),
        contact_form=contact_form or ContactForm(formdata=None),
        cases=cases.of_tenant(session, tenant.id),
        word=standing_word,
    )
