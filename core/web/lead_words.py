"""What 疑点 are called on screen: their states, what was done with one, and what the facts of a lead are.

Facts are ids and figures. `KINDS` says what the ids in a fact are of, `FIGURES` what the others mean; a rule that
brings another kind adds it here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from core.data import models as m
from core.data.models import LeadActKind, LeadState
from core.services.identifiers import mask_name
from core.web import formats
from core.web.templating import language
from core.web.words import Words

NOTHING = "—"

S, A = LeadState, LeadActKind
STATES: Words = {
    S.OPEN: _("待查"),
    S.LOOKING: _("核查中"),
    S.CONFIRMED: _("属实"),
    S.FALSE: _("排除"),
    S.GONE: _("不再成立"),
}
TONES = {S.OPEN: "warning", S.LOOKING: "info", S.CONFIRMED: "danger", S.FALSE: "success", S.GONE: "neutral"}
ACTS: Words = {
    A.FOUND: _("规则发现"),
    A.CHANGED: _("事实有变化，重新打开"),
    A.GONE: _("规则不再看到"),
    A.CAME_BACK: _("规则再次看到"),
    A.TAKEN: _("接手"),
    A.LEFT: _("放回"),
    A.CONFIRMED: _("认定属实"),
    A.FALSE: _("予以排除"),
    A.REOPENED: _("重新打开"),
}
ACT_TONES = {A.CONFIRMED: "danger", A.FALSE: "success", A.TAKEN: "info", A.CHANGED: "warning"}
SUBJECTS: Words = {
    "people": _("参保人员"),
    "rent": _("房租和场地"),
    "money": _("资金"),
    "tenants": _("企业"),
    "procedure": _("程序"),
    "outside": _("外部名单"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What the ids of a fact are: a word, how each is called, and its page."""

    word: Any
    model: Any
    text: Callable[[Any], str]
    endpoint: str = ""
    parameter: str = ""


def day_of(value: Any) -> str:
    return formats.day(value, language()) if value else NOTHING


KINDS: Mapping[str, Kind] = {
    "tenant": Kind(_("企业"), m.Tenant, lambda it: it.name, "tenants.show", "tenant_id"),
    "case": Kind(_("申请件"), m.Case, lambda it: it.number, "cases.show", "case_id"),
    "lease": Kind(_("协议"), m.Lease, lambda it: it.number, "leases.show", "lease_id"),
    "invoice": Kind(
        _("发票"), m.TaxInvoice, lambda it: f"{it.code}{it.number or ''}", "tax_invoices.show", "tax_invoice_id"
    ),
    "person": Kind(_("参保人员"), m.InsuredPerson, lambda it: mask_name(it.name or "")),
    "founder": Kind(_("创始人"), m.Founder, lambda it: mask_name(it.name)),
    "line": Kind(_("凭据"), m.EvidenceLine, lambda it: f"#{it.id} {it.month}"),
    "support": Kind(_("系统外扶持"), m.OutsideSupport, lambda it: it.called),
    "rent_payment": Kind(
        _("房租收款"),
        m.RentPayment,
        lambda it: f"{it.payer_name or NOTHING} {it.month} {formats.money_figure(it.paid_fen)}",
    ),
    "payment": Kind(
        _("收款"),
        m.Payment,
        lambda it: f"{day_of(it.received_on)} {formats.money_figure(it.amount_fen)}",
        "payments.show",
        "payment_id",
    ),
    "refund": Kind(_("退款"), m.Refund, lambda it: f"{day_of(it.refunded_on)} {formats.money_figure(it.amount_fen)}"),
    "publication": Kind(
        _("公示"), m.Publication, lambda it: day_of(it.opened_on), "publications.show", "publication_id"
    ),
    "outside_list": Kind(
        _("外部名单"),
        m.OutsideList,
        lambda it: f"{it.given_by} {day_of(it.data_on)}",
        "outside_lists.show",
        "outside_list_id",
    ),
    "issuer": Kind(_("发文机关"), m.Issuer, lambda it: it.name),
    "operator": Kind(_("运营机构"), m.Operator, lambda it: it.name),
}
FIGURES: Words = {
    "months": _("月份"),
    "retirement_month": _("达到退休年龄的月份"),
    "employer_usccs": _("其他参保单位"),
    "similarity": _("名称相似度（百分数）"),
    "count": _("核定笔数"),
    "year": _("年度"),
    "first_missing": _("缺号起"),
    "last_missing": _("缺号止"),
    "months_without": _("没有使用迹象的月数"),
    "spent_fen": _("核定使用（元）"),
    "book_fen": _("账上房租（元）"),
    "monthly_fen": _("协议月租金（元）"),
    "outside_fen": _("系统外扶持（元）"),
    "listed_fen": _("名单所列金额（元）"),
    "outside_row_ids": _("名单行"),
    "returned_fen": _("退回（元）"),
    "invoiced_fen": _("发票金额（元）"),
    "awarded_fen": _("核定结果（元）"),
    "decided_fen": _("核定（元）"),
    "written_fen": _("通知书（元）"),
    "paid_fen": _("拨付（元）"),
    "agreed_cm2": _("协议面积"),
    "units_cm2": _("场地面积"),
    "approved_on": _("批准日期"),
    "ends_on": _("公示截止"),
    "reference_on": _("规则适用日期"),
    "rule_on": _("实际适用版本"),
    "newer_on": _("当时有效版本"),
    "user_ids": _("经办人"),
}
