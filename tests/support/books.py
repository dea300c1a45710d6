"""Workbooks for the tests: what people send, made in memory."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import xlsxwriter

from core.services.imports.parse import Parsed, parse
from core.services.imports.problems import Level
from core.services.imports.schema import Sheet
from core.services.imports.sheets import BY_KEY

TODAY = date(2026, 11, 24)
USCC = "91310109MA1G5XY15Q"

# One good row of each sheet, by key of column.
GOOD: dict[str, dict[str, Any]] = {
    "sites": {"name": "甲园", "kind": "孵化器", "address": "某路 1 号", "region": "310109", "floor_area_cm2": 5000,
              "ownership": "自有"},
    "spaces": {"site": "甲园", "code": "A-1", "kind": "房间", "area_cm2": 30.5},
    "tenants": {"name": "甲公司", "uscc": USCC, "legal_form": "公司", "occupancy": "实体入驻",
                "occupied_from": date(2024, 9, 1), "incubator_from": date(2024, 9, 2)},
    "founders": {"tenant": "甲公司", "name": "苏喆", "legal_representative": "是"},
    "leases": {"number": "L-1", "tenant": "甲公司", "site": "甲园", "spaces": "A-1", "starts_on": date(2024, 9, 1),
               "monthly_rent_fen": 2800},
    "rent": {"tenant": "甲公司", "lease": "L-1", "month": "2025-03", "paid_fen": 2800.0, "voucher": "V1"},
    "insured": {"tenant": "甲公司", "name": "林玥", "id_number": "310109199505059996", "month": "2025-03",
                "employer_uscc": USCC, "filing_uscc": USCC, "household": "本区"},
    "indicators": {"tenant": "甲公司", "quarter": "2026年第3季度", "revenue_fen": 380000, "staff": 12, "ip_held": 0},
    "mentors": {"name": "顾远", "kind": "投资人", "organisation": "甲创投", "appointed_by": "主管部门",
                "appointed_on": date(2025, 1, 6), "areas": "软件、生物医药", "skills": "见天使投资人",
                "languages": "英语、中文", "stages": "孵化器、苗圃", "hours_per_month": 6, "capacity": 3,
                "phone": "13800000000"},
}  # fmt: skip


def workbook(fill: Callable[[Any], None]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.day = book.add_format({"num_format": "yyyy-mm-dd"})
        fill(book)
    return out.getvalue()


def put(page: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, date):
        page.write_datetime(row, column, value, page.day)
    elif isinstance(value, str):
        page.write_string(row, column, value)
    elif value is not None:
        page.write(row, column, value)


def table(rows: Sequence[Sequence[Any]], title: str = "表") -> bytes:
    """One sheet holding exactly these cells."""

    def fill(book: Any) -> None:
        page = book.add_worksheet(title)
        page.day = book.day
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                put(page, r, c, value)

    return workbook(fill)


def rows_for(key: str, *changes: dict[str, Any]) -> list[list[Any]]:
    """Header and one row for each change of the good row; None leaves a cell empty."""
    sheet = BY_KEY[key]
    used = dict.fromkeys([*GOOD[key], *(name for change in changes for name in change)])
    body = [[{**GOOD[key], **change}.get(name) for name in used] for change in changes or ({},)]
    return [[sheet.column(name).header for name in used], *body]


def read(key: str, *changes: dict[str, Any]) -> Parsed:
    return parse(table(rows_for(key, *changes), BY_KEY[key].title), "文件.xlsx", today=TODAY)


def values_of(parsed: Parsed, field: str) -> list[Any]:
    return [getattr(record, field) for table in parsed.tables for record in table.records]


def errors(parsed: Parsed) -> list[str]:
    return [str(problem) for problem in parsed.problems.listed if problem.level is Level.ERROR]


def notices(parsed: Parsed) -> list[str]:
    return [str(problem) for problem in parsed.problems.listed if problem.level is Level.NOTICE]


def header_row(sheet: Sheet) -> list[str]:
    return [column.header for column in sheet.columns]
