"""Spreadsheets of 100,000 rows and 20 columns: our export beside xlsxwriter, our reading of an import beside openpyxl.

Ours guards every cell against formulas on the way out, and on the way in unpacks the workbook within limits, notes its
formulas and errors and packs it anew before it is read; the peers do neither. What the reading library does without
any of that is printed too: it is the most that can be reached.
"""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import openpyxl
import python_calamine
import xlsxwriter

from bench.measure import Result, compare
from core.services.exports import As, Field, Listing, write_xlsx
from core.services.imports.reader import read_file

ROWS = 100_000
FIELDS = [
    *(Field(f"文字{n}") for n in range(8)),
    *(Field(f"金额{n}", As.MONEY) for n in range(4)),
    *(Field(f"数量{n}", As.NUMBER) for n in range(4)),
    *(Field(f"日期{n}", As.DATE) for n in range(4)),
]


def table() -> list[list[Any]]:
    """Rows as a list of tenants has them; the same each time."""
    day = date(2024, 1, 1)
    return [
        [
            *(f"上海青禾{row % 977:03d}智能科技有限公司{n}" for n in range(8)),
            *(row * 137 + n for n in range(4)),
            *(row + n for n in range(4)),
            *(day + timedelta(days=(row + n) % 900) for n in range(4)),
        ]
        for row in range(ROWS)
    ]


def by_xlsxwriter(rows: list[list[Any]]) -> bytes:
    """As its documentation shows it, in memory: a format for money and dates, each cell by its type."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        money, day = book.add_format({"num_format": "#,##0.00"}), book.add_format({"num_format": "yyyy-mm-dd"})
        for column, field in enumerate(FIELDS):
            sheet.write_string(0, column, field.header)
        for number, row in enumerate(rows, 1):
            for column, (value, field) in enumerate(zip(row, FIELDS, strict=True)):
                if field.form is As.TEXT:
                    sheet.write_string(number, column, value)
                elif field.form is As.MONEY:
                    sheet.write_number(number, column, value / 100, money)
                elif field.form is As.DATE:
                    sheet.write_datetime(number, column, value, day)
                else:
                    sheet.write_number(number, column, value)
    return out.getvalue()


def by_openpyxl(book: bytes) -> int:
    """Every value, as its documentation shows it for large files."""
    loaded = openpyxl.load_workbook(io.BytesIO(book), read_only=True)
    return sum(1 for sheet in loaded for _row in sheet.iter_rows(values_only=True))


def by_the_library_alone(book: bytes) -> int:
    """Every value, unguarded."""
    return sum(1 for _row in python_calamine.load_workbook(io.BytesIO(book)).get_sheet_by_index(0).iter_rows())


def by_us(book: bytes) -> int:
    return sum(1 for sheet in read_file(book, "rows.xlsx") for _row in sheet.rows)


def run() -> list[Result]:
    rows = table()
    book = write_xlsx([Listing("清单", FIELDS, rows)])
    assert by_us(book) == by_openpyxl(book) == ROWS + 1
    written = compare(
        {"ours": lambda: write_xlsx([Listing("清单", FIELDS, rows)]), "peer": lambda: by_xlsxwriter(rows)}, rounds=3
    )
    read = compare(
        {
            "ours": lambda: by_us(book),
            "library": lambda: by_the_library_alone(book),
            "peer": lambda: by_openpyxl(book),
        },
        rounds=3,
    )
    size = f"{ROWS:,} rows × {len(FIELDS)} columns, {len(book) / 1e6:.1f} MB"
    return [
        Result("write a workbook", written["ours"], written["peer"], "xlsxwriter", target=5, note=size),
        Result("read a workbook", read["ours"], read["peer"], "openpyxl", target=15, note=size),
        Result("the library alone, unguarded", read["library"], read["peer"], "openpyxl", note="for comparison"),
    ]
