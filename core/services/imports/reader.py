"""Workbooks and CSV files as plain rows of cells, with what must be known about a cell beside its value."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath

import python_calamine
from flask_babel import lazy_gettext as _

from core.services.imports.container import is_zip, refuse_unless_workbook, unpack
from core.services.imports.problems import FileError
from core.services.imports.scan import MAX_COLUMNS, MAX_ROWS, Marks
from core.services.imports.values import Cell

Row = list[Cell | None]


@dataclass(slots=True)
class RawSheet:
    """Rows from the first line of the file on (position 0 is Excel's row 1); an empty cell is None.

    ``merged`` gives, for a cell below the first of a range merged downwards, the row of that first cell.
    """

    name: str
    rows: Iterator[Row]
    formulas: Marks = field(default_factory=Marks)
    errors: Marks = field(default_factory=Marks)
    merged: dict[tuple[int, int], int] = field(default_factory=dict)
    hidden: bool = False


def read_file(data: bytes, filename: str) -> list[RawSheet]:
    """All sheets of a file, in its order. :class:`FileError` says why a file cannot be read."""
    refuse_unless_workbook(data)
    if is_zip(data):
        return _read_workbook(data)
    return [_read_csv(data, filename)]


def _read_workbook(data: bytes) -> list[RawSheet]:
    packed, parts = unpack(data)
    sheets = []
    try:
        workbook = python_calamine.load_workbook(packed)
        packed.close()  # the library has its own copy; a large sheet is some 100 MB
        for part in parts:
            sheet = workbook.get_sheet_by_name(part.name)
            merged = _merged_downwards(sheet)
            sheets.append(RawSheet(part.name, _cells(sheet), part.formulas, part.errors, merged, part.hidden))
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise FileError(_("文件不完整或已损坏，无法打开。"), _("请重新导出或另存一份，再上传。")) from error
    return sheets


def _merged_downwards(sheet: python_calamine.CalamineSheet) -> dict[tuple[int, int], int]:
    merged: dict[tuple[int, int], int] = {}
    for (top, left), (bottom, _right) in sheet.merged_cell_ranges or ():
        merged |= {(row, left): top for row in range(top + 1, min(bottom, MAX_ROWS) + 1)}
        if len(merged) > 2 * MAX_ROWS:
            raise FileError(_("合并单元格过多。"), _("请取消合并单元格后再上传。"))
    return merged


def _cells(sheet: python_calamine.CalamineSheet) -> Iterator[Row]:
    # Rows come from the top of the sheet, columns from the first that is used.
    left: Row = [None] * (sheet.start[1] if sheet.start else 0)
    for row in sheet.iter_rows():
        yield left + [None if cell == "" else cell for cell in row]


def _read_csv(data: bytes, filename: str) -> RawSheet:
    text = _decode(data)
    first_line = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;", key=first_line.count)
    formulas = Marks()
    return RawSheet(PurePath(filename.replace("\\", "/")).stem[:60], _csv_rows(text, delimiter, formulas), formulas)


def _csv_rows(text: str, delimiter: str, formulas: Marks) -> Iterator[Row]:
    try:
        for number, record in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)):
            if number > MAX_ROWS + 50 or len(record) > MAX_COLUMNS:
                raise FileError(
                    _("文件超过 %(rows)s 行或 %(columns)s 列。", rows=MAX_ROWS, columns=MAX_COLUMNS),
                    _("请按年份拆成几个文件后再上传。"),
                )
            row: Row = []
            for column, cell in enumerate(record):
                # ="00123" is how programs keep Excel from eating zeros; any other = is a formula.
                quoted = re.fullmatch(r'\s*="([^"]*)"\s*', cell)
                cell = quoted[1] if quoted else cell.strip()
                if not quoted and cell.startswith("="):
                    formulas.add(number, column)
                row.append(cell or None)
            yield row
    except csv.Error:
        raise FileError(
            _("CSV 文件的引号或分隔不完整，无法读到文件末尾。"), _("请用 Excel 打开后另存为 .xlsx 再上传。")
        ) from None


def _decode(data: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or GB18030: whichever the bytes are without a single error."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Binary data often decodes as GB18030; control characters give it away.
        if not re.search(r"[\x00-\x08\x0e-\x1f]", text):
            return text
    raise FileError(
        _("这不是表格文件，或文字编码无法识别。"), _("请上传 .xlsx 文件，或 UTF-8、GB18030 编码的 .csv 文件。")
    )
