"""What a list can be narrowed by. Each filter reads its own part of the query string, and says what it cannot read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal, NamedTuple, Protocol

TYPED = 40  # characters of what was typed that are shown again
_BLANKS = re.compile(r"[\s,_\u00a5\u5143]+")  # once in NFKC: thousands, and the sign or word of the currency


class Said(NamedTuple):
    """One parameter of the query string: its value as queries take it, or, where it is not `read`, as it was typed."""

    key: str
    value: str
    read: bool = True


class Narrowing(Protocol):
    """Any of the filters below. `more`: kept folded until it is used."""

    @property
    def key(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def more(self) -> bool: ...
    @property
    def keys(self) -> tuple[str, ...]: ...
    def read(self, args: Mapping[str, str]) -> Iterator[Said]: ...


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice of one among options; up to seven are shown as chips, more (or names, `listed`) as a select."""

    key: str
    label: str
    options: Sequence[Option]
    none: str = ""  # the words of no choice, where they are not "all"
    listed: bool = False
    more: bool = False

    @property
    def form(self) -> str:
        return "chips" if self.as_chips else "select"

    @property
    def as_chips(self) -> bool:
        return len(self.options) <= 7 and not self.listed

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.key,)

    def read(self, args: Mapping[str, str]) -> Iterator[Said]:
        """An option that is not there (any more) is no choice: an old address still opens the list."""
        if args.get(self.key) in {option.value for option in self.options}:
            yield Said(self.key, args[self.key])


@dataclass(frozen=True, slots=True)
class Range:
    """From … to, both ends included and either left open: `amount_from=1000&amount_to=2000.50`, in 元, or days.

    Queries get `1000.00` and `2026-03-01`. What cannot be read narrows nothing, and the list says so at its field.
    """

    key: str
    label: str
    kind: Literal["money", "date"]
    more: bool = False

    form = "range"

    @property
    def keys(self) -> tuple[str, ...]:
        return f"{self.key}_from", f"{self.key}_to"

    def read(self, args: Mapping[str, str]) -> Iterator[Said]:
        for key in self.keys:
            typed = args.get(key, "").strip()
            if typed:
                value = _yuan(typed) if self.kind == "money" else _day(typed)
                yield Said(key, typed[:TYPED], read=False) if value is None else Said(key, value)


@dataclass(frozen=True, slots=True)
class Held:
    """What was asked for in another form and is kept here as `pattern`; `said` is shown for it, and a way to drop it.
    For what must not be typed into an address: a person's number, of which the address has a keyed hash."""

    key: str
    label: str
    said: str
    pattern: str
    more: bool = False

    form = "held"

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.key,)

    def read(self, args: Mapping[str, str]) -> Iterator[Said]:
        value = args.get(self.key, "")
        if re.fullmatch(self.pattern, value):
            yield Said(self.key, value)


def _yuan(typed: str) -> str | None:
    """元 to the 分, without a sign; None for anything else."""
    plain = _BLANKS.sub("", unicodedata.normalize("NFKC", typed))
    if not re.fullmatch(r"\d{1,13}(\.\d{1,2})?", plain, re.ASCII):
        return None
    try:
        return f"{Decimal(plain):.2f}"
    except InvalidOperation:
        return None


def _day(typed: str) -> str | None:
    try:
        return date.fromisoformat(typed).isoformat()
    except ValueError:
        return None
