"""The forms of a lease: its terms, and the acts of its way."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask import g
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import FieldList, Form, FormField, SelectMultipleField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from core.data.models import FeeKind, NoticeBy, RateBasis, Space
from core.data.rent import monthly_fen
from core.errors import Invalid
from core.services.imports.problems import CellError
from core.services.imports.values import to_decimal
from core.services.leases import Rise, Terms
from core.services.leases.terms import quantity
from core.web import lease_words as words
from core.web.forms.accounts import DomainForm, select
from core.web.forms.fields import CountField, DayField, Given, SquareMetresField, TypedField, YuanField, one_of
from core.web.forms.tenants import text

BLANK_ROWS = 2  # to fill in, after those that are there
MOST_ROWS = 60


class RateField(TypedField):
    """A price: 元 on the page, with up to four decimals; ten-thousandths of a yuan in `data`."""

    def read(self, text: str) -> int:
        rate = to_decimal(text) * 10_000
        if rate < 0 or rate > Decimal(10) ** 13 or rate != rate.to_integral_value():
            raise CellError(_("单价不能为负数，最多四位小数。"), _("请填写数字，例如3.5。"))
        return int(rate)

    def written(self, value: int) -> str:
        return f"{Decimal(value) / 10_000:f}"


class PermilleField(TypedField):
    """A rise: percent on the page, with one decimal; permille in `data`."""

    def read(self, text: str) -> int:
        permille = to_decimal(text.strip().removesuffix("%").removesuffix("％")) * 10
        if permille < 0 or permille != permille.to_integral_value():
            raise CellError(_("百分比不能为负数，最多一位小数。"), _("请填写数字，例如5。"))
        return int(permille)

    def written(self, value: int) -> str:
        return f"{Decimal(value) / 10:f}"


class StepRow(Form):
    day = DayField(_("自"), [Optional()])
    rate = RateField(_("租金单价"))


class FreeRow(Form):
    first = DayField(_("从"), [Optional()])
    last = DayField(_("到"), [Optional()])


class TermsForm(DomainForm):
    tenant_id = select(_("企业或团队"))
    space_id = SelectMultipleField(
        _("单元"), [Optional()], coerce=int, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    number = text(_("协议编号"), 60, description=_("留空由系统编号"))
    starts_on = DayField(_("起租日"), [Given()])
    ends_on = DayField(_("到期日"), [Given()], description=_("当天仍在租期内"))
    basis = one_of(_("计租方式"), RateBasis, words.RATE_BASES)
    rate = RateField(_("租金单价"), [Given(_("请填写租金单价；全程免租填0"))])
    area = SquareMetresField(_("计租面积"), description=_("留空按单元登记的面积合计"))
    desks = CountField(_("计租工位数"), [Optional()], description=_("留空按单元登记的人数合计"))
    steps = FieldList(FormField(StepRow), max_entries=MOST_ROWS)
    rise_every = CountField(_("每隔几个月递增"), [Optional()])
    rise_percent = PermilleField(_("递增百分比"))
    rise_amount = RateField(_("或递增金额"))
    free = FieldList(FormField(FreeRow), max_entries=MOST_ROWS)
    deposit_months = CountField(_("押几个月"), [Optional()], description=_("押金按首期月租计算"))
    deposit_fen = YuanField(_("押金"), description=_("留空按月数计算"))
    pay_months = CountField(_("每次付几个月"), [Given()])
    due_days = CountField(_("提前几天付"), [Optional()], description=_("每期第一天之前"))
    fee_property = YuanField(_("物业费（每月）"))
    fee_service = YuanField(_("孵化服务费（每月）"))
    fee_other = YuanField(_("其他费用（每月）"))

    def terms(self, units: dict[int, Space]) -> Terms:
        """What was filled in; `units`: those that may be chosen, by id. Raises `Invalid` with the field."""
        basis = self.basis.data
        scale = 100 if basis is RateBasis.MONTH else 1  # rent for the whole is kept in fen

        def rate(value: int | None, field: str) -> int:
            whole, rest = divmod(value or 0, scale)
            if rest:
                raise Invalid("按月计租的金额最多两位小数", field=field)
            return whole

        steps, free = [], []
        for step in self.steps:
            if step.form.day.data is None and step.form.rate.data is None:
                continue
            if step.form.day.data is None or step.form.rate.data is None:
                raise Invalid("租金调整的每一行都要填日期和单价", field="steps")
            steps.append((step.form.day.data, rate(step.form.rate.data, "steps")))
        for row in self.free:
            if row.form.first.data is None and row.form.last.data is None:
                continue
            if row.form.first.data is None or row.form.last.data is None:
                raise Invalid("免租期的每一行都要填起日和止日", field="free")
            free.append((row.form.first.data, row.form.last.data))
        rise = None
        if self.rise_every.data is not None:
            if not (self.rise_percent.data or self.rise_amount.data):
                raise Invalid("请填写递增百分比或金额；不递增的，清空递增周期", field="rise_percent")
            rise = Rise(self.rise_every.data, self.rise_percent.data or 0, rate(self.rise_amount.data, "rise_amount"))
        elif self.rise_percent.data or self.rise_amount.data:
            raise Invalid("请填写每隔几个月递增", field="rise_every")
        return Terms(
            spaces=[units[it] for it in self.space_id.data or () if it in units],
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            basis=basis,
            rate=rate(self.rate.data, "rate"),
            quantity=self.desks.data if basis is RateBasis.DESK_MONTH else self.area.data,
            steps=steps,
            rise=rise,
            free=free,
            deposit_months=self.deposit_months.data,
            deposit_fen=self.deposit_fen.data,
            pay_months=self.pay_months.data,
            due_days=self.due_days.data or 0,
            fees={kind: getattr(self, f"fee_{kind.value}").data or 0 for kind in FeeKind},
            number=self.number.data,
        )

    def more_rows(self) -> None:
        """Two empty rows below what is filled in."""
        for rows in (self.steps, self.free):
            filled = [row for row in rows if any(field.data is not None or field.raw_data for field in row.form)]
            while len(rows) < min(len(filled) + BLANK_ROWS, MOST_ROWS):
                rows.append_entry()


def filled(terms: Terms) -> dict[str, Any]:
    """The form's data for terms that there are."""
    scale = 100 if terms.basis is RateBasis.MONTH else 1
    by_desk = terms.basis is RateBasis.DESK_MONTH
    # What follows from the units and the rent stays empty, so that it goes on following when they are changed.
    many = None if terms.quantity == quantity(replace(terms, quantity=None)) else terms.quantity
    monthly = monthly_fen(terms.basis, terms.rate, terms.quantity)
    deposit = None if terms.deposit_fen == monthly * (terms.deposit_months or 0) else terms.deposit_fen
    return {
        "space_id": [space.id for space in terms.spaces],
        "number": terms.number,
        "starts_on": terms.starts_on,
        "ends_on": terms.ends_on,
        "basis": terms.basis,
        "rate": terms.rate * scale,
        "area": None if by_desk else many,
        "desks": many if by_desk else None,
        "steps": [{"day": day, "rate": rate * scale} for day, rate in terms.steps],
        "free": [{"first": first, "last": last} for first, last in terms.free],
        "deposit_months": terms.deposit_months,
        "deposit_fen": deposit,
        "pay_months": terms.pay_months,
        "due_days": terms.due_days,
        **{f"fee_{kind.value}": terms.fees.get(kind) or None for kind in FeeKind},
    }


class OfferForm(DomainForm):
    offer_until = DayField(_("有效期到"), [Optional()], description=_("过期后不能再签；留空不限"))


class SignForm(DomainForm):
    signed_on = DayField(_("签署日期"), [Given()])
    file = FileField(_("签署件扫描"), description=_("可以之后再传；PDF、JPG或PNG，不超过20MB"))


class NoticeForm(DomainForm):
    by = one_of(_("谁提出"), NoticeBy, words.NOTICE_BY)
    notice_on = DayField(_("通知日期"), [Given()])
    last_day = DayField(_("最后一天"), [Given()], description=_("当天仍在租期内"))


def today_defaults() -> dict[str, Any]:
    return {"starts_on": g.today, "pay_months": 1}
