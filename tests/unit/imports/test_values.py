"""Cells as people and Excel write them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.services.imports import values
from core.services.imports.problems import CellError


@pytest.mark.parametrize(
    "cell",
    [
        date(2026, 3, 1),
        datetime(2026, 3, 1),  # noqa: DTZ001  # as a workbook gives it
        46082,
        46082.0,
        20260301,
        20260301.0,
        "2026-03-01",
        "2026/3/1",
        "2026.3.1",
        "2026年3月1日",
        "2026 年 3 月 1 日",
        "20260301",
        "２０２６－０３－０１",
        "2026-03-01 00:00:00",
        "'2026-3-1",
        " 2026年03月01号 ",
    ],
)
def test_one_day_in_many_spellings(cell: Any) -> None:
    assert values.to_date(cell) == date(2026, 3, 1)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-02-30",
        "1/3/2026",
        "2026-13-01",
        "26-3-1",
        "三月",
        "2026-03",
        "",
        True,
        12.5,
        5,
        "1026-03-01",
        "2026-03/01",
    ],
)
def test_no_day(cell: Any) -> None:
    with pytest.raises(CellError) as caught:
        values.to_date(cell)
    assert str(caught.value.message)
    assert str(caught.value.remedy)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-03",
        "202603",
        202603,
        202603.0,
        "2026年3月",
        "2026年03月份",
        "2026/3",
        "2026.3",
        "2026.03",
        date(2026, 3, 31),
        46082,
        "2026-03-15",
        "'2026-03",
        "２０２６年３月",
    ],
)
def test_one_month_in_many_spellings(cell: Any) -> None:
    assert values.to_month(cell) == "2026-03"


@pytest.mark.parametrize("cell", [2026.1, 2026.03, "2026-13", "202613", 202613, "三月", "3月", 3, False, "2026-00"])
def test_no_month(cell: Any) -> None:
    with pytest.raises(CellError):
        values.to_month(cell)


def test_a_number_like_2026_1_is_ambiguous_and_says_so() -> None:
    with pytest.raises(CellError, match="10 月"):
        values.to_month(2026.1)


@pytest.mark.parametrize(
    ("cell", "months"),
    [
        ("2025-11至2026-02", ("2025-11", "2025-12", "2026-01", "2026-02")),
        ("2026年1月、2025年12月，2026-01", ("2025-12", "2026-01")),
        (date(2026, 3, 1), ("2026-03",)),
        ("2026-03", ("2026-03",)),
    ],
)
def test_lists_of_months(cell: Any, months: tuple[str, ...]) -> None:
    assert values.to_months(cell) == months


@pytest.mark.parametrize("cell", ["2026-03至2026-01", "2026-01至2026-02至2026-03", "前两个月", "2026-01至9999-12"])
def test_no_list_of_months(cell: str) -> None:
    with pytest.raises(CellError):
        values.to_months(cell)


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("1,234.50", 123450),
        ("¥1234.5", 123450),
        ("￥1，234.50元", 123450),
        (1234.5, 123450),
        (1234, 123400),
        (0.1 + 0.2, 30),
        (93333.34 * 3, 28000002),
        (1.15 * 100, 11500),
        ("'88", 8800),
        ("０．０１", 1),
        (0, 0),
        ("-0", 0),
        (9999999.99, 999999999),
        (4.35 * 100, 43500),
        (-0.0, 0),
        ("1,234,567.00", 123456700),
    ],
)
def test_money_to_the_fen(cell: Any, fen: int) -> None:
    assert values.to_fen(cell) == fen


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        (12.345, "两位"),
        ("12.345", "两位"),
        ("1.001", "两位"),
        (-5, "负数"),
        ("-5.00", "负数"),
        ("(100)", "负"),
        ("1万", "万"),
        ("1,23.00", "不是数字"),
        ("1.234,50", "不是数字"),
        ("约2800", "不是数字"),
        (True, "数字"),
        (date(2026, 1, 1), "数字"),
        (1e15, "过大"),
        ("NaN", "不是数字"),
        (float("inf"), "过大"),
        ("2800-3200", "不是数字"),
        ("1e5", "不是数字"),
    ],
)
def test_money_that_is_refused(cell: Any, word: str) -> None:
    with pytest.raises(CellError, match=word):
        values.to_fen(cell)


@given(st.integers(0, 10**12))
def test_any_amount_survives_a_workbook(fen: int) -> None:
    """A double holds fifteen digits, so each amount up to ten thousand million 元 comes back to the fen."""
    assert values.to_fen(float(Decimal(fen) / 100)) == fen
    assert values.to_fen(f"{Decimal(fen) / 100:,.2f}") == fen


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=12))
def test_sums_made_by_excel_are_read_exactly(parts: list[int]) -> None:
    assert values.to_fen(sum(float(Decimal(p) / 100) for p in parts)) == sum(parts)


def test_steps_of_rent() -> None:
    assert values.to_steps("2027-09-01起3500；2026年9月1日起每月3,200.5元\n2028-09-01：3600") == (
        (date(2026, 9, 1), 320050),
        (date(2027, 9, 1), 350000),
        (date(2028, 9, 1), 360000),
    )


@pytest.mark.parametrize("cell", ["每年递增5%", "2026-09-01起", "2026-09-01起3200；2026-09-01起3300", "起3200", 3200.0])
def test_no_steps(cell: Any) -> None:
    with pytest.raises(CellError):
        values.to_steps(cell)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("'0012", "0012"),
        ("  苏\u200b喆\ufeff ", "苏喆"),
        (301.0, "301"),
        (301, "301"),
        ("䶮堃玥", "䶮堃玥"),
        ("\u202e倒", "倒"),
        ("塚﨑", "塚﨑"),
        ("甲\n乙", "甲 乙"),
        (True, "是"),
        (1.5, "1.5"),
    ],
)
def test_text(cell: Any, text: str) -> None:
    assert values.to_text(cell) == text


@pytest.mark.parametrize("cell", [310109199001019990.0, "3.10109E+17", "3.10109e+17"])
def test_a_code_that_excel_has_cut_is_refused(cell: Any) -> None:
    with pytest.raises(CellError, match="末尾数字"):
        values.to_code(cell)
