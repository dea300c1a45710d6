"""A tenant's file as plain values for the components."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from core.data.models import LegalForm, Tenant, TenantKind
from core.errors import N_
from core.web.templating import day, language

LEGAL_FORMS = {
    LegalForm.COMPANY: N_("有限责任公司"),
    LegalForm.SOLE_PROPRIETORSHIP: N_("个人独资企业"),
    LegalForm.PARTNERSHIP: N_("合伙企业"),
    LegalForm.INDIVIDUAL_BUSINESS: N_("个体工商户"),
    LegalForm.COOPERATIVE: N_("农民合作社"),
    LegalForm.PRIVATE_NONPROFIT: N_("民办非企业单位"),
}


def yes_no(value: bool | None) -> str | None:
    return None if value is None else _("是") if value else _("否")


def facts(tenant: Tenant) -> list[dict[str, Any]]:
    """What is known of the company; a fact that is not known says so."""
    team = tenant.kind is TenantKind.TEAM
    rows: list[tuple[str, Any]] = [
        (_("类型"), _("团队（未注册）") if team else _(LEGAL_FORMS[tenant.legal_form]) if tenant.legal_form else None),
        (_("统一社会信用代码"), tenant.uscc),
        (_("注册日期"), day(tenant.registered_on, language()) if tenant.registered_on else None),
        (_("注册地址"), tenant.registered_address),
        (_("注册地区划"), tenant.registered_region),
        (_("行业"), tenant.industry),
        (_("小微企业"), yes_no(tenant.small_or_micro)),
        (_("劳务派遣"), yes_no(tenant.labour_dispatch)),
        (_("失信被执行人"), yes_no(tenant.untrustworthy)),
        (_("联系人"), tenant.contact_name),
        (_("联系电话"), tenant.contact_phone),
    ]
    return [{"label": label, "value": value, "missing": value in (None, "") and not team} for label, value in rows]
