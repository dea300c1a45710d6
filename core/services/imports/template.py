"""The workbook a person downloads and fills in, made from the declaration of the sheets."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any

import xlsxwriter

from core.services.imports import kinds
from core.services.imports.records import Record
from core.services.imports.schema import Column, Sheet

_ROWS = 2_000  # rows below the header that get drop-downs and formats
HELP_TITLE = "填写说明"
_RULES = (
    "列名请勿改动，列的先后可以调整，不用的列可以删去；带 * 的列必填。",
    "第 2 行是示例，可以直接覆盖；原样留下的示例行不会导入。",
    "不知道的格子请留空：空表示“不知道”，不表示“否”或 0。再次导入时，空格子不会抹掉系统里已有的内容。",
    "日期写 2026-03-01，月份写 2026-03，金额以元为单位、最多两位小数。",
    "身份证号、信用代码、编号所在的列已设为文本格式；从别处复制时请用“选择性粘贴 → 数值”。",
    "请不要使用公式、合并金额单元格或打开密码。",
    "整份文件要么全部导入，要么一行也不导入；同一份文件可以重复导入，不会重复记账。",
)


@cache
def example_record(sheet: Sheet) -> Record:
    """The record of the template's example row; the parser leaves out a row equal to it."""
    values = {
        column.key: None if column.example == "" else column.kind.read(column.example) for column in sheet.columns
    }
    return sheet.record(row=0, **values)


def is_example(sheet: Sheet, record: Record) -> bool:
    example = example_record(sheet)
    # The key tells nearly all rows apart, without a copy of each.
    if any(getattr(record, key) != getattr(example, key) for key in sheet.natural_key):
        return False
    return replace(record, row=0) == example


def build_template(sheets: Sequence[Sheet], rules: Sequence[str] = _RULES) -> bytes:
    """XLSX: a help sheet, then each sheet with header notes, formats, drop-downs and one example row."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        # The same download every time, so that a cache and a test can compare it.
        book.set_properties({"title": "导入模板", "created": datetime(2026, 1, 1)})  # noqa: DTZ001  # a label, no instant
        _write_help(book, sheets, rules)
        for sheet in sheets:
            _write_sheet(book, sheet)
    return out.getvalue()


def _write_help(book: Any, sheets: Sequence[Sheet], rules: Sequence[str]) -> None:
    page = book.add_worksheet(HELP_TITLE)
    bold, wrap = (
        book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1}),
        book.add_format({"text_wrap": True, "valign": "top", "border": 1}),
    )
    plain = book.add_format({"text_wrap": True})
    page.set_column(0, 0, 12)
    page.set_column(1, 1, 22)
    page.set_column(2, 2, 8)
    page.set_column(3, 3, 26)
    page.set_column(4, 4, 70)
    row = 0
    for rule in rules:
        page.merge_range(row, 0, row, 4, f"{row + 1}. {rule}", plain)
        row += 1
    row += 1
    for position, header in enumerate(("工作表", "列名", "必填", "格式", "说明")):
        page.write_string(row, position, header, bold)
    for sheet in sheets:
        for column in sheet.columns:
            row += 1
            cells = (
                sheet.title,
                column.header,
                "是" if column.required else "",
                str(column.kind.title),
                explain(column),
            )
            for position, text in enumerate(cells):
                page.write_string(row, position, text, wrap)


def explain(column: Column) -> str:
    """Help and options of a column in one line."""
    parts = [str(column.help)]
    if column.kind.options:
        parts.append("可选：" + "、".join(column.kind.options) + "。")
    if column.example != "":
        parts.append(f"例如：{column.example}")
    return "".join(parts)


def _write_sheet(book: Any, sheet: Sheet) -> None:
    page = book.add_worksheet(sheet.title)
    page.freeze_panes(1, 1)
    must = book.add_format({"bold": True, "bg_color": "#D9E4F5", "border": 1})
    may = book.add_format({"bold": True, "bg_color": "#F2F2F2", "border": 1})
    for position, column in enumerate(sheet.columns):
        cell_format = book.add_format({"num_format": column.kind.number_format})
        example_format = book.add_format(
            {"num_format": column.kind.number_format, "italic": True, "font_color": "#7F7F7F"}
        )
        page.set_column(position, position, max(column.kind.width, 2 * len(column.header) + 4), cell_format)
        page.write_string(
            0, position, column.header + (" *" if column.required else ""), must if column.required else may
        )
        page.write_comment(0, position, f"{column.kind.title}\n{explain(column)}", {"x_scale": 2, "y_scale": 1.5})
        _write_example(page, position, column, example_format)
        _validate(page, position, column)


def _write_example(page: Any, position: int, column: Column, cell_format: Any) -> None:
    if column.example == "":
        return
    if column.kind is kinds.DATE:
        page.write_datetime(1, position, date.fromisoformat(str(column.example)), cell_format)
    elif isinstance(column.example, int | float):
        page.write_number(1, position, column.example, cell_format)
    else:
        page.write_string(1, position, column.example, cell_format)


def _validate(page: Any, position: int, column: Column) -> None:
    """Drop-downs and limits while typing. A warning, not a stop: the importer understands more spellings."""
    if column.kind.options:
        rule: dict[str, Any] = {"validate": "list", "source": list(column.kind.options)}
    elif column.kind is kinds.DATE:
        rule = {"validate": "date", "criteria": "between", "minimum": date(1949, 10, 1), "maximum": date(2100, 12, 31)}
    elif column.kind is kinds.MONEY:
        rule = {"validate": "decimal", "criteria": ">=", "value": 0}
    else:
        return
    rule |= {"error_type": "warning", "error_title": column.header[:32], "error_message": explain(column)[:255]}
    page.data_validation(1, position, _ROWS, position, rule)
