"""The kinds of column: how a cell is read, how a template helps to fill it, how the docs describe it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from flask_babel import lazy_gettext as _

from core.data.codes import normalise_code
from core.services import identifiers
from core.services.identifiers import IdentifierError, Text
from core.services.imports import values
from core.services.imports.problems import CellError
from core.services.imports.values import Cell


@dataclass(frozen=True, slots=True)
class Kind:
    """``read`` gives the value or raises CellError. ``options`` become a drop-down; ``number_format`` is Excel's."""

    title: Text
    read: Callable[[Cell], object]
    options: tuple[str, ...] = ()
    number_format: str = "@"
    width: int = 14
    # The canonical text is compared with what was typed, and a difference is told (spaces, full width, lower case).
    is_code: bool = False
    # A value that stands for several rows when cells are merged downwards would be counted several times.
    is_amount: bool = False
    labels: Mapping[object, str] = field(default_factory=dict, compare=False)

    def label(self, value: object) -> str:
        """A value of a closed list in the words of its drop-down."""
        return self.labels.get(value, str(value))


def text(limit: int) -> Kind:
    """Text of at most ``limit`` characters, as long as its database column."""

    def read(cell: Cell) -> str:
        found = values.to_text(cell)
        if len(found) > limit:
            raise CellError(
                _("文字过长（%(count)s 字）。", count=len(found)), _("请缩短到 %(limit)s 字以内。", limit=limit)
            )
        return found

    return Kind(_("文本"), read, width=min(max(12, limit // 4), 30))


def code(limit: int) -> Kind:
    """A number or code that is a name of something: room, contract, voucher. Spaces and full width are evened out."""

    def read(cell: Cell) -> str:
        found = values.to_code(values.clean_text(cell) if isinstance(cell, str) else cell)
        if len(found) > limit:
            raise CellError(
                _("编号过长（%(count)s 字）。", count=len(found)), _("请缩短到 %(limit)s 字以内。", limit=limit)
            )
        return found

    return Kind(_("编号"), read, width=16, is_code=True)


def codes(limit: int) -> Kind:
    """Several codes separated by 、 or commas, in the order written, each once."""
    one = code(limit).read

    def read(cell: Cell) -> tuple[str, ...]:
        parts = re.split(r"[、，,;；\n]+", values.to_text(cell) if not isinstance(cell, str) else cell)
        return tuple(dict.fromkeys(str(one(part)) for part in parts if part.strip(" '")))

    return Kind(_("编号，多个用“、”隔开"), read, width=18)


def words(limit: int) -> Kind:
    """Several words separated by 、 or commas, in the order written, each once and of at most ``limit`` characters."""
    one = text(limit).read

    def read(cell: Cell) -> tuple[str, ...]:
        parts = re.split(r"[、，,;；\n]+", values.to_text(cell))
        return tuple(dict.fromkeys(str(one(part)) for part in parts if part.strip()))

    return Kind(_("文字，多个用“、”隔开"), read, width=24)


def _identifier(check: Callable[[str], str]) -> Callable[[Cell], str]:
    def read(cell: Cell) -> str:
        try:
            return check(values.to_code(values.clean_text(cell) if isinstance(cell, str) else cell))
        except IdentifierError as error:
            raise CellError(error.message, error.remedy) from None

    return read


def _person_number(cell: Cell) -> str:
    """Only evened out here: which check applies depends on the kind of document in another column."""
    return normalise_code(values.to_code(values.clean_text(cell) if isinstance(cell, str) else cell))


def _tenant(cell: Cell) -> str:
    """A tenant by name, or by code where it has the shape of one; a code must be right to be looked up."""
    written = values.to_text(cell)
    number = normalise_code(written)
    if re.fullmatch(r"[0-9A-Z]{15,20}", number):
        return _identifier(identifiers.check_uscc)(cell)
    if len(written) > 120:
        raise CellError(_("文字过长（%(count)s 字）。", count=len(written)), _("请填写企业名称或统一社会信用代码。"))
    return written


def _email(cell: Cell) -> str:
    found = values.half_width(values.to_text(cell))
    if not re.fullmatch(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+", found) or len(found) > 120:
        raise CellError(_("这不是电子邮箱地址。"), _("请按 name@example.com 的样式填写一个地址。"))
    return found


# GB/T 2260: the districts of Shanghai. Another place is written as its six digits.
REGIONS: Mapping[str, str] = {
    "黄浦区": "310101", "徐汇区": "310104", "长宁区": "310105", "静安区": "310106", "普陀区": "310107",
    "虹口区": "310109", "杨浦区": "310110", "闵行区": "310112", "宝山区": "310113", "嘉定区": "310114",
    "浦东新区": "310115", "金山区": "310116", "松江区": "310117", "青浦区": "310118", "奉贤区": "310120",
    "崇明区": "310151",
}  # fmt: skip


def _region(cell: Cell) -> str:
    found = values.to_code(cell).removeprefix("上海市")
    found = REGIONS.get(found) or REGIONS.get(found + "区") or found
    if not re.fullmatch(r"[1-8]\d{5}", found, re.ASCII):
        raise CellError(_("这里应填 6 位行政区划代码，或上海市的区名。"), _("例如 310109。"))
    return found


def _whole(cell: Cell) -> int:
    number = values.to_decimal(cell)
    if number != number.to_integral_value() or not 0 <= number <= 100_000:
        raise CellError(_("这里应填 0 至 100000 之间的整数。"), _("请只填写整数。"))
    return int(number)


def _area(cell: Cell) -> int:
    """㎡ with at most four decimals to cm²."""
    if isinstance(cell, str):
        cell = re.sub(r"(㎡|m2|M2|m²|平方米|平米|平)$", "", values.clean_text(cell)).strip()
    square_metres = values.to_decimal(cell)
    cm2 = (square_metres * 10_000).quantize(Decimal(1))
    if not 0 < cm2 <= 10**11 or abs(square_metres * 10_000 - cm2) > Decimal("0.001"):
        raise CellError(_("面积应大于 0，以平方米为单位，最多四位小数。"), _("例如 48.5。"))
    return int(cm2)


def _share(cell: Cell) -> Decimal:
    """A share of one: ``35%`` and 0.35 are the same; a plain number above 1 is taken as per cent."""
    percent = isinstance(cell, str) and values.half_width(cell).endswith("%")
    number = values.to_decimal(values.half_width(str(cell)).rstrip("% ") if percent else cell)
    share = (number / 100 if percent or number > 1 else number).quantize(Decimal("0.0001"))
    if not 0 <= share <= 1:
        raise CellError(_("比例应在 0 与 100% 之间。"), _("例如 35%。"))
    return share


def choice(members: Mapping[str, StrEnum | bool], aliases: Mapping[str, StrEnum | bool] | None = None) -> Kind:
    """One of a closed list. ``members`` are shown in the drop-down, ``aliases`` are understood beside them."""
    known = {_key(label): value for label, value in {**(aliases or {}), **members}.items()}
    labels = tuple(members)

    def read(cell: Cell) -> StrEnum | bool:
        if isinstance(cell, bool) and True in members.values():
            return cell
        written = values.to_text(cell)
        if _key(written) not in known:
            raise CellError(
                _("“%(text)s”不在可选范围内。", text=written[:30]),
                _("请从中选择：%(options)s。", options="、".join(labels)),
            )
        return known[_key(written)]

    width = max(10, *(2 * len(label) + 2 for label in labels))
    return Kind(_("选项"), read, labels, width=width, labels={value: label for label, value in members.items()})


def choices(members: Mapping[str, str], none: str = "无") -> Kind:
    """Several of a closed list, separated by 、; the word ``none`` alone says that it is known to be none."""
    known = {_key(label): value for label, value in members.items()}

    def read(cell: Cell) -> tuple[str, ...]:
        written = values.to_text(cell)
        if _key(written) == _key(none):
            return ()
        found = []
        for part in (p for p in re.split(r"[、，,;；/\s]+", written) if p):
            if _key(part) not in known:
                options = "、".join((*members, none))
                raise CellError(
                    _("“%(text)s”不在可选范围内。", text=part[:30]),
                    _("请从中选择，多个用“、”隔开：%(options)s。", options=options),
                )
            found.append(known[_key(part)])
        return tuple(sorted(set(found)))

    return Kind(_("选项，多个用“、”隔开"), read, width=20, labels={code: label for label, code in members.items()})


def _key(label: str) -> str:
    return values.half_width(label).replace(" ", "").upper()


USCC = Kind(_("统一社会信用代码"), _identifier(identifiers.check_uscc), width=22, is_code=True)
PERSON_NUMBER = Kind(_("证件号码"), _person_number, width=22, is_code=True)
PHONE = Kind(_("电话"), _identifier(identifiers.check_phone), width=16)
EMAIL = Kind(_("电子邮箱"), _email, width=24)
TENANT = Kind(_("企业名称或统一社会信用代码"), _tenant, width=28)
REGION = Kind(_("6 位行政区划代码"), _region, width=12)
DATE = Kind(_("日期"), values.to_date, number_format="yyyy-mm-dd", width=13)
MONTH = Kind(_("月份"), values.to_month, width=11)
QUARTER = Kind(_("季度"), values.to_quarter, width=11)
MONTHS = Kind(_("月份，多个用“、”隔开"), values.to_months, width=22)
STEPS = Kind(_("阶梯租金"), values.to_steps, width=34)
MONEY = Kind(_("金额（元）"), values.to_fen, number_format="#,##0.00", width=13, is_amount=True)
WHOLE = Kind(_("整数"), _whole, number_format="0", width=10)
AREA = Kind(_("面积（㎡）"), _area, number_format="0.##", width=12)
SHARE = Kind(_("比例"), _share, number_format="0.00%", width=12)
YES_NO = choice({"是": True, "否": False}, {"有": True, "无": False, "Y": True, "N": False, "√": True, "×": False})
