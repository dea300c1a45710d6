"""The forms of a monthly run and of a payment."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import Optional, Regexp
from wtforms.widgets import MonthInput

from core.data.models import PaymentMethod
from core.web import lease_words as words
from core.web.forms.accounts import DomainForm, select
from core.web.forms.cases import MONTH_HELP
from core.web.forms.fields import DayField, Given, YuanField, one_of
from core.web.forms.tenants import text

MONTH = r"\d{4}-(0[1-9]|1[0-2])$"


class RunForm(DomainForm):
    month = StringField(
        _("出账到哪个月"), [Given(), Regexp(MONTH, message=MONTH_HELP)], widget=MonthInput(),
        description=_("到这个月底为止应付、还没有出过的账单都会生成"),
    )  # fmt: skip
    from_month = StringField(
        _("账从哪个月开始"), [Optional(), Regexp(MONTH, message=MONTH_HELP)], widget=MonthInput(),
        description=_("只问这一次：更早的期间在别处收过，这里不出"),
    )  # fmt: skip


class PaymentForm(DomainForm):
    amount_fen = YuanField(
        _("收款金额"), [Given(_("请填写金额"))], description=_("多于这张账单的，先付最早到期的，再有余的记为预收")
    )
    received_on = DayField(_("收款日期"), [Given()])
    method = one_of(_("方式"), PaymentMethod, words.BY_HAND)
    payer_name = text(_("付款户名"), 120, description=_("照银行回单填写；与企业不同的会影响补贴"))
    reference = text(_("流水号或凭证号"), 60, description=_("同一个号只能登记一次"))
    note = text(_("备注"), 200)


class TenantPaymentForm(PaymentForm):
    """Of a tenant, without naming a bill."""

    tenant_id = select(_("企业或团队"))
