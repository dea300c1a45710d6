"""Amounts on a letter: figures for the table, 大写 for the sentence that counts.

Source: 中国人民银行《支付结算办法》(银发〔1997〕393号) 附一《正确填写票据和结算凭证的基本规定》. Where it leaves a
choice (零 before 角 after a round 元, 零 after a round 万) the shorter form is written: one amount, one spelling.
"""

from __future__ import annotations

import re

MAX_FEN = 10**14 - 1
"""Largest amount that can be written: 玖仟玖佰玖拾玖亿… (below 一万亿元)."""

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")
_GROUPS = ("", "万", "亿")
_VALUE = {d: i for i, d in enumerate(_DIGITS)}

WORDS = re.compile(
    r"[零壹贰叁肆伍陆柒捌玖拾佰仟万亿]+(?:元整|元(?:零?[壹贰叁肆伍陆柒捌玖][角分]){1,2}|角(?:[壹贰叁肆伍陆柒捌玖]分)?|分)"
)
"""An amount in words inside running text, as far as it reaches to the left and right."""


def yuan(fen: int) -> str:
    """Figures in yuan with thousands separators and two decimals: 1120000 → "11,200.00", -5 → "-0.05"."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def _group(value: int) -> str:
    """Words of 1..9999 without the leading 零 that a short group needs after a longer one."""
    words = ""
    skipped = False
    for digit, place in zip(f"{value:04d}", _PLACES, strict=True):
        if digit == "0":
            skipped = True
            continue
        if skipped and words:
            words += "零"
        words += _DIGITS[int(digit)] + place
        skipped = False
    return words


def amount_in_words(fen: int) -> str:
    """中文大写 of an amount in fen, 0 ≤ fen ≤ MAX_FEN: 140950 → 壹仟肆佰零玖元伍角.

    整 is added to whole yuan only; an amount that has 角 or 分 ends with them. Raises ValueError outside the range.
    """
    if not 0 <= fen <= MAX_FEN:
        raise ValueError(f"amount {fen} fen cannot be written in words: it must be between 0 and {MAX_FEN}")
    whole, cents = divmod(fen, 100)
    jiao, rest = divmod(cents, 10)
    words = ""
    for power in (2, 1, 0):
        group = whole // 10_000**power % 10_000
        if group:
            if words and (group < 1000 or words.endswith("零")):
                words = words.rstrip("零") + "零"
            words += _group(group) + _GROUPS[power]
        elif words and power:
            words += "零"  # an empty 万 group: kept only if something follows
    words = words.rstrip("零")
    if words:
        words += "元"
    if not cents:
        return (words or "零元") + "整"
    if jiao:
        words += _DIGITS[jiao] + "角"
    elif words:
        words += "零"
    return words + (_DIGITS[rest] + "分" if rest else "")


def amount_from_words(words: str) -> int:
    """Fen from 中文大写. Only the spelling `amount_in_words` would write is read; ValueError otherwise."""
    total = section = digit = 0
    for char in words.removesuffix("整"):
        if char in _VALUE:
            digit = _VALUE[char]
            continue
        if char in "拾佰仟":
            section += digit * {"拾": 10, "佰": 100, "仟": 1000}[char] * 100
        elif char in "万亿":
            total += (section + digit * 100) * {"万": 10_000, "亿": 100_000_000}[char]
            section = 0
        elif char == "元":
            total += section + digit * 100
            section = 0
        elif char in "角分":
            total += digit * {"角": 10, "分": 1}[char]
        else:
            raise ValueError(f"{words!r} is not an amount in words: {char!r} has no meaning here")
        digit = 0
    if not 0 <= total <= MAX_FEN or amount_in_words(total) != words:
        raise ValueError(f"{words!r} is not an amount in words as they are written on a letter")
    return total
