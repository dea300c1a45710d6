"""The forms of a recovery's page, one for each act."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional

from core.web.forms.accounts import REQUIRED, DomainForm
from core.web.forms.fields import DayField, Given, YuanField

RESULTS = [SelectChoice("no", _("维持原决定")), SelectChoice("yes", _("复核成立，减少应追回金额"))]
CONFIRM = _("我已核对，这一步办理后不能撤销")


def _words(label: Any, most: int, **more: Any) -> TextAreaField:
    return TextAreaField(label, [DataRequired(REQUIRED), Length(max=most)], **more)


class ProposeForm(DomainForm):
    reason = _words(_("追回的事由"), 400, description=_("企业会看到，并据此陈述申辩"))


class StateForm(DomainForm):
    said = _words(_("陈述申辩的内容"), 1000)


class TermsForm(DomainForm):
    pay_to = StringField(
        _("收款账户"), [DataRequired(REQUIRED), Length(max=200)], description=_("户名、开户行、账号，写在退回决定书上")
    )
    due_on = DayField(_("退回期限"), [Given()])
    confirmed = BooleanField(CONFIRM)


class DecideForm(TermsForm):
    opinion = _words(_("决定的理由"), 400, description=_("写在退回决定书上"))


class DropForm(DomainForm):
    why = _words(_("不予追回的理由"), 400)


class AppealForm(DomainForm):
    said = _words(_("申请复核的理由"), 1000)
    confirmed = BooleanField(_("对同一决定只能申请一次复核，我已写明全部理由"))


class JudgeForm(DomainForm):
    upheld = RadioField(_("复核结果"), [Given(REQUIRED)], choices=RESULTS)
    owed_fen = YuanField(_("改后的应追回金额"), [Optional()], description=_("复核成立时填写；不再追回的填0"))
    opinion = _words(_("复核意见"), 400)
    confirmed = BooleanField(CONFIRM)


class ReceiptForm(DomainForm):
    amount_fen = YuanField(_("收到金额"), [Given(_("请填写金额"))])
    received_on = DayField(_("到账日期"), [Given()])
    voucher = StringField(_("凭证号或流水号"), [DataRequired(REQUIRED), Length(max=60)])


class OffsetForm(DomainForm):
    amount_fen = YuanField(_("抵扣金额"), [Optional()])


FORMS: dict[str, type[DomainForm]] = {
    "propose": ProposeForm,
    "state": StateForm,
    "decide": DecideForm,
    "demand": TermsForm,
    "drop": DropForm,
    "appeal": AppealForm,
    "judge": JudgeForm,
    "receipt": ReceiptForm,
}
