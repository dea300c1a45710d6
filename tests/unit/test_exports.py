"""Lists that leave us: no formula in any program, and they come back as they went."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
import python_calamine
from hypothesis import given
from hypothesis import strategies as st

from core.services import exports
from core.services.exports import As, Field, Listing, safe_text, sheet_name, write_csv, write_xlsx
from core.services.imports.container import unpack
from core.services.imports.parse import parse
from core.services.imports.values import clean_text
from tests.support.books import TODAY

TRIGGERS = ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠", "'", " =", "\u200b="]
ATTACKS = [
    f"{trigger}{rest}" for trigger in TRIGGERS for rest in ("1+1", 'cmd|" /C calc"!A0', '"x",HYPERLINK("http://a")')
]
FIELDS = (Field("名称"), Field("金额", As.MONEY), Field("日期", As.DATE), Field("数量", As.NUMBER))


def listing(*texts: str) -> Listing:
    return Listing("清单", FIELDS, [(text, -123456, date(2026, 3, 1), Decimal("0.35")) for text in texts])


@pytest.mark.parametrize("text", ATTACKS)
def test_text_is_never_a_formula(text: str) -> None:
    shown = safe_text(text)
    assert shown.startswith("'") or not clean_text(shown).startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


@pytest.mark.parametrize("rows", [ATTACKS, ATTACKS[:1], []], ids=["many", "one", "none"])
@pytest.mark.parametrize("sheets", [1, 2])
def test_a_workbook_has_strings_numbers_and_dates_but_no_formula(rows: list[str], sheets: int) -> None:
    data = write_xlsx([listing(*rows)] * sheets)
    for name in zipfile.ZipFile(io.BytesIO(data)).namelist():
        assert b"<f>" not in zipfile.ZipFile(io.BytesIO(data)).read(name)
    _packed, parts = unpack(data)
    assert [part.formulas.rows for part in parts] == [{}] * sheets
    book = python_calamine.load_workbook(io.BytesIO(data))
    assert len(set(book.sheet_names)) == sheets
    read = book.get_sheet_by_index(0).to_python()
    assert read[0] == ["名称", "金额", "日期", "数量"]
    for text, row in zip(rows, read[1:], strict=True):
        assert row[0] == safe_text(text)
        assert row[1:] == [-1234.56, date(2026, 3, 1), 0.35]


def test_the_slow_writer_writes_the_same_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = write_xlsx([listing(*ATTACKS)])
    monkeypatch.setitem(__import__("sys").modules, "rustpy_xlsxwriter", None)
    slow = write_xlsx([listing(*ATTACKS)])
    assert slow != fast
    cells = [python_calamine.load_workbook(io.BytesIO(d)).get_sheet_by_index(0).to_python() for d in (fast, slow)]
    assert cells[0] == cells[1]


def test_csv_has_a_mark_two_decimals_and_quoted_attacks() -> None:
    data = write_csv(listing("甲,乙", *ATTACKS))
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[1] == ["甲,乙", "-1234.56", "2026-03-01", "0.35"]
    assert [row[0] for row in rows[2:]] == [safe_text(text) for text in ATTACKS]


@given(st.text(max_size=60))
def test_what_goes_out_comes_back(text: str) -> None:
    """Up to the blanks and invisible characters that no name has."""
    assert clean_text(safe_text(text)) == clean_text("'" + text)


@pytest.mark.parametrize("name", [*ATTACKS, "苏喆（示例）", "'引号'", "-", "+86"])
def test_round_trip_through_our_importer(name: str) -> None:
    for data, file in ((write_xlsx([_rent(name)]), "a.xlsx"), (write_csv(_rent(name)), "租金收款.csv")):
        parsed = parse(data, file, today=TODAY)
        assert parsed.problems.errors == 0, list(map(str, parsed.problems.listed))
        (record,) = parsed.tables[0].records
        assert record.payer_name == clean_text("'" + name)  # type: ignore[attr-defined]
        assert record.paid_fen == 123456  # type: ignore[attr-defined]


def _rent(payer: str) -> Listing:
    fields = (Field("企业名称"), Field("租金月份"), Field("金额", As.MONEY), Field("付款方"))
    return Listing("租金收款", fields, [("甲公司", "2025-03", 123456, payer)])


@given(st.integers(-(10**13), 10**13))
def test_money_is_exact_in_both_formats(fen: int) -> None:
    one = Listing("x", (Field("金额", As.MONEY),), [(fen,)])
    assert write_csv(one).decode("utf-8-sig").splitlines()[1] == f"{Decimal(fen) / 100:.2f}"
    assert exports._written(fen, As.MONEY) == float(f"{Decimal(fen) / 100:.2f}")


@pytest.mark.parametrize("amount", [1.5, "1", True, Decimal(1)])
def test_money_that_is_no_fen_is_a_bug(amount: object) -> None:
    for write in (lambda x: write_xlsx([x]), write_csv):
        with pytest.raises(TypeError, match="fen"):
            write(Listing("x", (Field("金额", As.MONEY),), [(amount,)]))  # type: ignore[arg-type, list-item]


def test_sheet_names() -> None:
    assert sheet_name("收款/2026年[1]:*?") == "收款 2026年 1"
    assert sheet_name("'引号'") == "引号"
    assert sheet_name("") == "Sheet"
    assert len(sheet_name("长" * 50)) == 31
    assert sheet_name("A", ["a"]) == "A 2"


def test_headers_of_the_same_name_all_stay() -> None:
    data = write_xlsx([Listing("x", (Field("甲"), Field("甲")), [("1", "2")])])
    assert python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_index(0).to_python() == [
        ["甲", "甲"],
        ["1", "2"],
    ]
