"""What a file is by its content, and what else it might be taken for. Bytes are only looked at here, not opened."""

from __future__ import annotations

import re
import struct
from typing import Any

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
_SIGNATURES = ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG))
# What people send by mistake: how it begins, and the word for it.
_OTHERS = (
    (b"PK\x03\x04", "office"), (b"PK\x05\x06", "office"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_office"),
    (b"GIF8", "gif"), (b"BM", "bmp"), (b"II*\0", "tiff"), (b"MM\0*", "tiff"), (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"), (b"\x1f\x8b", "archive"), (b"MZ", "program"), (b"\x7fELF", "program"),
    (b"#!", "program"),
)  # fmt: skip
_HEIF = (b"heic", b"heix", b"mif1", b"msf1", b"hevc")
_PAGE = re.compile(rb"\s*<(?:\?xml|!doctype|html|svg|script|head|body)", re.IGNORECASE)
_MARKUP = re.compile(rb"<(?:script|html|iframe|svg|\?php|!doctype\s+html)[\s>/]", re.IGNORECASE)
_END_OF_ZIP = struct.Struct("<4s4H2LH")
_ENTRY_OF_ZIP = b"PK\x01\x02"
_LONGEST_COMMENT = 65_535


class Refused(Exception):
    """A file that cannot be taken. `code` says why; people read the sentence that `core.services.files` has for it."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code, self.values = code, values


def media_type(body: bytes) -> str:
    """PDF, JPEG or PNG. Raises `Refused` for anything else, with what it seems to be."""
    kind = begins_as(body)
    if kind is None:
        raise Refused("other_kind", seems=_seems(body))
    return kind


def begins_as(body: bytes) -> str | None:
    return next((kind for magic, kind in _SIGNATURES if body.startswith(magic)), None)


def _seems(body: bytes) -> str:
    for magic, word in _OTHERS:
        if body.startswith(magic):
            return word
    if body[4:8] == b"ftyp":
        return "heic" if body[8:12] in _HEIF else "video"
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return "webp"
    return "page" if _PAGE.match(body.removeprefix(b"\xef\xbb\xbf")[:400]) else ""


def refuse_other_readings(body: bytes) -> None:
    """A file that another program would open as a web page or an archive. Raises `Refused`."""
    if _MARKUP.search(body):
        raise Refused("two_kinds", other="page")
    if holds_zip(body):
        raise Refused("two_kinds", other="archive")


def holds_zip(body: bytes) -> bool:
    """Whether an archive ends in the last bytes, as programs look for it: its end names a directory just before it."""
    tail = body[-(_LONGEST_COMMENT + _END_OF_ZIP.size) :]
    at = tail.rfind(b"PK\x05\x06")
    while at >= 0:
        if at + _END_OF_ZIP.size <= len(tail):
            size = _END_OF_ZIP.unpack_from(tail, at)[5]
            start = len(body) - len(tail) + at - size
            if size == 0 or (start >= 0 and body[start : start + 4] == _ENTRY_OF_ZIP):
                return True
        at = tail.rfind(b"PK\x05\x06", 0, at)
    return False
