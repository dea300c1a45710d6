"""Forms about accounts that are paid to, and about money that came back."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length, Regexp

from core.services.payees import Account
from core.web.forms.accounts import REQUIRED, DomainForm, select
from core.web.forms.fields import DayField, Given
from core.web.forms.tenants import text


class CheckForm(DomainForm):
    document_id = select(_("依据的材料"), description=_("与账户逐项比对的那一份"))
    note = StringField(
        _("核对情况"),
        [DataRequired(REQUIRED), Length(max=300)],
        description=_("例如：户名、开户行、账号与开户许可证一致"),
    )


class ChangeForm(DomainForm):
    payee_own = BooleanField(_("收款账户是创始人本人账户，不是单位账户"))
    payee_name = StringField(_("户名"), [DataRequired(REQUIRED), Length(max=120)])
    payee_bank = StringField(_("开户行"), [DataRequired(REQUIRED), Length(max=120)])
    payee_bank_code = StringField(
        _("联行号"),
        [DataRequired(REQUIRED), Regexp(r"\d{12}$", message=_("联行号是12位数字"))],
        description=_("12位数字，可在网银或开户许可证上查到"),
    )
    payee_account = StringField(
        _("账号"),
        [DataRequired(REQUIRED), Regexp(r"[\d\s-]{8,40}$", message=_("账号只含数字"))],
        description=_("加密保存，页面只显示尾号"),
    )
    reason = StringField(_("变更原因"), [DataRequired(REQUIRED), Length(max=300)])
    file = FileField(_("证明材料"), description=_("开户许可证或银行证明；PDF、JPG或PNG，不超过20MB"))

    def account(self) -> Account:
        number = (self.payee_account.data or "").replace(" ", "").replace("-", "")
        said = (self.payee_name, self.payee_bank, self.payee_bank_code)
        name, bank, code = ((field.data or "").strip() for field in said)
        return Account(name, bank, code, number, self.payee_own.data)


class ReturnForm(DomainForm):
    returned_on = DayField(_("退汇日期"), [Given()])
    reason = StringField(_("退汇原因"), [DataRequired(REQUIRED), Length(max=200)], description=_("申请单位会看到"))
    reference = text(_("退汇流水号"), 60)
