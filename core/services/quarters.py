"""Quarters as people write them and as we keep them: `2026Q3`, which sorts and compares as it reads."""

from __future__ import annotations

import re
from datetime import date

_WRITTEN = re.compile(r"(\d{4})(?:年)?[-/. ]?(?:[Qq第]?([1-4一二三四])(?:季度?)?)", re.ASCII)
_CHINESE = {"一": "1", "二": "2", "三": "3", "四": "4"}


def quarter_of(day: date) -> str:
    """The quarter that a day lies in."""
    return f"{day.year:04d}Q{(day.month + 2) // 3}"


def parse_quarter(written: str) -> str | None:
    """`2026Q3` from 2026Q3, 2026-3, 2026年第3季度, 2026年三季度; None for anything else."""
    found = _WRITTEN.fullmatch(written.strip().replace(" ", ""))
    return f"{found[1]}Q{_CHINESE.get(found[2], found[2])}" if found else None


def quarters(first: str, last: str) -> list[str]:
    """All from one to another, both included; none where the first is after the last."""
    year, number, found = int(first[:4]), int(first[5]), []
    while (current := f"{year:04d}Q{number}") <= last:
        found.append(current)
        year, number = (year, number + 1) if number < 4 else (year + 1, 1)
    return found


def first_day(quarter: str) -> date:
    """The day a quarter begins."""
    return date(int(quarter[:4]), 3 * int(quarter[5]) - 2, 1)
