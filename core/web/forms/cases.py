"""The application form: what every policy asks, beside the policy's own questions."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import Length, Regexp
from wtforms.widgets import MonthInput

CODE_LENGTH = 12
MONTH_HELP = _("按“2026-03”的形式填写")


class CaseForm(FlaskForm):
    """Period and payee. Nothing is required while it is a draft: what is missing is said on submission."""

    version = HiddenField()
    period_from = StringField(_("起始月份"), [Regexp(r"\d{4}-\d{2}$", message=MONTH_HELP)], widget=MonthInput())
    period_to = StringField(_("截止月份"), [Regexp(r"\d{4}-\d{2}$", message=MONTH_HELP)], widget=MonthInput())
    payee_own = BooleanField(_("收款账户是创始人本人账户，不是单位账户"))
    payee_name = StringField(
        _("户名"), [Length(max=120)], description=_("须与营业执照名称一致；本人账户填写创始人姓名")
    )
    payee_bank = StringField(_("开户行"), [Length(max=120)])
    payee_bank_code = StringField(
        _("联行号"),
        [Regexp(rf"(\d{{{CODE_LENGTH}}})?$", message=_("联行号是12位数字"))],
        description=_("12位数字，可在网银或开户许可证上查到"),
    )
    payee_account = StringField(
        _("账号"), [Regexp(r"[\d\s-]{0,40}$", message=_("账号只含数字"))], description=_("加密保存，页面只显示尾号")
    )

    def values(self) -> dict[str, Any]:
        """What was typed, for `cases.save`; an account shown masked and not retyped is left as it is."""
        fields = (self.period_from, self.period_to, self.payee_name, self.payee_bank, self.payee_bank_code)
        values: dict[str, Any] = {f.name: (f.data or "").strip() for f in fields} | {"payee_own": self.payee_own.data}
        account = (self.payee_account.data or "").replace(" ", "").replace("-", "")
        return values | ({"payee_account": account} if account else {})

    def draft(self) -> dict[str, Any]:
        """The same of a draft: without the fields in error, which their columns do not take; of those a number that is
        not whole yet is taken."""
        values = self.values()
        for name in self.errors:
            if name != "payee_bank_code" or len(values[name]) > CODE_LENGTH:
                values.pop(name, None)
        return values
