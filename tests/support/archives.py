"""Archives and workbooks that are dangerous to open: by what they unpack to, how they are built, what they ask."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from random import Random

from core.services.imports.sheets import SHEETS
from core.services.imports.template import build_template

Files = Iterator[tuple[str, bytes]]
SHEET = "xl/worksheets/sheet1.xml"


def zipped(parts: dict[str, bytes], *, packed: bool = True) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return out.getvalue()


def workbook() -> dict[str, bytes]:
    """The parts of a good one."""
    with zipfile.ZipFile(BytesIO(build_template([SHEETS[0]]))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archives(random: Random) -> Files:
    """As papers: under the names of papers and under their own."""
    for name, body in workbooks(random):
        yield name, body
        yield name.replace(".xlsx", ".pdf"), body


def workbooks(random: Random) -> Files:
    parts = workbook()
    sheet = next(name for name in parts if name.startswith("xl/worksheets/"))
    head = b'<?xml version="1.0"?>'
    laughs = b"<!DOCTYPE x [<!ENTITY a 'ha'>" + b"".join(
        b"<!ENTITY %c '%b'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
    )
    yield "笑.xlsx", zipped(parts | {"xl/workbook.xml": head + laughs + b"]><x>&j;</x>"})
    yield "笑.xlsx", zipped(parts | {sheet: head + laughs + b"]><worksheet><sheetData>&j;</sheetData></worksheet>"})
    outside = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    yield "外.xlsx", zipped(parts | {sheet: head + outside + b"<worksheet>&a;</worksheet>"})
    yield "外.xlsx", zipped(parts | {"xl/_rels/workbook.xml.rels": head + outside + b"<x>&a;</x>"})
    yield "密.xlsx", zipped(parts | {"xl/media/a.bin": bytes(40 << 20)})
    yield "密.xlsx", zipped(parts | {sheet: parts[sheet].replace(b"</worksheet>", b" " * (20 << 20) + b"</worksheet>")})
    inner = zipped({"0.bin": bytes(1 << 20)})
    for _ in range(4):
        inner = zipped({f"{n}.zip": inner for n in range(8)})
    yield "套.xlsx", inner
    yield "多.xlsx", zipped(parts | {f"x/{n}": b"" for n in range(1_500)}, packed=False)
    yield "叠.xlsx", _overlapping(zipped(parts))
    yield "宏.xlsx", zipped(parts | {"xl/vbaProject.bin": b"x"})
    yield "断.xlsx", zipped(parts)[: -random.randrange(30, 300)]
    yield "无.xlsx", zipped({"a.txt": b"a"})


def _overlapping(body: bytes) -> bytes:
    """Every entry begins where the first one does."""
    data, at, first = bytearray(body), body.find(b"PK\x01\x02"), None
    while at >= 0:
        first = data[at + 42 : at + 46] if first is None else first
        data[at + 42 : at + 46] = first
        at = bytes(data).find(b"PK\x01\x02", at + 4)
    return bytes(data)
