"""Forms of meters, of what is read on them, of prices, and of a month's bills of utilities."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import Optional, Regexp
from wtforms.widgets import MonthInput

from core.data.models import MeterKind
from core.services.imports.problems import CellError
from core.services.imports.values import to_decimal
from core.web.forms.accounts import DomainForm, select
from core.web.forms.billing import MONTH
from core.web.forms.cases import MONTH_HELP
from core.web.forms.fields import CountField, DayField, Given, TypedField, one_of
from core.web.forms.leases import RateField
from core.web.forms.tenants import text
from core.web.views import meter_words as words

ROLLED = _("表盘归零")


class DialField(TypedField):
    """What a dial shows, with up to three decimals; thousandths in `data`."""

    def read(self, text: str) -> int:
        value = to_decimal(text) * 1000
        if value < 0 or value > Decimal(10) ** 12 or value != value.to_integral_value():
            raise CellError(_("读数不能为负数，最多三位小数。"), _("请照表盘填写，例如1204.5。"))
        return int(value)

    def written(self, value: int) -> str:
        return words.figure(value)


class MeterForm(DomainForm):
    number = text(_("表号"), 20, required=True, description=_("与表上的编号一致"))
    space_id = select(_("服务的单元"), description=_("不选就是公摊表：只量公共部分，按面积分摊"))
    place = text(_("安装位置"), 60, description=_("抄表时找得到，例如三楼东侧配电间"))
    multiplier = CountField(_("倍率"), [Given()], default=1, description=_("没有互感器的填1"))
    digits = CountField(_("表盘整数位数"), [Given()], default=6, description=_("六位的表走到999999后归零"))


class NewMeterForm(MeterForm):
    site_id = select(_("载体"))
    kind = one_of(_("类型"), MeterKind, words.KINDS, radio=True, default=MeterKind.ELECTRICITY)
    from_on = DayField(_("启用日期"), [Given()])
    value = DialField(_("底数"), [Given(_("请填写读数"))], description=_("启用那天表盘上的读数"))


class ReadingForm(DomainForm):
    read_on = DayField(_("抄表日期"), [Given()])
    value = DialField(_("读数"), [Given(_("请填写读数"))])
    rolled = BooleanField(ROLLED, description=_("上次之后表盘走完一圈，从0重新开始"))
    note = text(_("备注"), 200)


class ReadingChangeForm(DomainForm):
    value = DialField(_("读数"), [Given(_("请填写读数"))])
    rolled = BooleanField(ROLLED, description=_("上次之后表盘走完一圈，从0重新开始"))
    note = text(_("备注"), 200)


class SheetForm(DomainForm):
    """One meter on the reading sheet."""

    read_on = DayField(_("抄表日期"), [Given()])
    value = DialField(_("读数"), [Given(_("请填写读数"))])
    rolled = BooleanField(ROLLED)


class RetireForm(DomainForm):
    on = DayField(_("最后一天"), [Given()])
    value = DialField(_("止数"), [Given(_("请填写读数"))], description=_("停用那天表盘上的读数"))
    rolled = BooleanField(ROLLED)


class ReplaceForm(RetireForm):
    number = text(_("新表表号"), 20, required=True)
    new_value = DialField(_("新表底数"), [Given(_("请填写读数"))])
    multiplier = CountField(_("新表倍率"), [Given()])
    digits = CountField(_("新表整数位数"), [Given()])


class TariffForm(DomainForm):
    kind = one_of(_("类型"), MeterKind, words.KINDS)
    from_on = DayField(_("从哪天起"), [Given()])
    price_e4 = RateField(_("单价"), [Given(_("请填写单价"))])


class UtilitiesForm(DomainForm):
    site_id = select(_("载体"))
    month = StringField(_("月份"), [Given(), Regexp(MONTH, message=MONTH_HELP)], widget=MonthInput())
    due_on = DayField(_("应付日期"), [Given()])
    seen = HiddenField(validators=[Optional()])
