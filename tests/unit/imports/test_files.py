"""Files that are not what they seem. Each is refused with a sentence, quickly, and nothing else happens."""

from __future__ import annotations

import io
import random
import struct
import time
import zipfile
from collections.abc import Callable

import pytest

from core.services.imports import container, scan
from core.services.imports.container import unpack
from core.services.imports.parse import parse
from core.services.imports.problems import FileError
from core.services.imports.reader import read_file
from tests.support.books import TODAY, errors, rows_for, table, values_of

GOOD = table(rows_for("rent"), "租金收款")
SHEET = "xl/worksheets/sheet1.xml"


def changed(edit: Callable[[dict[str, bytes]], None], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The good workbook with its parts edited."""
    source = zipfile.ZipFile(io.BytesIO(GOOD))
    parts = {name: source.read(name) for name in source.namelist()}
    edit(parts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as copy:
        for name, body in parts.items():
            copy.writestr(name, body)
    return out.getvalue()


def replaced(old: bytes, new: bytes, part: str = SHEET) -> bytes:
    def edit(parts: dict[str, bytes]) -> None:
        assert old in parts[part], (old, parts[part])
        parts[part] = parts[part].replace(old, new)

    return changed(edit)


def ole(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + stream.encode("utf-16-le") + bytes(600)


def bomb() -> bytes:
    def edit(parts: dict[str, bytes]) -> None:
        parts["xl/sharedStrings.xml"] = b" " * 120_000_000

    return changed(edit)


def many_entries() -> bytes:
    def edit(parts: dict[str, bytes]) -> None:
        parts |= {f"xl/media/{i}.png": b"" for i in range(container.MAX_ENTRIES)}

    return changed(edit, zipfile.ZIP_STORED)


def encrypted_entry() -> bytes:
    data = bytearray(GOOD)
    at = data.rfind(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<H", data, at + 8, struct.unpack_from("<H", data, at + 8)[0] | 1)
        at = data.rfind(b"PK\x01\x02", 0, at)
    return bytes(data)


def lying_size() -> bytes:
    """The directory says one byte where there are thousands."""
    data = bytearray(GOOD)
    at = data.find(SHEET.encode(), data.find(b"PK\x01\x02")) - 46
    assert data[at : at + 4] == b"PK\x01\x02"
    struct.pack_into("<I", data, at + 24, 1)
    return bytes(data)


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "空的"),
    "too big": (b"PK\x03\x04" + bytes(container.MAX_FILE), "MB"),
    "truncated": (GOOD[: len(GOOD) // 2], "损坏"),
    "only the beginning": (b"PK\x03\x04", "损坏"),
    "encrypted": (ole("EncryptedPackage"), "密码"),
    "old xls": (ole("Workbook"), "xls"),
    "encrypted zip": (encrypted_entry(), "密码"),
    "pdf": (b"%PDF-1.7\n...", "PDF"),
    "html": ("\ufeff<html><table><tr><td>甲".encode(), "网页"),
    "xml": (b"<?xml version='1.0'?><Workbook/>", "XML"),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(100), "图片"),
    "binary named csv": (bytes(range(256)) * 20, "不是表格"),
    "plain zip": (changed(lambda parts: parts.clear()), "不是 Excel"),
    "xlsb": (changed(lambda parts: (parts.clear(), parts.update({"xl/workbook.bin": b"x"}))), "xlsb"),  # type: ignore[func-returns-value]
    "macros": (changed(lambda parts: parts.update({"xl/vbaProject.bin": b"x"})), "宏"),
    "zip bomb": (bomb(), "异常"),
    "a thousand parts": (many_entries(), "异常"),
    "size that lies": (lying_size(), "损坏"),
    "no sheet part": (changed(lambda parts: parts.pop(SHEET)), "损坏"),  # type: ignore[arg-type, return-value]
    "1904": (replaced(b"<workbookPr", b'<workbookPr date1904="1"', "xl/workbook.xml"), "1904"),
    "xml bomb": (
        replaced(
            b"<worksheet",
            b'<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]><worksheet',
        ),
        "损坏",
    ),
    "external entity": (
        replaced(b"<workbook ", b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><workbook ', "xl/workbook.xml"),
        "损坏",
    ),
    "a cell at the end of the world": (replaced(b'r="D2"', b'r="XFD2"'), "列数过多"),
    "broken xml": (replaced(b"</sheetData>", b""), "损坏"),
}


@pytest.mark.parametrize("name", list(BAD))
def test_refused_with_a_sentence(name: str) -> None:
    data, word = BAD[name]
    began = time.perf_counter()
    with pytest.raises(FileError) as caught:
        parse(data, "表.xlsx", today=TODAY)
    assert word in str(caught.value)
    assert str(caught.value.remedy)
    assert time.perf_counter() - began < 10


def test_a_row_at_the_end_of_the_world() -> None:
    def edit(parts: dict[str, bytes]) -> None:
        body = parts[SHEET].replace(b'<row r="2"', b'<row r="1048576"')
        for letter in "ABCDE":
            body = body.replace(f'r="{letter}2"'.encode(), f'r="{letter}1048576"'.encode())
        parts[SHEET] = body

    with pytest.raises(FileError, match="A1048576"):
        parse(changed(edit), "表.xlsx", today=TODAY)


def test_a_cell_that_names_another_row_than_its_own_is_refused() -> None:
    """One program would read it here, another there."""
    with pytest.raises(FileError):
        parse(replaced(b'r="D2"', b'r="D3"'), "表.xlsx", today=TODAY)


def test_a_thousand_damaged_workbooks_end_in_a_sentence_or_in_rows() -> None:
    rng = random.Random(20261124)
    survived = 0
    for _ in range(1_000):
        data = bytearray(GOOD)
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(data))
            match rng.randrange(3):
                case 0:
                    data[at] = rng.randrange(256)
                case 1:
                    del data[at : at + rng.randrange(1, 40)]
                case _:
                    data[at:at] = rng.randbytes(rng.randrange(1, 20))
        try:
            parse(bytes(data), "表.xlsx", today=TODAY)
        except FileError:
            continue
        survived += 1
    assert survived < 1_000, "the damage must reach something"


def test_prefixed_namespaces_and_missing_references_are_read() -> None:
    """Some programs write x:c for c, or leave out r."""

    def edit(parts: dict[str, bytes]) -> None:
        body = parts[SHEET]
        for tag in (b"worksheet", b"sheetData", b"row", b"c", b"v"):
            body = body.replace(b"<" + tag + b" ", b"<x:" + tag + b" ").replace(b"<" + tag + b">", b"<x:" + tag + b">")
            body = body.replace(b"</" + tag + b">", b"</x:" + tag + b">")
        parts[SHEET] = body.replace(b"xmlns=", b"xmlns:x=", 1)

    parsed = parse(changed(edit), "表.xlsx", today=TODAY)
    assert values_of(parsed, "paid_fen") == [280000]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_every_encoding(encoding: str) -> None:
    lines = [
        "企业名称,协议编号,租金月份,实收金额（元）,凭证号",
        '上海喆堃（示例）有限公司,L-1,2025年3月,"1,234.50",="0012"',
        "合计,,,1234.5,\r\n",
    ]
    parsed = parse("\r\n".join(lines).encode(encoding), "租金.csv", today=TODAY)
    assert errors(parsed) == []
    assert values_of(parsed, "tenant") == ["上海喆堃（示例）有限公司"]
    assert values_of(parsed, "paid_fen") == [123450]
    assert values_of(parsed, "voucher") == ["0012"]
    assert parsed.tables[0].title == "租金"


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_csv_with_other_separators(delimiter: str) -> None:
    lines = [["企业名称", "租金月份", "金额"], ["甲公司", "2025-03", "1,5"], ["乙公司", "2025-03", "2"]]
    parsed = parse("\n".join(map(delimiter.join, lines)).encode(), "租金.csv", today=TODAY)
    assert [p.cell for p in parsed.problems.listed] == ["C2"]


def test_csv_formula_is_an_error_and_a_minus_is_not() -> None:
    text = "企业名称,租金月份,金额,付款方\n甲公司,2025-03,=1+1,-甲\n"
    parsed = parse(text.encode(), "租金.csv", today=TODAY)
    assert ["公式" in e for e in errors(parsed)] == [True]
    assert parsed.problems.listed[0].cell == "C2"


@pytest.mark.parametrize(
    ("text", "word"), [('企业名称,租金月份\n"甲公司,2025-03\n', "引号"), ("企业名称\x00,租金月份\n", "编码")]
)
def test_csv_that_cannot_be_read(text: str, word: str) -> None:
    with pytest.raises(FileError, match=word):
        parse(text.encode(), "租金.csv", today=TODAY)


def big(rows: int) -> bytes:
    import rustpy_xlsxwriter

    out = io.BytesIO()
    body = (
        {"企业名称": f"企业{i % 400}", "协议编号": f"L-{i % 400}", "租金月份": f"20{24 + i % 3}-{i % 12 + 1:02}",
         "实收金额（元）": i % 9000 + 0.25, "收款日期": "2025/3/5", "付款方": "某", "凭证号": f"V{i}"}
        for i in range(rows)
    )  # fmt: skip
    rustpy_xlsxwriter.write_worksheet(body, out, "租金收款")
    return out.getvalue()


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_read_in_bounded_time_and_memory() -> None:
    import psutil

    data = big(scan.MAX_ROWS)
    process = psutil.Process()
    before, began = process.memory_info().rss, time.process_time()
    parsed = parse(data, "大.xlsx", today=TODAY)
    took, grown = time.process_time() - began, process.memory_info().rss - before
    assert len(parsed.tables[0].records) == scan.MAX_ROWS
    assert took < 30, f"{took:.1f} s of CPU"
    assert grown < 400 * 1024 * 1024, f"{grown / 1024 / 1024:.0f} MiB"


def test_one_row_more_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a smaller limit, so that it is quick; the true one is tried above."""
    monkeypatch.setattr("core.services.imports.parse.MAX_ROWS", 500)
    assert len(parse(big(500), "大.xlsx", today=TODAY).tables[0].records) == 500
    with pytest.raises(FileError, match="500 行"):
        parse(big(501), "大.xlsx", today=TODAY)


def test_style_alone_makes_no_rows() -> None:
    """People format whole columns; that is no data."""

    def edit(parts: dict[str, bytes]) -> None:
        parts[SHEET] = parts[SHEET].replace(
            b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>'
        )

    assert values_of(parse(changed(edit), "表.xlsx", today=TODAY), "paid_fen") == [280000]


def test_nothing_else_in_the_package_reaches_the_library() -> None:
    packed, parts = container.unpack(
        changed(lambda parts: parts.update({"xl/externalLinks/externalLink1.xml": b"<x/>"}))
    )
    names = zipfile.ZipFile(packed).namelist()
    assert SHEET in names
    assert not [name for name in names if "external" in name or "media" in name]
    assert [part.name for part in parts] == ["租金收款"]
    assert [sheet.name for sheet in read_file(GOOD, "表.xlsx")] == ["租金收款"]


def _sheet(rows: str) -> bytes:
    """A workbook whose only sheet has these rows as they are written here."""
    head = "http://schemas.openxmlformats.org/"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{head}package/2006/content-types"/>',
        "xl/workbook.xml": f'<workbook xmlns="{head}spreadsheetml/2006/main" xmlns:r="{head}officeDocument/2006/'
        'relationships"><sheets><sheet name="甲" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{head}package/2006/relationships"><Relationship Id="r1" '
        f'Type="{head}officeDocument/2006/relationships/worksheet" Target="worksheets/s.xml"/></Relationships>',
        "xl/worksheets/s.xml": f'<worksheet xmlns="{head}spreadsheetml/2006/main"><sheetData>{rows}</sheetData>'
        "</worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for name, text in parts.items():
            book.writestr(name, text)
    return out.getvalue()


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PLAIN = '<row r="{n}"><c r="A{n}"><v>1</v></c><c r="C{n}" s="2" t="inlineStr"><is><t>甲</t></is></c></row>'
ODD = (
    ('<row r="{n}"><c r="B{n}"><f>1+1</f><v>2</v></c></row>', {1}),
    ('<row r="{n}"><c><v>1</v></c><c><f>A1</f><v>2</v></c></row>', {1}),
    ('<x:row xmlns:x="{ns}" r="{n}"><x:c r="B{n}"><x:f>1</x:f></x:c></x:row>', {1}),
    ('<!-- <row r="{n}"><c r="A{n}"><v>1</v></c></row> --><row r="{n}"><c r="D{n}"><f>1</f></c></row>', {3}),
)  # fmt: skip


@pytest.mark.parametrize(("odd", "columns"), ODD)
@pytest.mark.parametrize("at", [1, 2, 400, 30_000])
def test_a_formula_is_seen_among_any_number_of_plain_rows(odd: str, columns: set[int], at: int) -> None:
    """Plain rows are measured without the parser; what is not plain never is."""
    rows = [PLAIN.replace("{n}", str(n)) for n in range(1, 30_001)]
    rows[at - 1] = odd.replace("{n}", str(at)).replace("{ns}", MAIN)
    _packed, (part,) = unpack(_sheet("".join(rows)))
    assert {(row, column) for row, mask in part.formulas.rows.items() for column in range(5) if mask >> column & 1} == {
        (at - 1, column) for column in columns
    }


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (PLAIN.replace("{n}", "100051"), "A100051"),
        (PLAIN.replace("{n}", "1").replace('"C1"', '"IW1"'), "IW1"),
        ("".join(PLAIN.replace("{n}", str(n)).replace('"C', '"AZ') for n in (1, 99_999)), "AZ99999"),
    ],
)
def test_how_far_plain_rows_reach(rows: str, said: str) -> None:
    with pytest.raises(FileError, match=said):
        unpack(_sheet(rows))


@pytest.mark.parametrize(
    "row", ['<row r="2"><c r="B3"><v>1</v></c></row>', '<row r="1"><c r="A1"><v>&bad;</v></c></row>']
)
def test_what_only_looks_plain_goes_to_the_parser(row: str) -> None:
    with pytest.raises(FileError):
        unpack(_sheet(row))
