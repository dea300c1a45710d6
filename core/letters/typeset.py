"""What stands where and in which words: the plain values a letter template sees, and the filters it may call.

Lengths are in points (GB/T 9704-2012 gives millimetres and character sizes; 1 pt is 1/72 inch).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any
from unicodedata import east_asian_width
from urllib.parse import urlsplit

from core.letters.context import Issuer, LetterContext
from core.letters.money import amount_in_words, yuan
from core.letters.titles import title_lines

_HEAD_WIDTH_PT = 430.0
_TEXT_WIDTH_PT = 442.2
_PITCH_PT = 15.79
_MM = 72 / 25.4


def day(value: date) -> str:
    """2026-03-05 → 2026年3月5日: 月日不编虚位 (GB/T 9704-2012, 7.3.5.5)."""
    return f"{value.year}年{value.month}月{value.day}日"


def digest16(digest: str) -> str:
    """The first 16 hexadecimal digits of a digest, as printed."""
    return digest.removeprefix("sha256:")[:16]


def rule(document: str) -> str:
    """How a rule is cited: by its document number (the one with 〔year〕), else by its name in 《》."""
    return document if "〔" in document else f"《{document}》"


def article(text: str) -> str:
    """第二条 follows the rule's name as it is; a heading stands in brackets."""
    return text if not text or text.startswith("第") else f"（{text}）"


def host(url: str) -> str:
    """What to type into a browser: the address without scheme, query and trailing slash."""
    parts = urlsplit(url)
    return (parts.netloc + parts.path).rstrip("/")


def _points(**lengths: float) -> dict[str, str]:
    """Lengths as the template writes them into a style."""
    return {name: f"{value:.2f}" for name, value in lengths.items()}


def _head(issuer: Issuer) -> dict[str, str]:
    """The issuer's name at the head, in points: as large as fits, wide if short; where the rule and the text begin.

    GB/T 9704-2012, 10.1 (信函格式): the name begins 7 mm above the 版心, the red double line stands 4 mm below it, the
    number ⅞ of a character (14 pt) below that. An operator's letterhead is smaller and has its own, black, rule.
    """
    length = max(len(issuer.name), 1)
    size = min(40.0 if issuer.authority else 28.0, _HEAD_WIDTH_PT / length)
    spacing = min(max(0.0, (_HEAD_WIDTH_PT * 0.86 - size * length) / length), size * 0.3)
    rule = size - 3 * _MM if issuer.authority else size - 2 * _MM
    # Half of the leading of the number's line (28.99 − 16 pt) is already white.
    height = rule + (3.6 + 14 - 6.5 if issuer.authority else 0)
    return _points(size=size, spacing=spacing, rule=rule, height=height)


def iso_day(value: str) -> str:
    """2026-03-05 as text → 2026年3月5日."""
    return day(date.fromisoformat(value))


FILTERS = {
    "iso_day": iso_day,
    "yuan": yuan,
    "words": amount_in_words,
    "day": day,
    "digest16": digest16,
    "rule": rule,
    "article": article,
    "host": host,
}
"""What a template may call, beside Jinja's own filters."""


def _width(text: str) -> float:
    """Width in points of a line of the text: 15.79 pt for a Chinese character, half a pitch for a digit or letter."""
    return sum(_PITCH_PT if east_asian_width(c) in "WF" else _PITCH_PT - 8 for c in text)


def _seal(issuer: str, on: date) -> dict[str, str]:
    """Where 署名 and 成文日期 stand, in points: the date four characters from the right, the name centred above it.

    GB/T 9704-2012, 7.3.5.1. A long name pushes both to the left so that it stays on the page.
    """
    width = max(82 * _MM, _width(issuer) + 24)
    centre = 4 * _PITCH_PT + _width(day(on)) / 2
    right = max(0.0, centre - width / 2)
    left = max(_TEXT_WIDTH_PT - width - right - 6, 150.0)
    return _points(width=width, right=right, left=left)


def values(context: LetterContext) -> dict[str, Any]:
    """The plain values a template sees: the fields of the context and a few that are computed from them."""
    plain = asdict(context)
    failed = context.failed_checks
    return plain | {
        "head": _head(context.issuer),
        "seal": _seal(context.issuer.name, context.issued_on),
        "title_lines": title_lines(context.title, (context.payee_name, context.policy_title)),
        "annex_lines": title_lines(f"{context.policy_title}核定凭据清单", (context.policy_title,)),
        "failed": [asdict(check) for check in failed],
        "passed_count": len(context.checks) - len(failed),
    }


def paper_values(content: Mapping[str, Any], digest: str) -> dict[str, Any]:
    """The plain values that the template of a paper of the procedure sees: its content and where things stand."""
    issuer = Issuer(content["issuer"], content["mark"], authority=content["authority"])
    return {
        **content,
        "digest": digest,
        "head": _head(issuer),
        "seal": _seal(issuer.name, date.fromisoformat(content["issued_on"])),
    }
