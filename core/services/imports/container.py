"""Before a workbook is read: is it one, is it safe to unpack, where are its formulas.

An XLSX file is a ZIP of XML (ECMA-376). Two programs may see different things in one ZIP (sizes that lie, two entries
of one name), so the parts we need are unpacked here, within limits, and packed anew: the spreadsheet library then
sees exactly what was checked. The library also allocates a sheet as one rectangle and hands over the last computed
value of a formula without saying so; the scan therefore measures each sheet and notes formulas and error values.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from itertools import pairwise
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from flask_babel import lazy_gettext as _

from core.services.imports.problems import FileError

MAX_FILE = 20 * 1024 * 1024
MAX_UNPACKED = 240 * 1024 * 1024
MAX_RATIO = 150
MAX_ENTRIES = 1_000
MAX_SHEETS = 40
MAX_ROWS = 100_000
_HEADING_ROWS = 50  # title, header and total lines beside the data
MAX_COLUMNS = 256
MAX_CELLS = 5_000_000
_CHUNK = 256 * 1024
_NEEDED = re.compile(
    r"\[Content_Types\]\.xml|(_rels|xl/_rels)/[^/]*\.rels|xl/(workbook|sharedStrings|styles)\.xml", re.IGNORECASE
)

_SAVE_AGAIN = _("请在 Excel 或 WPS 中打开，另存为“Excel 工作簿（.xlsx）”后再上传。")


@dataclass(slots=True)
class Marks:
    """A set of cells, one bit mask of columns a row: a sheet may hold millions."""

    rows: dict[int, int] = field(default_factory=dict)

    def add(self, row: int, column: int) -> None:
        self.rows[row] = self.rows.get(row, 0) | 1 << column

    def __contains__(self, cell: tuple[int, int]) -> bool:
        return bool(self.rows.get(cell[0], 0) >> cell[1] & 1)


@dataclass(slots=True)
class Part:
    """One worksheet as the scan saw it. Rows and columns count from 0."""

    name: str
    hidden: bool
    formulas: Marks
    errors: Marks


def refuse_unless_workbook(data: bytes) -> None:
    """Names what the file is, when it is not a ZIP."""
    if not data:
        raise FileError(_("文件是空的。"), _("请选择要导入的表格文件。"))
    if len(data) > MAX_FILE:
        raise FileError(
            _("文件超过 %(limit)s MB。", limit=MAX_FILE // 1024 // 1024), _("请删除图片，或按年份拆成几个文件。")
        )
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        # An encrypted workbook is an OLE file with a stream of this name.
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise FileError(_("文件设有打开密码。"), _("请在 Excel 中取消密码（文件 → 信息 → 保护工作簿）后再上传。"))
        raise FileError(_("这是旧版 Excel 文件（.xls）。"), _SAVE_AGAIN)
    if data.startswith(b"%PDF"):
        raise FileError(_("这是 PDF 文件，不是表格。"), _("请上传 .xlsx 或 .csv 文件。"))
    if re.match(rb"\s*(<\?xml|<!DOCTYPE|<html|<table)", data.removeprefix(b"\xef\xbb\xbf")[:200], re.IGNORECASE):
        raise FileError(_("这是网页或 XML 文件，只是后缀像表格。"), _SAVE_AGAIN)
    if data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BM")):
        raise FileError(_("这是图片或压缩文件，不是表格。"), _("请上传 .xlsx 或 .csv 文件。"))


def is_zip(data: bytes) -> bool:
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def unpack(data: bytes) -> tuple[io.BytesIO, list[Part]]:
    """The needed parts of a workbook packed anew without compression, and its worksheets as scanned, in order."""
    broken = FileError(_("文件不完整或已损坏，无法打开。"), _("请重新导出或另存一份，再上传。"))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_entries(archive, len(data))
            return _repack(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, KeyError):
        raise broken from None
    except (expat.ExpatError, ParseError, DefusedXmlException):
        raise broken from None


def _check_entries(archive: zipfile.ZipFile, size: int) -> None:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names:
        if any(name.endswith("vbaProject.bin") or name == "xl/workbook.bin" for name in names):
            raise FileError(_("这是 .xlsb 二进制工作簿。"), _SAVE_AGAIN)
        raise FileError(_("这个压缩包不是 Excel 工作簿。"), _SAVE_AGAIN)
    if "xl/vbaProject.bin" in names:
        raise FileError(_("文件带有宏。"), _SAVE_AGAIN)
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileError(_("文件设有打开密码。"), _("请取消密码后再上传。"))
    unpacked = sum(entry.file_size for entry in entries)
    too_many = len(entries) > MAX_ENTRIES or len(names) != len(entries)
    # Genuine sheets shrink 5 to 40 times; small files may shrink more and do no harm.
    too_dense = unpacked > 16 * 1024 * 1024 and unpacked > size * MAX_RATIO
    in_order = sorted(entries, key=lambda entry: entry.header_offset)
    overlap = any(a.header_offset + a.compress_size > b.header_offset for a, b in pairwise(in_order))
    if unpacked > MAX_UNPACKED or too_many or too_dense or overlap:
        raise FileError(
            _("文件解压后过大或结构异常，为安全起见不予打开。"),
            _("请把数据复制到新建的工作簿，或拆成几个文件后再上传。"),
        )


def _repack(archive: zipfile.ZipFile) -> tuple[io.BytesIO, list[Part]]:
    sheets = _worksheets(archive)
    parts: list[Part] = []
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as copy:
        for entry in archive.infolist():
            if _NEEDED.fullmatch(entry.filename):
                copy.writestr(entry.filename, archive.read(entry))
        for name, (path, hidden) in sheets.items():
            # Its relations (drawings, comments, links) are left behind: nothing in them is data.
            part = Part(name, hidden, Marks(), Marks())
            with archive.open(path) as source, copy.open(path, "w") as target:
                scan = _Scan(part)
                while chunk := source.read(_CHUNK):
                    scan.feed(chunk)
                    target.write(chunk)
                scan.end()
            parts.append(part)
    out.seek(0)
    return out, parts


def _worksheets(archive: zipfile.ZipFile) -> dict[str, tuple[str, bool]]:
    """Name to (path, hidden) of each worksheet, in the order of the workbook."""
    for small in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        if archive.getinfo(small).file_size > 4 * 1024 * 1024:
            raise FileError(_("文件解压后过大或结构异常，为安全起见不予打开。"), _SAVE_AGAIN)
    relations = {
        relation.get("Id"): (relation.get("Type", ""), relation.get("Target", ""))
        for relation in fromstring(archive.read("xl/_rels/workbook.xml.rels"), forbid_dtd=True)
    }
    root = fromstring(archive.read("xl/workbook.xml"), forbid_dtd=True)
    found: dict[str, tuple[str, bool]] = {}
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "workbookPr" and element.get("date1904") in ("1", "true"):
            raise FileError(
                _("工作簿使用 1904 日期系统，日期会差四年。"),
                _("请在 Excel 选项的“高级”中取消“使用 1904 日期系统”后另存。"),
            )
        if tag == "sheet":
            key = next((value for name, value in element.attrib.items() if name.endswith("}id")), None)
            kind, target = relations.get(key, ("", ""))
            if kind.endswith("/worksheet"):
                path = target.lstrip("/") if target.startswith("/") else posixpath.normpath("xl/" + target)
                found[element.get("name", "")] = (path, element.get("state", "visible") != "visible")
    if not found or len(found) > MAX_SHEETS:
        raise FileError(
            _("工作簿应有 1 至 %(limit)s 个工作表。", limit=MAX_SHEETS), _("请只保留要导入的工作表后再上传。")
        )
    return found


# A row of nothing but values, each in the row that it says, as every program writes them. It holds no formula and no
# error, and no character that could begin or end anything else: what stands around it reads the same without it.
_PLAIN_ROW = re.compile(
    rb'<row r="([1-9]\d{0,6})"(?: [A-Za-z0-9:]+="[^"<>&]*")*>'
    rb'(?:<c r="[A-Z]{1,3}\1"(?: s="\d+")?(?: t="(?:s|n|b|str|inlineStr)")?'
    rb'(?:/>|>(?:<v>[^<>&]*</v>|<is><t(?: xml:space="preserve")?>[^<>&]*</t></is>)?</c>))*</row>'
)
_FILLED = re.compile(rb'<c r="([A-Z]{1,3})\d+"[^<>/]*><[vi]')


class _Scan:
    """Walks one worksheet's XML: extent of cells that hold something, formulas, error values. No entity, no DTD.

    Millions of cells pass through here. Rows of plain values are taken out by an expression and only measured; what is
    left goes to the parser, whose ``_start`` does as little as it can for a plain cell.
    """

    def __init__(self, part: Part) -> None:
        self.part = part
        self.row = self.column = -1
        self.row_text = ""
        self.is_error = False
        self.columns: dict[str, int] = {}
        self.last_row = self.last_column = self.marked = 0
        self.waiting = b""  # the beginning of a row
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, chunk: bytes) -> None:
        waiting = self.waiting + chunk
        cut = waiting.rfind(b"</row>") + len(b"</row>")
        if cut < len(b"</row>"):  # none: not rows as one knows them, or one row without end
            cut = len(waiting) if len(waiting) > 4 * _CHUNK else 0
        block, self.waiting = waiting[:cut], waiting[cut:]
        at, filled, lowest = 0, -1, b""
        for row in _PLAIN_ROW.finditer(block):
            if row.start() > at:
                self.parser.Parse(block[at : row.start()], False)
            at, text = row.end(), row[0]
            self.row, self.column = int(row[1]) - 1, -1
            if self.row > filled and (b"<v>" in text or b"<is>" in text):
                filled, lowest = self.row, text
        if at < len(block):
            self.parser.Parse(block[at:], False)
        if lowest:
            self._measure(filled, lowest, block)

    def _measure(self, row: int, lowest: bytes, block: bytes) -> None:
        """How far the plain rows of `block` reach: to `row`, the `lowest` of them, and to the last filled column."""
        before = self.row, self.column
        self.row = row
        filled = (_FILLED.findall(lowest)[0], *set(_FILLED.findall(block)))
        for letters in map(bytes.decode, filled):
            if letters not in self.columns:
                self.columns[letters] = column_number(letters)
            self.column = self.columns[letters]
            self._grow()
        self.row, self.column = before

    def end(self) -> None:
        self.parser.Parse(self.waiting, True)

    @staticmethod
    def _doctype(*_args: object) -> None:
        raise ValueError("a worksheet has no document type")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            reference = attributes.get("r")
            if reference is None:
                self.column += 1
            else:
                letters = reference.removesuffix(self.row_text)
                column = self.columns.get(letters)
                if column is None:
                    # Refuses a cell that names another row than the one it stands in, too.
                    column = self.columns[letters] = column_number(letters)
                self.column = column
            self.is_error = attributes.get("t") == "e"
        elif name in {"v", "is"}:
            if self.row > self.last_row or self.column > self.last_column:
                self._grow()
            if self.is_error:
                self.part.errors.add(self.row, self.column)
        elif name == "row":
            self.row = int(attributes["r"]) - 1 if "r" in attributes else self.row + 1
            self.row_text = str(self.row + 1)
            self.column = -1
        elif name == "f":
            self._grow()
            self.part.formulas.add(self.row, self.column)
            # Of an array or a data table only the first cell carries the formula.
            if attributes.get("t") in {"array", "dataTable"} and ":" in attributes.get("ref", ""):
                self._mark_range(attributes["ref"])

    def _grow(self) -> None:
        self.last_row, self.last_column = max(self.last_row, self.row), max(self.last_column, self.column)
        self._check_extent()

    def _check_extent(self) -> None:
        where = f"{column_letters(self.column)}{self.row + 1}"
        if self.last_row >= MAX_ROWS + _HEADING_ROWS:
            raise FileError(
                _(
                    "工作表“%(sheet)s”超过 %(limit)s 行（最远到 %(where)s）。",
                    sheet=self.part.name,
                    limit=MAX_ROWS,
                    where=where,
                ),
                _("请按年份拆成几个文件；如果下方其实是空行，请删除这些行后另存。"),
            )
        if self.last_column >= MAX_COLUMNS or (self.last_row + 1) * (self.last_column + 1) > MAX_CELLS:
            raise FileError(
                _("工作表“%(sheet)s”列数过多（最远到 %(where)s）。", sheet=self.part.name, where=where),
                _("请删除右侧多余的列后另存。"),
            )

    def _mark_range(self, reference: str) -> None:
        first, _colon, last = reference.partition(":")
        top, left = cell_position(first)
        bottom, right = cell_position(last)
        height = min(bottom, MAX_ROWS + _HEADING_ROWS) - top + 1
        self.marked += height
        if self.marked > MAX_CELLS:
            raise ValueError("array formulas cover the sheet over and over")
        for row in range(top, top + height):
            for column in range(left, min(right, MAX_COLUMNS) + 1):
                self.part.formulas.add(row, column)


def column_number(letters: str) -> int:
    """``A`` is 0, ``XFD`` is 16383. ValueError for anything else."""
    number = 0
    if not 1 <= len(letters) <= 3:
        raise ValueError("not a column")
    for letter in letters.upper():
        if not "A" <= letter <= "Z":
            raise ValueError("not a column")
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_letters(number: int) -> str:
    """0 is ``A``."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_position(reference: str) -> tuple[int, int]:
    """``B3`` is (2, 1)."""
    plain = reference.replace("$", "")
    letters = plain.rstrip("0123456789")
    return int(plain[len(letters) :]) - 1, column_number(letters)
