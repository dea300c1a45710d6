"""Rows as spreadsheets, each operator in its own manner: what real files have, ours have."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

import xlsxwriter

from core.services.imports import kinds
from core.services.imports.schema import Column
from core.services.imports.sheets import BY_KEY
from demo.rows import Rows


@dataclass(frozen=True, slots=True)
class Manner:
    """How somebody keeps tables. ``headers`` and ``titles`` replace ours by what they call it."""

    titles: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    banner: str = ""  # a merged title line above the header; the sheet's title is put after it
    ordinal: bool = False  # a column 序号
    totals: bool = False  # a line 合计 with formulas, and signatures
    stars: bool = False  # our template's headers, with its asterisks
    merged_names: bool = False  # the same company in a row is one merged cell, the header spans two lines
    date: Callable[[date], Any] = lambda day: day
    month: Callable[[str], Any] = lambda month: month
    money: Callable[[float], Any] = lambda yuan: yuan

    def header(self, column: Column) -> str:
        return self.headers.get(column.header, column.header) + (" *" if self.stars and column.required else "")

    def value(self, column: Column, value: Any) -> Any:
        if value is None or value == "":
            return None
        if column.kind is kinds.MONTH:
            return self.month(value)
        if isinstance(value, date):
            return self.date(value)
        return self.money(value) if column.kind is kinds.MONEY else value


class Book:
    """One workbook in one manner; the same bytes for the same rows."""

    def __init__(self, manner: Manner) -> None:
        self.manner = manner
        self.out = io.BytesIO()
        self.book = xlsxwriter.Workbook(
            self.out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self.book.set_properties({"title": "示例数据", "created": datetime(2026, 11, 6)})  # noqa: DTZ001  # a label
        self.bold = self.book.add_format(
            {"bold": True, "bg_color": "#DDE6F3", "border": 1, "align": "center", "valign": "vcenter"}
        )
        self.head = self.book.add_format({"bold": True, "font_size": 14, "align": "center"})
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd"})
        self.month = self.book.add_format({"num_format": 'yyyy"年"m"月"'})
        self.money = self.book.add_format({"num_format": "#,##0.00"})
        self.middle = self.book.add_format({"valign": "vcenter"})

    def finish(self) -> bytes:
        self.book.close()
        return self.out.getvalue()

    def sheet(self, key: str, rows: Rows, title: str | None = None) -> None:
        manner, sheet = self.manner, BY_KEY[key]
        # A column nobody filled in is not in the table.
        columns = [column for column in sheet.columns if any(row.get(column.key) not in (None, "") for row in rows)]
        title = title or manner.titles.get(sheet.title, sheet.title)
        page = self.book.add_worksheet(title)
        left = 1 if manner.ordinal else 0
        top = 0
        if manner.banner:
            page.merge_range(0, 0, 0, left + len(columns) - 1, f"{manner.banner}{title}", self.head)
            top = 1
        if manner.ordinal:
            page.write_string(top, 0, "序号", self.bold)
        for position, column in enumerate(columns, left):
            page.set_column(position, position, column.kind.width)
            if manner.merged_names:
                page.merge_range(top, position, top + 1, position, manner.header(column), self.bold)
            else:
                page.write_string(top, position, manner.header(column), self.bold)
        top += 2 if manner.merged_names else 1
        page.freeze_panes(top, left)
        for number, row in enumerate(rows):
            if manner.ordinal:
                page.write_number(top + number, 0, number + 1)
            for position, column in enumerate(columns, left):
                self._cell(page, top + number, position, column, row)
        if manner.merged_names and key == "rent":
            self._merge_names(page, top, left + columns.index(sheet.column("tenant")), rows)
        if manner.totals and rows:
            self._totals(page, top, len(rows), left, columns)

    def _cell(self, page: Any, row: int, position: int, column: Column, values: Mapping[str, Any]) -> None:
        value = self.manner.value(column, values.get(column.key))
        if value is None:
            return
        if isinstance(value, date):
            page.write_datetime(row, position, value, self.month if column.kind is kinds.MONTH else self.day)
        elif isinstance(value, str):
            page.write_string(row, position, value)
        else:
            page.write_number(row, position, value, self.money if column.kind is kinds.MONEY else None)

    def _merge_names(self, page: Any, top: int, position: int, rows: Rows) -> None:
        at = top
        for name, group in groupby(row["tenant"] for row in rows):
            count = len(list(group))
            if count > 1:
                page.merge_range(at, position, at + count - 1, position, name, self.middle)
            at += count

    def _totals(self, page: Any, top: int, count: int, left: int, columns: list[Column]) -> None:
        last = top + count
        page.write_string(last, 0, "合  计", self.bold)
        for position, column in enumerate(columns, left):
            if column.kind is kinds.MONEY:
                letter = xlsxwriter.utility.xl_col_to_name(position)
                page.write_formula(last, position, f"=SUM({letter}{top + 1}:{letter}{last})", self.money, 0)
        page.write_string(last + 2, 0, "制表人：示例")
        page.write_string(last + 2, 3, "审核：示例")


def as_csv(key: str, rows: Rows, manner: Manner) -> bytes:
    """GB18030, as Excel writes a CSV on a Chinese Windows."""
    sheet = BY_KEY[key]
    columns = [column for column in sheet.columns if any(row.get(column.key) not in (None, "") for row in rows)]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([manner.header(column) for column in columns])
    for row in rows:
        cells = [manner.value(column, row.get(column.key)) for column in columns]
        writer.writerow(["" if cell is None else f"{cell:.2f}" if isinstance(cell, float) else cell for cell in cells])
    return out.getvalue().encode("gb18030")


def _first_of(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


MANNERS: dict[str, Manner] = {
    # A state company: a banner over each table, ordinals, totals, signatures, real dates.
    "state-park": Manner(banner="示例国创科技园", ordinal=True, totals=True, month=_first_of),
    # A private company: its own words, everything typed as text.
    "private-maker": Manner(
        titles={
            "载体": "园区", "场地": "房源表", "企业": "企业名单", "创始人": "创业者", "入驻协议": "合同台账",
            "租金收款": "收款明细",
        },
        headers={
            "企业名称": "公司名称", "协议编号": "合同号", "月租金（元）": "每月租金", "起始日期": "起租日",
            "终止日期": "租赁到期日", "租金月份": "账期", "实收金额（元）": "金额", "收款日期": "到账日期",
            "付款方": "付款户名", "凭证号": "流水号", "场地编号": "房间号", "证件号码": "身份证号",
            "统一社会信用代码": "税号",
        },
        date=lambda day: f"{day.year}/{day.month}/{day.day}",
        month=lambda month: int(month.replace("-", "")),
        money=lambda yuan: f"¥{yuan:,.2f}",
    ),
    # A university: headers over two lines, the company's name merged over its rows, months in words.
    "university": Manner(merged_names=True, month=lambda month: f"{month[:4]}年{int(month[5:])}月"),
    # A foreign company: our template, filled in.
    "foreign": Manner(stars=True),
    # A large house with a system of its own: our columns, ordinals, everything as it should be.
    "harbour": Manner(ordinal=True),
    "authority": Manner(
        titles={"参保人员": "参保缴费明细"},
        headers={
            "企业名称": "单位名称", "参保月份": "费款所属期", "证件号码": "公民身份号码",
            "缴费单位代码": "社保缴费单位",
        },
        banner="示例区城镇职工社会保险",
        month=lambda month: month.replace("-", ""),
    ),
    "tenant": Manner(),
}  # fmt: skip
