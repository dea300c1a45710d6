"""Statements as banks write them, and each thing that can be wrong with one."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.services.bank import reading
from core.services.bank.reading import Reading
from core.services.imports.problems import FileError
from tests.support.books import table

TODAY = date(2026, 12, 20)


def read(data: bytes, name: str = "明细.xlsx") -> Reading:
    return reading.read(data, name, today=TODAY)


def text(rows: list[list[str]], encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def seen(found: Reading) -> list[tuple[Any, ...]]:
    return [(it.received_on.isoformat(), it.amount_fen, it.payer_name, it.payer_tail, it.remark, it.reference)
            for it in found.lines]  # fmt: skip


ICBC = [
    ["账户明细"],
    ["账号：1001****0001", "", "", "户名：示例园运营有限公司"],
    ["起始日期：2026-12-01", "", "", "截止日期：2026-12-31"],
    ["凭证号", "对方账号", "交易时间", "借/贷", "借方发生额", "贷方发生额", "摘要", "用途", "对方单位名称", "余额"],
    ["000000017", "6222020200112233", "2026-12-05 10:11:12", "贷", "", "3,100.00", "转账", "ZD202612-00001", "青禾公司",
     "103,100.00"],
    ["000000018", "6222020200119999", "2026-12-05 10:30:00", "借", "250.00", "", "电费", "", "供电公司", "102,850.00"],
    ["000000019", "", "2026-12-21 08:00:00", "贷", "", "1.00", "转账", "", "以后公司", "1.00"],
    ["合计", "", "", "", "250.00", "3,101.00", "", "", "", ""],
    ["贷方笔数：2", "", "", "", "", "", "", "", "", ""],
]  # fmt: skip
CCB = [
    ["账号", "账户名称", "交易时间", "借方发生额（支取）", "贷方发生额（收入）", "余额", "币种", "对方户名", "对方账号",
     "记账日期", "摘要", "备注", "账户明细编号-交易流水号", "凭证号"],
    ["3100", "示例园", "20261205 14:02:33", "0.00", "3100.00", "5000.00", "人民币元", "青禾公司",
     "31050188000011112222", "20261205", "转账存入", "房租", "77-N000099", "1"],
    ["3100", "示例园", "20261206 14:02:33", "0.00", "20.00", "5020.00", "美元", "外商公司", "1", "20261206", "转账", "",
     "78-N000100", "1"],
]  # fmt: skip
BOC = [
    ["交易类型[ Transaction Type ]", "付款人账号[ Debit Account No. ]", "付款人名称[ Payer's Name ]",
     "交易日期[ Transaction Date ]", "交易货币[ Trade Currency ]", "交易金额[ Trade Amount ]",
     "交易流水号", "交易附言"],
    ["来账", "4300111122223333", "青禾公司", "20261205", "CNY", "3,100.00", "B1", "房租"],
    ["往账", "4300000000000000", "示例园", "20261205", "CNY", "-80.00", "B2", "手续费"],
]  # fmt: skip
SIGNED = [
    ["日期", "交易金额", "对方名称", "附言"],
    ["2026年12月5日", "+3100", "青禾公司", "房租"],
    ["2026/12/5", "-80", "供电公司", ""],
    ["2026.12.6", "¥ 1,200.50", "青禾公司", ""],
]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_bank_files_in_each_encoding(encoding: str) -> None:
    found = read(text(ICBC, encoding), "工行.csv")
    assert seen(found) == [
        ("2026-12-05", 310_000, "青禾公司", "2233", "转账 · ZD202612-00001", "000000017"),
    ]
    assert (found.outgoing, found.empty, found.problems.errors) == (1, 0, 1)
    assert "日期在今天之后" in str(found.problems.listed_errors[0])
    assert found.problems.listed_errors[0].row == 7


def test_other_banks() -> None:
    ccb = read(text(CCB), "建行.csv")
    assert seen(ccb) == [("2026-12-05", 310_000, "青禾公司", "2222", "转账存入 · 房租", "77-N000099")]
    assert "不是人民币" in str(ccb.problems.listed_errors[0])
    boc = read(text(BOC), "中行.csv")
    assert seen(boc) == [("2026-12-05", 310_000, "青禾公司", "3333", "房租", "B1")]
    assert boc.outgoing == 1
    signed = read(text(SIGNED), "其他.csv")
    assert [(it.received_on.day, it.amount_fen) for it in signed.lines] == [(5, 310_000), (6, 120_050)]


def test_a_workbook_with_numbers_and_days() -> None:
    rows: list[list[Any]] = [
        ["某银行交易明细"], [None],
        ["交易日期", "收入", "支出", "余额", "对方户名", "摘要", "流水号"],
        [date(2026, 12, 5), 3100.0, None, 3100.0, "青禾公司", "房租", "00017"],
        [datetime(2026, 12, 5, 11, 30), None, 20, 3080.0, "某行", "手续费", "00018"],  # noqa: DTZ001  as in a cell
        ["2026-12-06", -5, None, 3075.0, "青禾公司", "冲正", "00019"],
        ["2026-12-06", None, None, 3075.0, None, "承前页", None],
        ["12月6日", 7, None, 1, "青禾公司", "", "00020"],
        ["2026-12-07", "一百元", None, 1, "青禾公司", "", "00021"],
        ["2026-12-07", 1, 2, 1, "青禾公司", "", "00022"],
        ["2026-12-07", 12345678901234567, None, 1, "青禾公司", "", "00023"],
        ["2026-12-07", 9, None, 1, "青禾公司", "", 1234567890123456789],
    ]  # fmt: skip
    found = read(table(rows))
    assert seen(found) == [("2026-12-05", 310_000, "青禾公司", None, "房租", "00017")]
    assert (found.outgoing, found.empty) == (2, 1)
    assert sorted((it.row, it.column) for it in found.problems.listed_errors) == [
        (8, "A"), (9, "B"), (10, "B"), (11, "B"), (12, "G"),
    ]  # fmt: skip
    assert all(it.remedy for it in found.problems.listed_errors)
    assert any("冲正" in str(it) for it in found.problems.listed_notices)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "文件是空的"),
        (b"%PDF-1.7", "PDF"),
        (text([["姓名", "电话", "邮箱"], ["周", "1", "2"]]), "没有找到可以导入的工作表"),
        (text([["交易日期", "余额", "摘要"], ["2026-12-01", "1", "利息"]]), "没有收入金额的列"),
    ],
)  # fmt: skip
def test_files_that_are_none_are_told_in_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(FileError, match=sentence):
        read(data, "明细.csv")


def test_the_direction_must_be_said_where_there_is_one_column() -> None:
    rows = [["交易日期", "借贷标志", "交易金额", "对方户名"], ["2026-12-01", "？", "5", "甲"],
            ["2026-12-01", "C", "6", "甲"], ["2026-12-01", "D", "7", "甲"]]  # fmt: skip
    found = read(text(rows), "明细.csv")
    assert ([it.amount_fen for it in found.lines], found.outgoing) == ([600], 1)
    assert "看不出是收入还是支出" in str(found.problems.listed_errors[0])


def test_the_template_is_read_and_its_example_is_left_out() -> None:
    found = read(reading.template(), "模板.xlsx")
    assert (found.lines, found.problems.errors) == ([], 0)


def test_the_same_number_with_another_day_sum_or_payer_is_another_line() -> None:
    head = ["交易日期", "收入金额", "对方户名", "流水号"]
    rows = [["2026-12-01", "5", "甲", "17"], ["2026-12-01", "5", "甲", "17"], ["2026-12-02", "5", "甲", "17"],
            ["2026-12-01", "6", "甲", "17"], ["2026-12-01", "5", "乙", "17"]]  # fmt: skip
    found = read(text([head, *rows]), "明细.csv")
    assert ([it.row for it in found.lines], [it.row for it in found.repeated]) == ([2, 4, 5, 6], [3])


moves = st.tuples(
    st.integers(0, 3), st.sampled_from([100, 200]), st.sampled_from(["甲", "乙"]), st.sampled_from(["", "房租"])
)


@given(
    moved=st.lists(moves, max_size=12),
    windows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=5),
    numbered=st.booleans(),
    newest_first=st.booleans(),
)
def test_overlapping_windows_give_each_line_once(
    moved: list[tuple[int, int, str, str]], windows: list[tuple[int, int, int]], numbered: bool, newest_first: bool
) -> None:
    """Windows of whole days, the last of which may not be over: what they bring together is each line once."""
    moved = sorted(moved, key=lambda it: it[0])
    head = ["交易日期", "收入金额", "对方户名", "摘要", "流水号"]
    rows = [
        [f"2026-12-{1 + day:02}", str(fen / 100), payer, remark, f"N{at}" if numbered else ""]
        for at, (day, fen, payer, remark) in enumerate(moved)
    ]
    kept: set[str] = set()
    covered: set[int] = set()
    for first, last, cut in windows:
        inside = [at for at, it in enumerate(moved) if first <= it[0] <= last]
        on_last = [at for at in inside if moved[at][0] == last]
        inside = inside[: len(inside) - min(cut, len(on_last))]
        picked = [rows[at] for at in inside]
        found = read(text([head, *(reversed(picked) if newest_first else picked)]), "明细.csv")
        assert not found.repeated
        kept |= {it.key for it in found.lines}
        covered |= set(inside)
    assert len(kept) == len(covered)
