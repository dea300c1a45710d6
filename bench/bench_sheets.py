"""Spreadsheets of 100,000 rows and 20 columns: our export beside xlsxwriter, our import's reader beside openpyxl.

The export is `core.services.exports.write_xlsx`, guards against formulas and forms of money and dates included, as a
list is exported; the peer writes the same cells, ready made, in its fast mode (`constant_memory`), as its manual
advises for large files. The reader is `core.services.imports.reader.read_file`, with what it looks for beside the
values (formulas, errors, merged cells, the container's bounds); the peer is openpyxl's `read_only` mode. Each reads the
file that the peer wrote, to the last cell.
"""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import openpyxl
import xlsxwriter

from bench.measure import Result, compare
from core.services.exports import As, Field, Listing, write_xlsx
from core.services.imports.reader import read_file

ROWS, COLUMNS = 100_000, 20
KINDS = (As.TEXT, As.TEXT, As.NUMBER, As.MONEY, As.DATE)
WORDS = (
    "上海青禾智造科技有限公司",
    "软件和信息技术服务业",
    "=1+1",
    "孵化器",
    "91310109MA1G5XY15Q",
    "示例路 12 号",
    "林一诺",
)


def rows(count: int = ROWS) -> list[list[Any]]:
    """Texts (one of seven like a formula), numbers, money in fen and dates."""
    made: list[list[Any]] = []
    for n in range(count):
        row: list[Any] = []
        for column in range(COLUMNS):
            kind = KINDS[column % len(KINDS)]
            if kind is As.TEXT:
                row.append(f"{WORDS[(n + column) % len(WORDS)]}{n}")
            elif kind is As.DATE:
                row.append(date(2020 + n % 6, 1 + n % 12, 1 + column))
            else:
                row.append(n * 7 + column)
        made.append(row)
    return made


def ours(made: list[list[Any]]) -> bytes:
    fields = [Field(f"列{n}", KINDS[n % len(KINDS)]) for n in range(COLUMNS)]
    return write_xlsx([Listing("清单", fields, made)])


def peer(made: list[list[Any]]) -> bytes:
    """The same sheet as xlsxwriter's manual shows it."""
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet("清单")
        money = book.add_format({"num_format": "#,##0.00"})
        sheet.write_row(0, 0, [f"列{n}" for n in range(COLUMNS)])
        for number, row in enumerate(made, 1):
            for column, value in enumerate(row):
                if KINDS[column % len(KINDS)] is As.MONEY:
                    sheet.write_number(number, column, value / 100, money)
                else:
                    sheet.write(number, column, value)
    return out.getvalue()


def read_ours(data: bytes) -> int:
    (sheet,) = read_file(data, "a.xlsx")
    return sum(len(row) for row in sheet.rows)


def read_peer(data: bytes) -> int:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    count = sum(len(row) for row in book.worksheets[0].iter_rows(values_only=True))
    book.close()
    return count


def check(made: list[list[Any]]) -> None:
    """Both write the same cells, and both read them."""
    few = made[:50]
    tables = [
        [list(row) for row in openpyxl.load_workbook(io.BytesIO(write(few))).worksheets[0].values]
        for write in (ours, peer)
    ]
    guarded = [[f"'{cell}" if str(cell).startswith("=") else cell for cell in row] for row in tables[1]]
    assert tables[0] == guarded
    assert read_ours(peer(few)) == read_peer(peer(few)) == 51 * COLUMNS


def run() -> list[Result]:
    made = rows()
    check(made)
    written = compare({"ours": lambda: ours(made), "peer": lambda: peer(made)}, rounds=3)
    data = peer(made)
    read = compare({"ours": lambda: read_ours(data), "peer": lambda: read_peer(data)}, rounds=2)
    size = f"{ROWS:,} × {COLUMNS}"
    return [
        Result(f"export {size} as XLSX", written["ours"], written["peer"], "xlsxwriter", 5, "ours guards each text"),
        Result(f"read {size} for an import", read["ours"], read["peer"], "openpyxl", 15),
    ]
