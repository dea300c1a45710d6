"""The list of tenants, for their operator and for the district."""

from __future__ import annotations

from typing import Any

from flask import g

from core.data.asker import Reach
from core.data.models import OPERATOR_ROLES, Stage, TenantKind
from core.data.queries import tenants
from core.web.languages import gettext as _
from core.web.listing import BulkAction, Column, Filter, Input, Option
from core.web.templating import STAGES
from core.web.views.lists import Shown, Table, address_of, as_is


def columns() -> tuple[Column, ...]:
    shown = [
        Column("name", _("名称"), sortable=True, primary=True),
        Column("uscc", _("统一社会信用代码"), kind="code", phone=False),
        Column("stage", _("阶段"), sortable=True, repeats=True),
        Column("industry", _("行业"), sortable=True, repeats=True),
        Column("registered_on", _("注册日期"), kind="date", sortable=True),
        Column("paid_until", _("房租付至"), kind="month", sortable=True, repeats=True),
        Column("lease_end", _("合同到期"), kind="date", sortable=True, default=False),
        Column("kind", _("类型"), default=False, repeats=True),
        Column("contact_name", _("联系人"), default=False),
        Column("contact_phone", _("联系电话"), kind="code", default=False),
        Column("registered_address", _("注册地址"), default=False, phone=False),
    ]
    if g.asker.reach is Reach.DISTRICT:
        shown.insert(2, Column("operator", _("运营机构"), repeats=True))
    return tuple(shown)


def table() -> Table:
    kinds = {TenantKind.TEAM: _("团队"), TenantKind.COMPANY: _("企业")}
    stages = {stage: str(STAGES[stage.value]) for stage in Stage}

    def row(r: Any) -> Shown:
        shown = as_is(r)
        if "kind" in shown:
            shown["kind"] = kinds[shown["kind"]]
        if shown.get("lease_end") == tenants.OPEN_END:
            shown["lease_end"] = None
        return shown

    return Table(
        "tenants",
        _("在孵名单"),
        tenants.listing(g.today),
        columns(),
        (
            Filter("stage", _("阶段"), [Option(stage.value, word) for stage, word in stages.items()]),
            Filter("kind", _("类型"), [Option(kind.value, word) for kind, word in kinds.items()]),
        ),
        sort="name",
        search=_("名称、信用代码、行业、联系人、电话"),
        row=row,
        written=lambda r: r | {"stage": stages[r["stage"]]},
        href=address_of("tenants.show", "tenant_id"),
        export="tenants.export",
        bulk=_bulk(),
    )


def _bulk() -> tuple[BulkAction, ...]:
    take = BulkAction("export", _("导出所选"), "bulk.tenants_export", icon="table-export")
    if not g.asker.may(*OPERATOR_ROLES):
        return (take,)
    industry = Input("industry", _("行业"))
    return (
        BulkAction(
            "industry", _("设置行业"), "bulk.tenants_industry", icon="category", inputs=(industry,),
            submit=_("设置"),
        ),
        take,
    )  # fmt: skip
