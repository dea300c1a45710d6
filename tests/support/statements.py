"""Files of a bank, as text."""

from __future__ import annotations

import csv
import io
from datetime import date

import core

HEAD = ("交易日期", "贷方发生额", "借方发生额", "对方户名", "对方账号", "附言", "流水号")


def file(*rows: tuple[str, ...], day: date | None = None) -> bytes:
    """A statement: each row is (in, payer, remark, number), on one day."""
    out = io.StringIO()
    book = csv.writer(out)
    book.writerow(("账号：1001", "户名：示例园"))
    book.writerow(HEAD)
    on = (day or core.today().date()).isoformat()
    for fen, payer, remark, number in rows:
        book.writerow((on, fen, "", payer, "6222020200112233", remark, number))
    book.writerow((on, "", "12.00", "某银行", "", "手续费", "Z9"))
    return out.getvalue().encode("gb18030")
