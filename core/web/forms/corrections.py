"""Forms of what makes bills less, gives money back, or asks for what no calendar asks for."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import FieldList, Form, FormField, HiddenField, StringField
from wtforms.validators import DataRequired, Length, Optional, Regexp
from wtforms.widgets import MonthInput

from core.data.models import Bill, BillKind, CreditReason, Fee, PaymentMethod
from core.policy import Month
from core.services.billing import Asked
from core.services.billing.byhand import MOST
from core.web import lease_words as words
from core.web.forms.accounts import REQUIRED, DomainForm, select
from core.web.forms.billing import MONTH
from core.web.forms.cases import MONTH_HELP
from core.web.forms.fields import DayField, Given, YuanField, one_of
from core.web.forms.tenants import text

BLANK_ROWS = 3


def _reason() -> Any:
    return StringField(_("原因"), [DataRequired(REQUIRED), Length(max=200)])


class CreditRow(Form):
    line_id = HiddenField()
    amount_fen = YuanField(_("减少"), [Optional()])


class CreditForm(DomainForm):
    kind = one_of(_("类别"), CreditReason, words.CREDIT_BY_HAND)
    parts = FieldList(FormField(CreditRow))
    reason = _reason()

    def by_line(self) -> dict[int, int]:
        """Fen by id of the line, of those that were filled in."""
        rows = [row.form for row in self.parts if row.form.amount_fen.data]
        return {int(row.line_id.data): row.amount_fen.data for row in rows if str(row.line_id.data).isdecimal()}


def credit_form(bill: Bill) -> CreditForm:
    """Empty, with a row for each line of the bill."""
    return CreditForm(formdata=None, data={"parts": [{"line_id": line.id} for line in bill.lines]}, prefix="credit-")


class OffsetForm(DomainForm):
    amount_fen = YuanField(_("抵扣金额"), [Given(_("请填写金额"))], description=_("先付最早到期的账单"))
    reason = _reason()


class RefundForm(DomainForm):
    amount_fen = YuanField(_("退款金额"), [Given(_("请填写金额"))])
    refunded_on = DayField(_("退款日期"), [Given()])
    method = one_of(_("方式"), PaymentMethod, words.RETURNED_BY)
    reference = text(_("流水号或凭证号"), 60)
    reason = _reason()


class AskedRow(Form):
    fee = one_of(_("项目"), Fee, words.BILL_FEES)
    month = StringField(_("月份"), [Optional(), Regexp(MONTH, message=MONTH_HELP)], widget=MonthInput())
    amount_fen = YuanField(_("金额"), [Optional()])
    what = text(_("说明"), 80)


class BillForm(DomainForm):
    tenant_id = select(_("企业或团队"))
    kind = one_of(
        _("类型"), BillKind, {it: words.BILL_KINDS[it] for it in (BillKind.EXTRA, BillKind.OPENING)},
        description=_("期初欠款：开始在这里出账之前欠下的"),
    )  # fmt: skip
    lease_id = select(_("协议"), description=_("有房租的必须选择"))
    due_on = DayField(_("应付日期"), [Given()])
    lines = FieldList(FormField(AskedRow), max_entries=MOST)
    note = text(_("备注"), 200)

    def asked(self) -> list[Asked]:
        rows = [row.form for row in self.lines if row.form.amount_fen.data]
        return [
            Asked(
                row.fee.data,
                row.amount_fen.data,
                Month.parse(row.month.data) if row.month.data else None,
                row.what.data,
            )
            for row in rows
        ]

    def more_rows(self) -> None:
        """Empty rows below what is filled in."""
        filled = [row for row in self.lines if row.form.amount_fen.raw_data]
        while len(self.lines) < min(len(filled) + BLANK_ROWS, MOST):
            self.lines.append_entry()
