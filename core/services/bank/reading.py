"""From a bank's file to the money that came in. Pure: no database.

A line is known again by its key: day, amount and payer, with the bank's number, or where there is none with remark,
running balance and its place among lines that are alike. Banks number by the day and by the batch, so a number alone is
not enough.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _

from core.services.bank.sheet import BANK, BankRecord
from core.services.identifiers import Text
from core.services.imports.context import name_key
from core.services.imports.parse import Table, parse, rows_of
from core.services.imports.problems import FileError, Level, Problems
from core.services.imports.template import build_template

_YUAN = re.compile(r"人民币.*|CNY|RMB|CN¥|156|0?01", re.IGNORECASE)
_RULES = (
    "最省事的做法是直接上传从网银下载的明细（XLSX 或 CSV），不必改列名，也不必删去上面的账户信息和下面的合计。",
    "没有网银文件时才用这份模板：第 2 行是示例，可以直接覆盖；原样留下的示例行不会导入。",
    "只有收入会导入；支出只计数，不保存。对方账号只保存末四位。",
    "同一份明细、或前后重叠的明细可以重复导入，每笔只会有一次。",
    "日期写 2026-03-01，金额以元为单位、最多两位小数。",
)


@dataclass(frozen=True, slots=True)
class Line:
    """Money that came in; ``row`` is its number in the file."""

    row: int
    received_on: date
    amount_fen: int
    payer_name: str | None
    payer_tail: str | None
    remark: str
    reference: str | None
    balance_fen: int | None
    key: str


@dataclass(slots=True)
class Reading:
    """``lines``: each once; ``repeated``: rows that say the same again; ``outgoing`` and ``empty`` are only counted."""

    filename: str
    sha256: str
    lines: list[Line]
    repeated: list[Line]
    outgoing: int
    empty: int
    problems: Problems

    @property
    def total_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)


def template() -> bytes:
    """The workbook for those whose bank gives no file."""
    return build_template([BANK], _RULES)


def read(data: bytes, filename: str, *, today: date) -> Reading:
    """Read a statement. Raises `FileError` for a file that is none; rows that cannot be read are listed problems."""
    parsed = parse(data, filename, today=today, sheets=[BANK])
    made = Reading(filename, parsed.sha256, [], [], 0, 0, parsed.problems)
    for table in parsed.tables:
        if not table.present & {"in_fen", "amount_fen"}:
            raise FileError(
                _("工作表“%(sheet)s”里没有收入金额的列。", sheet=table.title),
                _("列名应为“收入金额”“贷方发生额”或“交易金额”；请从网银重新下载明细，或改好列名再上传。"),
            )
    alike: Counter[tuple[object, ...]] = Counter()
    known: set[str] = set()
    for table, record in rows_of(parsed, BANK.key, BankRecord):
        came = _came_in(made, table, record, today)
        if came is None:
            continue
        line = _line(record, came, alike)
        (made.repeated if line.key in known else made.lines).append(line)
        known.add(line.key)
    return made


def _came_in(made: Reading, table: Table, record: BankRecord, today: date) -> int | None:
    """What came in by a row, in fen; None after counting it as something else or telling what is wrong with it."""
    moved = _moved(table, record)
    for key, message, remedy in _wrong(table, record, moved, today):
        made.problems.add(table.problem(record, key, message, remedy, Level.ERROR))
        return None
    if not moved:
        made.empty += 1
        return None
    if moved < 0:
        made.outgoing += 1
        if record.in_fen and record.in_fen < 0:
            message, remedy = _("收入是负数（冲正），没有导入。"), _("如果原来的那笔已经入账，请冲销那笔收款。")
            made.problems.add(table.problem(record, "in_fen", message, remedy, Level.NOTICE))
        return None
    return moved


def _moved(table: Table, record: BankRecord) -> int:
    """Fen that came in, or, below 0, that went out; 0: nothing was moved."""
    if record.in_fen:
        return record.in_fen
    if record.out_fen:
        return -abs(record.out_fen)
    if not record.amount_fen or "in_fen" in table.present:
        return 0
    if record.amount_fen > 0 and record.incoming is False:
        return -record.amount_fen
    return record.amount_fen


def _wrong(table: Table, record: BankRecord, moved: int, today: date) -> Iterator[tuple[str, Text, Text]]:
    if moved and record.currency and not _YUAN.fullmatch(record.currency):
        yield "currency", _("币种是“%(currency)s”，不是人民币。", currency=record.currency), _("外币收款请单独登记。")
    if record.in_fen and record.out_fen:
        yield "in_fen", _("同一行既有收入又有支出。"), _("请对照网银，只保留一个金额。")
    unsaid = record.incoming is None and "incoming" in table.present and "in_fen" not in table.present
    if unsaid and moved > 0:
        yield "incoming", _("看不出是收入还是支出。"), _("请在借贷标志列填写“贷”（收入）或“借”（支出）。")
    if moved > 0 and record.received_on > today:
        yield "received_on", _("日期在今天之后。"), _("请检查年份；还没有到账的不要导入。")


def _line(record: BankRecord, fen: int, alike: Counter[tuple[object, ...]]) -> Line:
    said = (record.summary, record.purpose, record.postscript)
    remark = " · ".join(dict.fromkeys(word for word in said if word))[:300]
    reference = record.reference or record.voucher
    what: tuple[object, ...] = (record.received_on.isoformat(), fen, name_key(record.payer_name or ""))
    if reference is not None:
        what = (*what, reference)
    else:
        what = (*what, name_key(remark), record.balance_fen)
        alike[what] += 1
        what = (*what, alike[what])
    key = hashlib.sha256(json.dumps(what, ensure_ascii=False).encode()).hexdigest()
    return Line(
        record.row, record.received_on, fen, record.payer_name, record.payer_tail, remark, reference,
        record.balance_fen, key,
    )  # fmt: skip
