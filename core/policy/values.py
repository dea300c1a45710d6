"""The kinds of value a case file holds: each `read_…` reads one JSON value, or raises Wrong with the reason.

Nothing is guessed: a number is not a truth value, a decimal is not money, a date has one spelling. A `Kind` can also
read a whole column of rows at once, where every value is plainly right.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache, partial
from typing import Any, NamedTuple

from core.policy.dates import Month

LARGEST = 10**13
"""No amount or count in a case is larger (a hundred billion yuan): sums stay exact in any JSON reader (RFC 7493)."""

DEEPEST = 32
"""How deep the free part of a case, `answers`, may be nested."""


class Wrong(Exception):
    """A value that does not fit; `at` is the part of its path known so far."""

    def __init__(self, message: str, at: str = "") -> None:
        super().__init__(message)
        self.at = at


def shown(value: object) -> str:
    """A value as a person would recognise it in a message: JSON spelling, cut short, never a whole structure."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and abs(value) > LARGEST:
        return "a number of that size"  # Python refuses to print more than 4,300 digits
    text = ascii(value) if isinstance(value, str) and not is_encodable(value) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def shown_key(key: object) -> str:
    """A field name as part of a path."""
    return shown(key).strip("'\"")


def is_encodable(text: str) -> bool:
    """Whether it is whole Unicode text: no half of a surrogate pair, which no file or letter can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_text(value: object) -> str:
    if type(value) is not str:
        raise Wrong(f"must be text, not {shown(value)}")
    if not (value.isascii() or is_encodable(value)):
        raise Wrong("contains half of a character (a lone surrogate); write the whole character")
    return value


def read_flag(value: object) -> bool:
    if value is True or value is False:
        return value
    raise Wrong(f"must be true, false or null, not {shown(value)}")


def read_count(value: object) -> int:
    if type(value) is not int:
        raise Wrong(f"must be a whole number, not {shown(value)}")
    if value < 0:
        raise Wrong("must not be negative")
    if value > LARGEST:
        raise Wrong(f"must not be larger than {LARGEST}; check the unit (money is in fen)")
    return value


def read_day(value: object) -> date:
    if type(value) is str and len(value) == 10 and value[4] == value[7] == "-":
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise Wrong(f"must be a date such as 2026-03-10, not {shown(value)}")


_parse_month = lru_cache(maxsize=4096)(Month.parse)


def read_month(value: object) -> Month:
    if type(value) is str:
        try:
            return _parse_month(value)
        except ValueError:
            pass
    raise Wrong(f"must be a month such as 2026-03, not {shown(value)}")


def read_one_of(allowed: frozenset[str], value: object) -> str:
    if type(value) is str and value in allowed:
        return value
    raise Wrong(f"must be one of {', '.join(sorted(allowed))}, not {shown(value)}")


def read_list(read: Callable[[object], Any], value: object) -> tuple[Any, ...]:
    if type(value) is not list:
        raise Wrong(f"must be a list, not {shown(value)}")
    items = []
    for index, item in enumerate(value):
        try:
            items.append(read(item))
        except Wrong as wrong:
            raise Wrong(str(wrong), f"[{index}]{wrong.at}") from None
    return tuple(items)


def _free(value: object, depth: int = 0) -> Any:
    """A JSON value of any shape, short of what canonical JSON cannot carry exactly."""
    if value is None or type(value) is bool:
        return value
    if type(value) is str:
        return read_text(value)
    if type(value) is int and abs(value) <= LARGEST:
        return value
    if depth > DEEPEST:
        raise Wrong(f"is nested deeper than {DEEPEST} levels")
    if type(value) is list:
        return list(read_list(lambda item: _free(item, depth + 1), value))
    if type(value) is dict:
        read = {}
        for key, item in value.items():
            try:
                read[read_text(key)] = _free(item, depth + 1)
            except Wrong as wrong:
                raise Wrong(str(wrong), f".{shown_key(key)}{wrong.at}") from None
        return read
    raise Wrong(f"must be text, a whole number up to {LARGEST}, true, false, null, a list or an object")


def read_answers(value: object) -> dict[str, Any]:
    if type(value) is not dict:
        raise Wrong(f"must be an object, not {shown(value)}")
    read: dict[str, Any] = _free(value)
    return read


# ── kinds ───────────────────────────────────────────────────────────────────────────────────────────────────────────

Column = tuple[Any, ...]


class Kind(NamedTuple):
    """`read` takes one value. `read_column` takes a column and gives it read, or None to have it read one by one."""

    read: Callable[[object], Any]
    read_column: Callable[[Column], Column | None] = lambda column: None


def _text_column(column: Column) -> Column | None:
    return column if set(map(type, column)) == {str} and "".join(column).isascii() else None


def _flag_column(column: Column) -> Column | None:
    return column if set(map(type, column)) == {bool} else None


def _count_column(column: Column) -> Column | None:
    plain = set(map(type, column)) == {int} and min(column) >= 0 and max(column) <= LARGEST
    return column if plain else None


def _month_column(column: Column) -> Column | None:
    if set(map(type, column)) != {str}:
        return None
    try:
        months = {text: _parse_month(text) for text in set(column)}
    except ValueError:
        return None
    return tuple(map(months.__getitem__, column))


def one_of(*allowed: str) -> Kind:
    """One text of a closed list."""
    known = frozenset(allowed)
    return Kind(partial(read_one_of, known), lambda column: column if known.issuperset(column) else None)


def list_of(kind: Kind) -> Kind:
    return Kind(partial(read_list, kind.read))


TEXT = Kind(read_text, _text_column)
FLAG = Kind(read_flag, _flag_column)
COUNT = Kind(read_count, _count_column)
MONTH = Kind(read_month, _month_column)
DAY = Kind(read_day)
