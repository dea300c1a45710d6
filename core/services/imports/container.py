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
from itertools import pairwise
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from flask_babel import lazy_gettext as _

from core.services.imports.problems import FileError
from core.services.imports.scan import CHUNK, Marks, Part, Scan

MAX_FILE = 20 * 1024 * 1024
MAX_UNPACKED = 240 * 1024 * 1024
MAX_RATIO = 150
MAX_ENTRIES = 1_000
MAX_SHEETS = 40
_NEEDED = re.compile(
    r"\[Content_Types\]\.xml|(_rels|xl/_rels)/[^/]*\.rels|xl/(workbook|sharedStrings|styles)\.xml", re.IGNORECASE
)

_SAVE_AGAIN = _("请在 Excel 或 WPS 中打开，另存为“Excel 工作簿（.xlsx）”后再上传。")


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
                scan = Scan(part)
                while chunk := source.read(CHUNK):
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
