"""The forms of dunning and of the day or days that arrears and accounts are asked for."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from core.data.models import DunningHow
from core.web import dunning_words as words
from core.web.forms.accounts import REQUIRED, DomainForm
from core.web.forms.fields import CountField, DayField, Given, one_of
from core.web.forms.tenants import text


class RuleForm(DomainForm):
    reminder_days = CountField(_("付款提醒"), [InputRequired(REQUIRED)], description=_("应付日期后多少天"))
    demand_days = CountField(_("催缴函"), [InputRequired(REQUIRED)], description=_("应付日期后多少天"))
    final_days = CountField(_("最后通知"), [InputRequired(REQUIRED)], description=_("应付日期后多少天"))
    grace_days = CountField(_("付款期限"), [InputRequired(REQUIRED)], description=_("发出后多少天内付清"))
    pay_to = TextAreaField(
        _("收款账户"), [Optional(), Length(max=300)],
        description=_("印在催缴函上：户名、开户行、账号，各占一行；不填则不印"),
    )  # fmt: skip
    by_itself = BooleanField(
        _("到了级次每天自动发邮件"), description=_("不勾选时系统只列出可催缴的企业，由人决定发不发")
    )


class HoldForm(DomainForm):
    until = DayField(_("暂停到"), [Given()], description=_("当天仍暂停"))
    reason = text(_("原因"), 200, required=True, description=_("例如：已商定分三期付清；对水电金额有异议"))


class SendForm(DomainForm):
    how = one_of(_("送达方式"), DunningHow, words.HOW, radio=True, default=DunningHow.MAIL)
