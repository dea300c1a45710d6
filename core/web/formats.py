"""How money, dates, areas, rates and identifiers are written for people. Pure: value and language in, text out.

An unknown value (None) is shown as an em dash: null means "not known", never zero and never "no".
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

UNKNOWN = "—"
SHANGHAI = ZoneInfo("Asia/Shanghai")
ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def money(fen: int | None, lang: str = "zh") -> str:
    """Integer fen as yuan with two decimals: 123456 -> '1,234.56 元' (en: 'CNY 1,234.56')."""
    if fen is None:
        return UNKNOWN
    _refuse_float(fen, "money")
    sign, fen = ("-" if fen < 0 else ""), abs(fen)
    figure = f"{sign}{fen // 100:,}.{fen % 100:02d}"
    return f"CNY {figure}" if lang == "en" else f"{figure} 元"


def money_figure(fen: int | None) -> str:
    """The same figure without a unit, for columns whose header already says 元: 123456 -> '1,234.56'."""
    if fen is None:
        return UNKNOWN
    return money(fen).removesuffix(" 元")


def money_wan(fen: int | None, lang: str = "zh") -> str:
    """Integer fen in 万元, two decimals, half up, for tiles: 123456789 -> '123.46 万元' (en: 'CNY 1.23 m')."""
    if fen is None:
        return UNKNOWN
    _refuse_float(fen, "money_wan")
    divisor, unit = (100_000_000, "m") if lang == "en" else (1_000_000, "万元")
    figure = (Decimal(fen) / divisor).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"CNY {figure:,} {unit}" if lang == "en" else f"{figure:,} {unit}"


def day(value: date | str | None, lang: str = "zh") -> str:
    """A plain date: 2026-03-10 -> '2026年3月10日' (en: '10 Mar 2026'). ISO text is accepted; an instant is not."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, datetime):
        raise TypeError("day() shows plain dates; show an instant with moment(), which knows the time zone")
    d = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{d.day} {ENGLISH_MONTHS[d.month - 1]} {d.year}" if lang == "en" else f"{d.year}年{d.month}月{d.day}日"


def month(value: date | str | None, lang: str = "zh") -> str:
    """A month, 'YYYY-MM' or any date in it -> '2026年3月' (en: 'Mar 2026')."""
    if value is None or value == "":
        return UNKNOWN
    d = date.fromisoformat(f"{value}-01"[:10]) if isinstance(value, str) else value
    return f"{ENGLISH_MONTHS[d.month - 1]} {d.year}" if lang == "en" else f"{d.year}年{d.month}月"


def moment(value: datetime | None, lang: str = "zh") -> str:
    """An aware instant, shown in Shanghai time: '2026年3月10日 14:05'."""
    if value is None:
        return UNKNOWN
    if value.tzinfo is None:
        raise TypeError("moment() needs an aware datetime: a naive one does not say which clock it was read from")
    local = value.astimezone(SHANGHAI)
    return f"{day(local.date(), lang)} {local:%H:%M}"


def area(cm2: int | None) -> str:
    """Integer square centimetres as square metres, without trailing zeros: 485000 -> '48.5 ㎡'."""
    if cm2 is None:
        return UNKNOWN
    _refuse_float(cm2, "area")
    whole, rest = divmod(cm2, 10_000)
    return f"{whole:,}{f'.{rest:04d}'.rstrip('0') if rest else ''} ㎡"


def percent(rate: Decimal | None, places: int = 1) -> str:
    """A rate (Decimal, 0.125 = 12.5 %), half up, without trailing zeros -> '12.5%'."""
    if rate is None:
        return UNKNOWN
    _refuse_float(rate, "percent")
    figure = (Decimal(rate) * 100).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{figure:f}".rstrip("0").rstrip(".") + "%" if places else f"{figure:f}%"


def number(value: int | Decimal | None) -> str:
    """A count with thousands separators."""
    return UNKNOWN if value is None else f"{value:,}"


# first and last characters that stay readable, by what the value is
VISIBLE = {"id": (6, 4), "phone": (3, 4), "account": (4, 4), "uscc": (6, 4), "name": (1, 0)}


def masked(value: str | None, kind: str = "id") -> str:
    """Hide the middle of an identifier: id '110101********7758', phone '138****1234', account, uscc, name '王**'.

    A value too short to hide anything by its kind's rule is hidden whole."""
    if not value:
        return UNKNOWN
    first, last = VISIBLE[kind]
    if len(value) <= first + last:
        return "*" * len(value)
    return value[:first] + "*" * (len(value) - first - last) + (value[-last:] if last else "")


def file_size(size: int | None) -> str:
    """Bytes as B, KB or MB, for people."""
    if size is None:
        return UNKNOWN
    if size < 1024:
        return f"{size} B"
    scale, unit = (1024, "KB") if size < 1024 * 1024 else (1024 * 1024, "MB")
    return f"{(Decimal(size) / scale).quantize(Decimal('0.1'), ROUND_HALF_UP):f} {unit}"


def _refuse_float(value: object, name: str) -> None:
    """Money, areas and rates are exact; a float here is a mistake upstream, and showing it would hide the mistake."""
    if isinstance(value, float | bool):
        raise TypeError(f"{name} takes an exact number, got {value!r}; keep fen and cm² as int and rates as Decimal")
