"""The form by which the platform's administrators set a subscription."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from core.data.models import SubscriptionStatus
from core.services.subscriptions import Offer
from core.web.forms.accounts import DomainForm
from core.web.forms.fields import DayField, Given, YuanField, one_of
from core.web.forms.tenants import text
from core.web.templating import language
from core.web.views.subscriptions import BY_HAND


class AssignForm(DomainForm):
    plan = SelectField(_("方案"))
    status = one_of(_("状态"), SubscriptionStatus, BY_HAND)
    until = DayField(_("截止日期"), description=_("当天仍可正常使用；免费的不填"))
    amount_fen = YuanField(_("收款金额"), description=_("没有收款的留空"))
    received_on = DayField(_("收款日期"))
    reference = text(_("银行流水号"), 80, description=_("同一个号只能登记一次"))
    reason = StringField(_("原因"), [Given(), Length(max=200)], description=_("例如合同号；记入日志，不能改"))

    def __init__(self, offer: Offer, **given: Any) -> None:
        super().__init__(**given)
        self.plan.choices = [SelectChoice(key, plan.title.get(language())) for key, plan in offer.plans.items()]
