"""Form fields that people fill in the units they think in, and that hold what the house keeps: fen, square
centimetres, members of closed lists, and facts of which it may be unknown whether they hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from wtforms import DateField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from core.services.imports.problems import CellError
from core.services.imports.values import to_decimal, to_fen


class TypedField(StringField):
    """Keeps what was typed beside what it means, so that a refused form shows it again."""

    typed: str | None = None

    def _value(self) -> str:
        if self.typed is not None:
            return self.typed
        return self.written(self.data) if self.data is not None else ""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = None
        if valuelist:
            self.typed = valuelist[0]
            if self.typed.strip():
                try:
                    self.data = self.read(self.typed)
                except CellError as error:
                    raise ValueError(f"{error.message}{error.remedy}") from error

    def read(self, text: str) -> Any:
        raise NotImplementedError

    def written(self, value: Any) -> str:
        raise NotImplementedError


class Given:
    """Something must be filled in. Unlike `DataRequired` it lets what was typed but is not a day or a sum keep its own
    sentence."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __init__(self, message: Any = None) -> None:
        self.message = message or _("请填写此项")

    def __call__(self, form: Any, field: Any) -> None:
        if not (field.raw_data and str(field.raw_data[0]).strip()):
            field.errors[:] = []
            raise StopValidation(str(self.message))


class YuanField(TypedField):
    """Money: 元 on the page, integer fen in `data`."""

    def read(self, text: str) -> int:
        return to_fen(text)

    def written(self, value: int) -> str:
        return f"{value // 100}.{value % 100:02d}".removesuffix(".00")


class SquareMetresField(TypedField):
    """Area: ㎡ on the page, integer square centimetres in `data`."""

    def read(self, text: str) -> int:
        area = to_decimal(text.removesuffix("㎡")) * 10_000
        if area <= 0 or area > Decimal(10) ** 12 or area != area.to_integral_value():
            raise CellError(_("面积应大于0，最多四位小数。"), _("请填写数字，例如120.5。"))
        return int(area)

    def written(self, value: int) -> str:
        return f"{Decimal(value) / 10_000:f}"


class DayField(DateField):
    """A plain date. A browser's date input sends ISO; what is not a date is told as our own sentence."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        if valuelist and not "".join(valuelist).strip():
            self.data = None
            return
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(str(_("日期不存在，请按2026-03-01的样式填写"))) from error


class CountField(IntegerField):
    """A whole number; empty is not known."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        if valuelist and not "".join(valuelist).strip():
            self.data = None
            return
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(str(_("请填写整数"))) from error
        if self.data is not None and abs(self.data) > 10**9:
            self.data = None
            raise ValueError(str(_("数字过大，请检查是否多写了几位")))


class WordsField(TypedField):
    """Several words in one line, apart by 、 or commas; a list in `data`, empty where there are none."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        super().process_formdata(valuelist)
        self.data = self.data or []

    def read(self, text: str) -> list[str]:
        return [word.strip() for word in re.split("[、,，;；\n]", text) if word.strip()]

    def written(self, value: list[str]) -> str:
        return "、".join(value)


def several(label: Any, choices: Mapping[Any, Any] = MappingProxyType({}), **more: Any) -> SelectMultipleField:
    """Any number of choices, as boxes to tick."""
    return SelectMultipleField(
        label,
        more.pop("validators", [Optional()]),
        choices=[SelectChoice(str(value), word) for value, word in choices.items()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        **more,
    )


def one_of(
    label: Any, kind: type[StrEnum], words: Mapping[Any, Any], *, empty: Any = None, radio: bool = False, **more: Any
) -> Any:
    """A choice among an enum's members; `empty`: the words of none (the choice then may be left)."""
    known = [SelectChoice(member.value, word) for member, word in words.items()]
    given = [SelectChoice("", empty), *known] if empty is not None else known
    field = RadioField if radio else SelectField
    return field(
        label,
        more.pop("validators", [Optional()] if empty is not None else []),
        choices=given,
        coerce=lambda value: None if value in (None, "") else kind(value),
        **more,
    )


def yes_no(label: Any, **more: Any) -> RadioField:
    """A fact that may be unknown: yes, no, or nobody knows yet."""
    said = {"yes": True, "no": False, True: True, False: False}
    return RadioField(
        label,
        [Optional()],
        choices=[SelectChoice("yes", _("是")), SelectChoice("no", _("否")), SelectChoice("", _("未知"))],
        coerce=said.get,
        default="",
        **more,
    )
