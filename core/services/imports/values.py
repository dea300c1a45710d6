"""From one cell to one value. A cell is what the reader gives: text, number, boolean or date; never empty here.

Every function returns the value or raises :class:`CellError`. Numbers in a workbook are binary doubles written with at
most 17 digits; they are read through their shortest decimal form, so 0.1+0.2 is 0.30 元 and 12.345 is refused.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from flask_babel import lazy_gettext as _

from core.services.imports.problems import CellError
from core.services.quarters import parse_quarter

Cell = str | int | float | bool | date | datetime | time | timedelta

_CENT = Decimal("0.01")
# Excel shows 15 significant digits; what lies beyond them is noise of the binary form.
_NOISE, _NOISE_SHARE = Decimal("1e-8"), Decimal("1e-14")
MAX_FEN = 10**13
_INVISIBLE = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
FIRST_DAY, LAST_DAY = date(1949, 10, 1), date(2100, 12, 31)


def half_width(text: str) -> str:
    """NFKC, one line, no invisible characters: for codes, numbers and dates, never for names."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split())


def clean_text(text: str) -> str:
    """Without outer blanks, invisible and direction-changing characters, and the apostrophe that marks text.

    Characters themselves stay as they are: a compatibility form in a name is part of the name.
    """
    text = " ".join(_INVISIBLE.sub("", text).split())
    return text[1:].lstrip() if text.startswith("'") else text


def to_text(cell: Cell) -> str:
    """Text of a cell; whole numbers without ``.0``, dates in ISO form."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    return clean_text(str(cell))


def to_code(cell: Cell) -> str:
    """Text of a number-like code. A long code kept by Excel as a number has lost its last digits: refused."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= 1e15:
        raise CellError(
            _("这一格是数值，Excel 只保留 15 位，末尾数字已经丢失。"), _("请把该列设为“文本”格式后重新录入。")
        )
    text = half_width(to_text(cell))
    if re.fullmatch(r"\d(\.\d+)?E\+\d+", text, re.IGNORECASE):
        raise CellError(_("这一格是科学计数法，末尾数字已经丢失。"), _("请把该列设为“文本”格式后重新录入。"))
    return text


def to_decimal(cell: Cell) -> Decimal:
    """A plain number; thousands commas, a currency sign in front and 元 behind are understood."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise CellError(_("这里应填数字。"), _("请只填写数字，例如 1234.50。"))
    if not isinstance(cell, str):
        return Decimal(repr(cell))
    text = half_width(clean_text(cell)).replace(" ", "")
    text = re.sub(r"^(-?)(?:¥|￥|RMB|CNY)(-?)", r"\1\2", text, flags=re.IGNORECASE)
    text = re.sub(r"(?:元|圆)$", "", text)
    if not re.fullmatch(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", text, re.ASCII):
        if re.search(r"[万千百亿]", text):
            raise CellError(_("金额带有“万”“千”等单位。"), _("请以元为单位填写数字，例如 12000.00。"))
        if re.fullmatch(r"\([\d,.]+\)", text):
            raise CellError(_("括号表示负数，这里不能为负。"), _("如为退款，请在财务系统登记，不要记为负收款。"))
        raise CellError(_("“%(text)s”不是数字。", text=text[:30]), _("请只填写数字，例如 1234.50。"))
    return Decimal(text.replace(",", ""))


def to_fen(cell: Cell) -> int:
    """Money in 元 to fen, exactly; more than two decimals, negative or absurdly large amounts are refused."""
    yuan = to_decimal(cell)
    if not yuan.is_finite() or abs(yuan) * 100 > MAX_FEN:
        raise CellError(_("金额过大。"), _("请检查是否多写了数字，或把编号填进了金额列。"))
    rounded = yuan.quantize(_CENT, ROUND_HALF_UP)
    noise = Decimal(0) if isinstance(cell, str) else _NOISE + abs(yuan) * _NOISE_SHARE
    if abs(yuan - rounded) > noise:
        raise CellError(_("金额精确到分，小数不能超过两位。"), _("请改为两位小数，例如 1234.50。"))
    if rounded < 0:
        raise CellError(_("金额不能为负数。"), _("如为退款或冲销，请改正原来的那一笔，不要另记负数。"))
    return int(rounded * 100)


def _day(year: int, month: int, day: int) -> date:
    try:
        value = date(year, month, day)
    except ValueError:
        raise CellError(_("日期不存在。"), _("请按 2026-03-01 的样式填写。")) from None
    if not FIRST_DAY <= value <= LAST_DAY:
        raise CellError(_("日期超出合理范围（1949 至 2100 年）。"), _("请检查年份。"))
    return value


def _from_serial(number: float) -> date | None:
    """An Excel day number (1900 system) of the years 1954 to 2173, else None."""
    if number == int(number) and 20_000 <= number < 100_000:
        return date(1899, 12, 30) + timedelta(days=int(number))
    return None


def to_date(cell: Cell) -> date:
    """A date cell, an Excel day number, 20260301, 2026-03-01, 2026/3/1, 2026.3.1 or 2026年3月1日."""
    if isinstance(cell, datetime):
        return _day(cell.year, cell.month, cell.day)
    if isinstance(cell, date):
        return _day(cell.year, cell.month, cell.day)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        serial = _from_serial(cell)
        if serial:
            return serial
        cell = to_text(cell)
    if isinstance(cell, str):
        text = half_width(clean_text(cell))
        text = re.sub(r"[ T]0{1,2}:00(:00(\.0+)?)?$", "", text).replace(" ", "")
        match = re.fullmatch(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", text, re.ASCII)
        if match:
            return _day(int(match[1]), int(match[3]), int(match[4]))
        match = re.fullmatch(r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]", text, re.ASCII) or re.fullmatch(
            r"(\d{4})(\d{2})(\d{2})", text, re.ASCII
        )
        if match:
            return _day(int(match[1]), int(match[2]), int(match[3]))
    raise CellError(_("这里应填日期。"), _("请按 2026-03-01 的样式填写（年在前）。"))


def _month(year: int, month: int) -> str:
    if not 1 <= month <= 12 or not FIRST_DAY.year <= year <= LAST_DAY.year:
        raise CellError(_("月份不存在。"), _("请按 2026-03 的样式填写。"))
    return f"{year:04}-{month:02}"


def to_month(cell: Cell) -> str:
    """``YYYY-MM`` from 2026-03, 202603, 2026年3月, 2026/3, 2026.3 as text, a date of the month, or its day number."""
    if isinstance(cell, date):
        return _month(cell.year, cell.month)
    if isinstance(cell, float) and not cell.is_integer():
        raise CellError(
            _("数字 %(number)s 分不清是 1 月还是 10 月。", number=repr(cell)), _("请按 2026-03 的样式填写。")
        )
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        number = int(cell)
        if 194_901 <= number <= 210_012:
            return _month(number // 100, number % 100)
    if isinstance(cell, str):
        text = half_width(clean_text(cell)).replace(" ", "")
        match = re.fullmatch(r"(\d{4})(?:[-/.](\d{1,2})|年(\d{1,2})月份?|(\d{2}))", text, re.ASCII)
        if match:
            return _month(int(match[1]), int(match[2] or match[3] or match[4]))
    try:
        day = to_date(cell)
    except CellError:
        raise CellError(_("这里应填月份。"), _("请按 2026-03 的样式填写。")) from None
    return _month(day.year, day.month)


def to_quarter(cell: Cell) -> str:
    """``2026Q3`` from 2026Q3, 2026-3, 2026年第3季度 or 2026年三季度."""
    found = parse_quarter(half_width(to_text(cell)))
    if found is None:
        raise CellError(_("这里应填季度。"), _("请按 2026Q3 或 2026年第3季度 的样式填写。"))
    return found


def to_months(cell: Cell) -> tuple[str, ...]:
    """Months separated by 、 or commas; ``2026-01至2026-03`` is all three. Sorted, each once."""
    if not isinstance(cell, str):
        return (to_month(cell),)
    found: set[str] = set()
    for part in re.split(r"[、,;\n]+", half_width_lines(cell)):
        ends = [to_month(p) for p in re.split(r"至|到|~|—+|–", part) if p.strip()]
        if not ends:
            continue
        if len(ends) > 2 or ends[0] > ends[-1]:
            raise CellError(_("月份范围应从早到晚。"), _("例如 2026-01至2026-03。"))
        year, month = (int(n) for n in ends[0].split("-"))
        while (current := _month(year, month)) <= ends[-1]:
            found.add(current)
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return tuple(sorted(found))


def half_width_lines(text: str) -> str:
    """Like :func:`half_width`, but lines stay apart: a person may put one item on each."""
    return "\n".join(half_width(line) for line in text.splitlines())


def to_steps(cell: Cell) -> tuple[tuple[date, int], ...]:
    """Rent steps ``2026-09-01起3200；2027-09-01起3500``: from a day on, 元 a month. By day, each day once."""
    steps: dict[date, int] = {}
    for part in re.split(r"[;、\n]+", half_width_lines(to_text(cell) if not isinstance(cell, str) else cell)):
        if not part.strip():
            continue
        pieces = re.split(r"起(?:每月|月租金?|租金)?[::]?|[::=]", part, maxsplit=1)
        if len(pieces) != 2 or not pieces[1].strip():
            raise CellError(
                _("看不懂阶梯租金“%(text)s”。", text=part[:30]),
                _("请按“2026-09-01起3200；2027-09-01起3500”的样式填写。"),
            )
        day, rent = to_date(pieces[0]), to_fen(re.sub(r"/月$", "", pieces[1].strip()))
        if day in steps:
            raise CellError(_("阶梯租金中同一天写了两次。"), _("请每个起始日只写一次。"))
        steps[day] = rent
    return tuple(sorted(steps.items()))
