"""How real sheets are laid out: title lines above the header, merged headers, totals and signatures below the data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from core.services.imports.reader import RawSheet, Row
from core.services.imports.schema import Column, Sheet, header_key, match_headers
from core.services.imports.values import half_width

_HEADING_SEARCH = 20
_ORDINAL = {"序号", "编号", "no", "no.", "#"}
_HELP = re.compile(r"(填写|填表|使用)?说明|readme|目录|选项|字典", re.IGNORECASE)
_TOTAL = re.compile(
    r"(本页|本月|全年|年度)?(合计|总计|小计|累计|共计)(金额|人数|行)?[:：]?|(grand|sub)?total[:：]?"
    # of bank statements: 贷方笔数：12, 收入合计金额
    r"|(总|本页|本期|借方|贷方|收入|支出)+(合计|总计|总|笔数|金额|发生额|额)+[:：]?.{0,40}",
    re.IGNORECASE,
)
_FOOTER = re.compile(
    r"(制表|填表|审核|复核|负责人|单位负责人|经办|财务|备注|说明|注|打印日期|日期|盖章|签字)[人者日期章]*\s*[:：(（]"
)


@dataclass(slots=True)
class Heading:
    """The header line of a worksheet and what follows it. ``row`` counts from 0."""

    sheet: Sheet
    row: int
    columns: dict[int, Column]
    texts: list[str]
    rows: Iterator[tuple[int, Row]]

    def is_repeated(self, row: Row) -> bool:
        """The header again, as on every printed page."""
        return len(row) >= len(self.texts) and all(row[at] == self.texts[at] for at in self.columns)

    @property
    def unknown(self) -> list[str]:
        """Headers that are no column of ours, ordinals aside."""
        return [
            text
            for position, text in enumerate(self.texts)
            if text and position not in self.columns and header_key(text) not in _ORDINAL
        ]


def find_heading(raw: RawSheet, sheets: Sequence[Sheet]) -> Heading | None:
    """The kind of a worksheet and its header line, or None.

    The name of the worksheet decides if its header fits at all; else the header does: the sheet most of whose required
    columns it has. Where several lines fit equally (a header merged over two lines) the last of them is the header.
    """
    numbered = enumerate(raw.rows)
    first: list[tuple[int, Row]] = []
    for index, row in numbered:
        first.append((index, row))
        if len(first) == _HEADING_SEARCH:
            break
    best: tuple[tuple[bool, float, int], int, Sheet, dict[int, Column]] | None = None
    for index, row in first:
        texts = _header_texts(raw, first, index, row)
        for sheet in sheets:
            columns = match_headers(sheet, texts)
            share = sum(column.required for column in columns.values()) / len(sheet.required)
            named = header_key(raw.name) in sheet.names and len(columns) >= 2
            if not named and (share < 0.6 or len(columns) < sheet.least):
                continue
            score = (named, share, len(columns))
            if best is None or score > best[0] or (score == best[0] and sheet is best[2] and index == best[1] + 1):
                best = (score, index, sheet, columns)
    if best is None:
        return None
    _score, at, sheet, columns = best
    texts = _header_texts(raw, first, at, first[at][1])
    return Heading(sheet, at, columns, texts, chain(first[at + 1 :], numbered))


def _header_texts(raw: RawSheet, first: list[tuple[int, Row]], index: int, row: Row) -> list[str]:
    texts = []
    for position, cell in enumerate(row):
        if cell is None and (index, position) in raw.merged:
            top = first[raw.merged[index, position]][1]
            cell = top[position] if position < len(top) else None
        texts.append(" ".join(cell.split()) if isinstance(cell, str) else "")
    return texts


def is_help_sheet(name: str) -> bool:
    return bool(_HELP.fullmatch(half_width(name)))


def is_total(row: Row) -> bool:
    """The first filled cell says 合计, 总计, 小计 …, however spaced."""
    return bool(_TOTAL.fullmatch(_first_text(row)))


def is_footer(row: Row, after_total: bool) -> bool:
    """A line of signatures or remarks: a word and a colon first; below the totals also any line of one cell."""
    filled = sum(cell is not None for cell in row)
    if after_total and filled == 1:
        return True
    return filled <= max(1, len(row) // 2) and bool(_FOOTER.match(_first_text(row)))


def _first_text(row: Row) -> str:
    first = next((cell for cell in row if cell is not None), None)
    return re.sub(r"\s", "", half_width(first)) if isinstance(first, str) else ""
