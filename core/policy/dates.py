"""Calendar months and the one way this house adds months to a date.

Dates are plain `datetime.date` in Asia/Shanghai; nothing here knows what day it is today.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

MONTHS_IN_YEAR = 12


class Month(int):
    """One calendar month, written `YYYY-MM`; as a number, the months since year 0.

    Being an int it is compared, hashed and counted at the cost of one, and `month + 1` is the next month. It prints
    as `YYYY-MM` and goes into JSON only as that text.
    """

    __slots__ = ()

    @classmethod
    def of(cls, day: date) -> Month:
        """The month `day` lies in."""
        return cls(day.year * MONTHS_IN_YEAR + day.month - 1)

    @classmethod
    def parse(cls, text: str) -> Month:
        """`"2025-03"` to a month; ValueError for anything else."""
        if len(text) != 7 or text[4] != "-" or not (text[:4] + text[5:]).isascii():
            raise ValueError(text)
        year, month = text[:4], text[5:]
        if not (year.isdigit() and month.isdigit() and year >= "0001" and "01" <= month <= "12"):
            raise ValueError(text)
        return cls(int(year) * MONTHS_IN_YEAR + int(month) - 1)

    @property
    def first(self) -> date:
        """Its first day."""
        return _first_day(self)

    @property
    def last(self) -> date:
        """Its last day."""
        return _last_day(self)

    def __add__(self, months: int) -> Month:
        return Month(int(self) + months)

    def __str__(self) -> str:
        year, month = divmod(int(self), MONTHS_IN_YEAR)
        return f"{year:04d}-{month + 1:02d}"

    def __repr__(self) -> str:
        return f"Month({self})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


@lru_cache(maxsize=4096)
def _first_day(month: int) -> date:
    year, index = divmod(int(month), MONTHS_IN_YEAR)
    return date(year, index + 1, 1)


@lru_cache(maxsize=4096)
def _last_day(month: int) -> date:
    year, index = divmod(int(month), MONTHS_IN_YEAR)
    return date(year, index + 1, monthrange(year, index + 1)[1])


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """Every month from `first` to `last`, both included."""
    return map(Month, range(int(first), int(last) + 1))


def add_months(day: date, months: int) -> date:
    """The same day `months` (≥ 0) later; a day which that month lacks becomes its last (docs/plugins.md).

    Beyond the calendar's end the answer is its last day, so that a limit nobody can reach stays a limit.
    """
    year, index = divmod(day.year * MONTHS_IN_YEAR + day.month - 1 + months, MONTHS_IN_YEAR)
    if year > date.max.year:
        return date.max
    if day.day <= 28:  # every month has it; asking the calendar costs ten times as much
        return date(year, index + 1, day.day)
    return date(year, index + 1, min(day.day, monthrange(year, index + 1)[1]))
