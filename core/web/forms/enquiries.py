"""The forms of an enquiry: what is asked for, what happened, what is offered, and taking an offer up."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import EmailField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from core.data.models import OccupancyKind, SpaceKind, Stage
from core.web import words
from core.web.forms.accounts import DomainForm
from core.web.forms.fields import CountField, DayField, Given, SquareMetresField, YuanField, one_of
from core.web.forms.tenants import DeciderForm, text


class EnquiryForm(DomainForm):
    name = text(_("团队或企业名称"), 120, required=True)
    uscc = text(_("统一社会信用代码"), 40, description=_("已注册的填写；团队留空"))
    industry = text(_("行业"), 80)
    headcount = CountField(_("人数"), [Optional()])
    contact_name = text(_("联系人"), 60, required=True)
    contact_phone = StringField(_("电话"), [Optional(), Length(max=40)], widget=TelField.widget)
    contact_email = EmailField(_("邮箱"), [Optional(), Length(max=120)])
    source = text(_("来源"), 80, description=_("如何得知我们：推荐、活动、网站……"))
    wanted_kind = one_of(_("想要的场地"), SpaceKind, words.SPACE_KINDS, empty=_("不限"))
    wanted_area_cm2 = SquareMetresField(_("想要的面积"))
    wanted_from = DayField(_("希望入驻"), [Optional()])
    next_step = text(_("下一步"), 120, description=_("如：回电、约看房"))
    next_on = DayField(_("下一步日期"), [Optional()])

    def values(self) -> dict[str, Any]:
        return {field.short_name: field.data or None for field in self if field.short_name != "csrf_token"}


class StepForm(DomainForm):
    """A call or a visit."""

    on = DayField(_("日期"), [Given()])
    note = TextAreaField(_("谈了什么"), [Length(max=2000)], render_kw={"rows": 3})
    next_step = text(_("下一步"), 120)
    next_on = DayField(_("下一步日期"), [Optional()])


class OfferForm(StepForm):
    space_id = SelectField(
        _("场地单元"), [DataRequired(_("请选择报价的场地单元"))], coerce=lambda v: int(v) if v else None
    )
    monthly_rent_fen = YuanField(_("月租"), description=_("免租填0"))
    starts_on = DayField(_("起租"), [Given()])
    ends_on = DayField(_("止租"), [Optional()], description=_("长期的留空"))
    stands_until = DayField(_("报价有效期至"), [Optional()])


class LoseForm(DomainForm):
    reason = text(_("原因"), 200, required=True, description=_("例如：租金高、面积不合适、去了别处"))


class AcceptForm(DeciderForm):
    occupancy = one_of(_("入驻方式"), OccupancyKind, words.OCCUPANCIES, radio=True, default=OccupancyKind.PHYSICAL)
    stage = one_of(_("进入阶段"), Stage, words.ENTRY_STAGES, radio=True, default=Stage.NURSERY)
    entered_on = DayField(_("入孵日期"), [Given()])
    evidence = text(_("入孵依据"), 120, required=True, description=_("如：入驻评审会纪要2026-11"))
    reason = text(_("说明"), 400, description=_("补登以前的日期，或有条件未达到时须写；后者还须两位决定人"))
    deposit_fen = YuanField(_("押金"), description=_("没有押金填0或留空"))
    number = text(_("协议编号"), 60, description=_("留空由系统按年度编号"))

    def say(self, error: Any) -> None:
        error.field = {"on": "entered_on", "to": "stage"}.get(error.field, error.field)
        super().say(error)
