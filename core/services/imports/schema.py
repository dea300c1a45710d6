"""The sheets we read, declared once: parser, template and docs are all made from this.

A header is matched without blanks, units in brackets, asterisks and case, against ``header`` and ``aliases``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from core.services.identifiers import Text
from core.services.imports.kinds import Kind
from core.services.imports.records import Record


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: they are declared once
class Column:
    """``key`` is the field of the sheet's record; ``example`` is what the template shows and reads back."""

    key: str
    header: str
    kind: Kind
    required: bool = False
    aliases: tuple[str, ...] = ()
    help: Text = ""
    example: str | int | float = ""
    # Personal data: never repeated in a message, masked in a preview.
    sensitive: bool = False

    @property
    def names(self) -> frozenset[str]:
        return frozenset(header_key(name) for name in (self.header, *self.aliases))


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """``natural_key``: the fields that say which row it is; the same row read twice is the same thing. None: rows
    may be alike."""

    key: str
    title: str
    record: type[Record]
    columns: tuple[Column, ...]
    natural_key: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    help: Text = ""
    least: int = 3  # columns of it that a worksheet of another name must have, to be taken for it

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(header_key(name) for name in (self.title, *self.aliases))

    @property
    def required(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.required)


def header_key(text: str) -> str:
    """What two spellings of a header have in common: ``月租金（元） *`` and ``月租金`` are one."""
    text = re.sub(r"[(\[【][^)\]】]*[)\]】]", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"[\s*:_/\-·、\u200b\ufeff]", "", text).casefold()


def match_headers(sheet: Sheet, headers: Iterable[str]) -> dict[int, Column]:
    """Which position holds which column; the first of two equal headers wins."""
    by_name = {name: column for column in sheet.columns for name in column.names}
    found: dict[int, Column] = {}
    for position, header in enumerate(headers):
        column = by_name.get(header_key(header)) if header else None
        if column is not None and column not in found.values():
            found[position] = column
    return found
