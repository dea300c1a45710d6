"""The forms of a tenant's file. What they mean is checked by the services; here is how it is asked."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import EmailField, StringField, TelField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from core.data.models import (
    FundingKind,
    Household,
    IdType,
    LegalForm,
    MilestoneKind,
    OccupancyKind,
    Permit,
    PrizeLevel,
    TenantDocumentKind,
    TenantKind,
)
from core.services import stages
from core.web import words
from core.web.forms.accounts import REQUIRED, DomainForm
from core.web.forms.fields import CountField, DayField, Given, YuanField, one_of, several, yes_no

UNKNOWN = _("未知")


def text(label: Any, length: int, *, required: bool = False, **more: Any) -> StringField:
    """One line of at most `length` characters, trimmed; empty is None."""
    return StringField(
        label,
        [DataRequired(REQUIRED) if required else Optional(), Length(max=length)],
        filters=[lambda value: (value or "").strip() or None],
        **more,
    )


class FactsForm(DomainForm):
    name = text(_("名称"), 120, required=True, description=_("与营业执照一致；团队填项目名称"))
    kind = one_of(_("类型"), TenantKind, words.TENANT_KINDS, radio=True, default=TenantKind.COMPANY)
    uscc = text(_("统一社会信用代码"), 40, description=_("18位，见营业执照；团队没有，留空"))
    legal_form = one_of(_("组织形式"), LegalForm, words.LEGAL_FORMS, empty=UNKNOWN)
    registered_on = DayField(_("注册日期"), [Optional()])
    registered_address = text(_("注册地址"), 200)
    registered_region = text(_("注册地区划"), 6, description=_("6位区划代码，如310109"))
    operating_region = text(_("经营地区划"), 6, description=_("6位区划代码，如310109"))
    industry = text(_("行业"), 80)
    small_or_micro = yes_no(_("小微企业"))
    labour_dispatch = yes_no(_("从事劳务派遣"))
    untrustworthy = yes_no(_("失信被执行人"))
    contact_name = text(_("联系人"), 60)
    contact_phone = text(_("联系电话"), 40)
    contact_email = text(_("联系邮箱"), 120)

    def values(self) -> dict[str, Any]:
        return {field.short_name: field.data for field in self if field.short_name != "csrf_token"}


class FounderForm(DomainForm):
    name = text(_("姓名"), 60, required=True)
    id_type = one_of(_("证件类型"), IdType, words.ID_TYPES, empty=UNKNOWN)
    id_number = text(_("证件号码"), 40, description=_("加密保存，页面只显示首尾"))
    household = one_of(_("户籍"), Household, words.HOUSEHOLDS, empty=UNKNOWN)
    permit = one_of(_("居住证件"), Permit, words.PERMITS, empty=UNKNOWN)
    categories = several(
        _("人员类别"),
        {**words.CATEGORIES, "none": _("不属于以上任何一类")},
        description=_("不清楚的都不勾"),
    )
    legal_representative = yes_no(_("法定代表人"))
    first_company = yes_no(_("首次创业"))
    graduated_on = DayField(_("毕业日期"), [Optional()])
    phone = text(_("手机号"), 40)

    def values(self) -> dict[str, Any]:
        """`categories`: None where nothing is ticked, () where none applies."""
        given = {f.short_name: f.data for f in self if f.short_name not in ("csrf_token", "categories")}
        ticked = self.categories.data or []
        return given | {"categories": [c for c in ticked if c != "none"] if ticked else None}


class ContactForm(DomainForm):
    name = text(_("姓名"), 60, required=True)
    duty = text(_("职务"), 60)
    phone = StringField(_("电话"), [Optional(), Length(max=40)], widget=TelField.widget)
    email = EmailField(_("邮箱"), [Optional(), Length(max=120)])


class NoteForm(DomainForm):
    body = TextAreaField(_("备注"), render_kw={"rows": 4, "maxlength": 4000})


class OccupancyForm(DomainForm):
    kind = one_of(_("入驻方式"), OccupancyKind, words.OCCUPANCIES, radio=True, default=OccupancyKind.PHYSICAL)
    from_on = DayField(_("从"), [Given()])
    to_on = DayField(_("到"), [Optional()], description=_("还在的留空"))


class IndicatorForm(DomainForm):
    quarter = text(_("季度"), 20, required=True, description=_("如2026Q3"))
    revenue_fen = YuanField(_("营业收入"), description=_("本季度发生额"))
    rnd_fen = YuanField(_("研发投入"), description=_("本季度发生额"))
    staff = CountField(_("从业人数"), [Optional()], description=_("季度末"))
    ip_applied = CountField(_("知识产权申请数"), [Optional()], description=_("本季度新申请"))
    ip_held = CountField(_("拥有知识产权数"), [Optional()], description=_("季度末"))


class FundingForm(DomainForm):
    on = DayField(_("到账日期"), [Given()])
    kind = one_of(_("类型"), FundingKind, words.FUNDING, validators=[DataRequired(REQUIRED)])
    name = text(_("轮次"), 60, required=True, description=_("如天使轮、A轮"))
    investor = text(_("投资方"), 120)
    amount_fen = YuanField(_("金额"), [Given(_("请填写金额"))])


class MilestoneForm(DomainForm):
    kind = one_of(_("类型"), MilestoneKind, words.MILESTONES, validators=[DataRequired(REQUIRED)])
    title = text(_("内容"), 120, required=True)
    number = text(_("证书或文号"), 80)
    reached_on = DayField(_("取得日期"), [Given()])
    until = DayField(_("有效期至"), [Optional()], description=_("没有期限的留空"))
    contest = text(_("赛事或奖项名称"), 120, description=_("不写级别和年份，例如：创业大赛"))
    edition = CountField(_("届次年份"), [Optional()], description=_("例如2026"))
    level = one_of(_("级别"), PrizeLevel, words.PRIZE_LEVELS, empty=_("请选择"))


class DocumentForm(DomainForm):
    kind = one_of(_("类型"), TenantDocumentKind, words.DOCUMENTS, validators=[DataRequired(REQUIRED)])
    title = text(_("材料名称"), 120, required=True)
    issued_on = DayField(_("出具日期"), [Optional()])
    expires_on = DayField(_("有效期至"), [Optional()], description=_("到期前60天起提醒；长期有效的留空"))
    file = FileField(_("文件"), description=_("PDF、JPG或PNG，不超过20MB"))


class DeciderForm(DomainForm):
    """Who decided: people with a duty. The stages want to know them for every entry and every leaving."""

    decider = text(_("决定人"), 60, required=True)
    duty = text(_("职务"), 60, required=True)
    decider_2 = text(_("第二位决定人"), 60)
    duty_2 = text(_("第二位的职务"), 60)

    def deciders(self) -> list[stages.Decider]:
        return [
            stages.Decider(self.decider.data or "", self.duty.data or ""),
            stages.Decider(self.decider_2.data or "", self.duty_2.data or ""),
        ]

    def say(self, error: Any) -> None:
        """The stages speak of deciders and of a day; here they are fields of their own."""
        if error.field == "deciders":
            error.field = "decider"
        super().say(error)


class DepartureForm(DomainForm):
    planned_on = DayField(_("计划退出日期"), [Given()])
    reason = text(_("原因"), 200, required=True, description=_("例如：迁往自有厂房、停止经营、协议到期不续"))


class SettleForm(DomainForm):
    on = DayField(_("办完日期"), [Given()])
    note = text(_("说明"), 200)
