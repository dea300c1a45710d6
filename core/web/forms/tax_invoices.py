"""The forms of 发票: asking for them, noting what the tax system gave, taking them back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms.validators import InputRequired, Optional

from core.data.models import TaxInvoiceKind
from core.services.billing.invoices import field_of
from core.web import lease_words as words
from core.web.forms.accounts import DomainForm
from core.web.forms.fields import DayField, Given, YuanField, one_of
from core.web.forms.places import PercentField
from core.web.forms.tenants import text


class ByLine(DomainForm):
    """A form with a field for the amount of each line of a bill (`by_line`)."""

    line_ids: tuple[int, ...] = ()

    @property
    def parts(self) -> dict[int, int]:
        """Fen by id of the line; what was left empty is none."""
        return {line_id: self[field_of(line_id)].data or 0 for line_id in self.line_ids}


F = TypeVar("F", bound=ByLine)


def by_line(form: type[F], labels: Mapping[int, Any]) -> type[F]:
    """`form` with a field for each line of `labels` (label by id)."""
    fields = {field_of(line_id): YuanField(label, [Optional()]) for line_id, label in labels.items()}
    return type(form)(form.__name__, (form,), {**fields, "line_ids": tuple(labels)})


class RequestForm(ByLine):
    title = text(_("发票抬头"), 120, required=True, description=_("单位全称；个人填写姓名"))
    taxpayer_no = text(_("纳税人识别号"), 30, description=_("18位统一社会信用代码；个人可以不填"))
    kind = one_of(_("票种"), TaxInvoiceKind, words.TAX_INVOICE_KINDS)
    note = text(_("备注"), 200, description=_("给运营机构的话，例如希望写在备注栏的内容"))


class _Numbered(DomainForm):
    number = text(_("发票号码"), 30, required=True, description=_("数电票20位；纸质发票8位，并填发票代码"))
    code = text(_("发票代码"), 20, description=_("纸质发票12位（旧专票10位）；数电票留空"))
    issued_on = DayField(_("开票日期"), [Given()])
    file = FileField(_("发票PDF"), description=_("PDF、JPG或PNG，不超过20MB；可以以后补传"))


class IssueForm(_Numbered):
    rate = PercentField(_("税率"), [InputRequired(_("请填写税率，免税填0"))], description=_("照发票填写，免税填0"))
    item_name = text(_("项目名称"), 60, required=True)
    premises = text(_("不动产地址"), 200)
    term_first = DayField(_("租赁期起"), [Optional()])
    term_last = DayField(_("租赁期止"), [Optional()])
    certificate = text(_("产权证号"), 120, description=_("没有的填“无”"))


class RedForm(_Numbered, ByLine):
    reason = text(_("红冲原因"), 200, required=True)
