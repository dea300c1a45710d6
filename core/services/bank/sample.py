"""A statement for trying out: what a bank would send if some tenants of a demonstration had paid their bills."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import xlsxwriter

HEADERS = ("交易日期", "借方发生额", "贷方发生额", "余额", "对方户名", "对方账号", "摘要", "附言", "交易流水号")


@dataclass(frozen=True, slots=True)
class Paid:
    """A bill that somebody paid: whose it is, its number and what it comes to."""

    tenant: str
    number: str
    fen: int


def statement(title: str, paid: Sequence[Paid], day: date) -> bytes:
    """XLSX as from a bank's site. Of the payers one names its bill, one is a person, one pays another sum; beside
    them stand interest and a payment that went out."""
    rows: list[tuple[int, str, str, str]] = []
    for place, it in enumerate(paid):
        names_bill, person, part = place % 3 == 1, place % 7 == 3, place % 7 == 5
        payer, remark = ("周明" if person else it.tenant), (it.number if names_bill else "房租")
        rows.append((it.fen // 2 if part else it.fen, payer, "转账", remark))
    rows += [(-86_350, "示例供电公司", "电费", ""), (1_247, "", "结息", "")]
    out, balance = io.BytesIO(), 50_000_000
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        page = book.add_worksheet("交易明细")
        figure, when = book.add_format({"num_format": "#,##0.00"}), book.add_format({"num_format": "yyyy-mm-dd"})
        page.set_column(0, len(HEADERS) - 1, 18)
        page.write_row(0, 0, ["户名", title, "", "账号", "****0018"])
        page.write_row(1, 0, ["币种", "人民币", "", "查询日期", day.isoformat()])
        page.write_row(3, 0, HEADERS)
        for place, (fen, payer, summary, remark) in enumerate(rows, start=1):
            balance += fen
            at = place + 3
            page.write_datetime(at, 0, day, when)
            page.write_number(at, 2 if fen > 0 else 1, abs(fen) / 100, figure)
            page.write_number(at, 3, balance / 100, figure)
            page.write_row(at, 4, [payer, f"6222****{1000 + place}" if payer else "", summary, remark])
            page.write_string(at, 8, f"{day:%Y%m%d}{place:06d}")
        page.write_row(len(rows) + 4, 0, ["合计", sum(-fen for fen, *_ in rows if fen < 0) / 100])
    return out.getvalue()
