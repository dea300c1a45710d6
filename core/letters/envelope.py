"""The outside of a signed letter: which bytes are signed, and where in the file the signature itself lies.

Everything is read from the raw bytes, before any PDF library sees the file. A signature covers the file except the
place where it is kept, so that place is held to one spelling: `<`, lower-case hexadecimal of the DER bytes, zeros to
the end, `>`. Otherwise bits could be changed there and nobody would notice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]")
_CONTENTS = re.compile(rb"<([0-9a-f]*)>")
_MARKS = (b"%PDF-", b"startxref", b"%%EOF")


class EnvelopeError(Exception):
    """Something about the outside that no genuine letter has. `line` is the line of the answer it belongs to."""

    def __init__(self, line: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.line, self.zh, self.en = line, zh, en


@dataclass(frozen=True, slots=True)
class Envelope:
    """A signature container (CMS, DER) and the SHA-256 of the bytes it claims to cover."""

    byte_range: tuple[int, int, int, int]
    cms: bytes
    digest: bytes
    missing: int
    """Bytes that the signature covers and the file no longer has."""
    extra: int
    """Bytes after the part that the signature covers."""


def looks_like_pdf(data: bytes) -> bool:
    """Whether this is, or was once, a PDF file: any of its marks is there."""
    return any(mark in data for mark in _MARKS)


def revision_problem(data: bytes) -> tuple[str, str] | None:
    """Why the file is not one single revision, as (zh, en); None if it is."""
    if not data.startswith(b"%PDF-"):
        return "文件开头被改动，不是完整的 PDF", "the file does not begin as a PDF does"
    ends, tables = data.count(b"%%EOF"), data.count(b"startxref")
    if ends == 0 or tables == 0:
        return "文件不完整（缺少结尾），可能被截断", "the file has no end: it was cut short"
    if ends > 1 or tables > 1:
        return (
            f"文件在成文之后又被追加了内容（共{max(ends, tables)}个版本）",
            f"something was added after the letter was issued ({max(ends, tables)} revisions)",
        )
    if data.endswith(b"%%EOF"):
        return "文件末尾缺少字节，可能被截断", "the end of the file is missing: it was cut short"
    if not data.endswith(b"%%EOF\n"):
        return "文件结尾之后还有内容", "there is something after the end of the file"
    return None


def read_envelope(data: bytes) -> Envelope | None:
    """The signature container of the file; None if there is no signature at all. Raises EnvelopeError."""
    ranges = _RANGE.findall(data)
    if not ranges:
        return None
    if len(ranges) > 1:
        raise EnvelopeError(
            "signature",
            f"文件中有{len(ranges)}个签名，通知书只有一个",
            f"the file has {len(ranges)} signatures, a letter has one",
        )
    first, length, second, rest = byte_range = tuple(int(number) for number in ranges[0])
    if first != 0 or not 0 < length < second or second > len(data):
        raise EnvelopeError(
            "coverage", "签名范围不合规", f"the signed range {list(byte_range)} is not that of a letter"
        )
    match = _CONTENTS.fullmatch(data, length, second)
    if match is None:
        raise EnvelopeError(
            "coverage",
            "签名以外的字节被改动，或者签名没有覆盖全文",
            "the part that the signature leaves out is more than the signature: bytes there were changed",
        )
    digest = sha256(data[:length])
    digest.update(data[second : second + rest])
    end = second + rest
    return Envelope(
        byte_range=(first, length, second, rest),
        cms=_trimmed(match[1]),
        digest=digest.digest(),
        missing=max(0, end - len(data)),
        extra=max(0, len(data) - end),
    )


def _trimmed(digits: bytes) -> bytes:
    """The DER value at the beginning of the container, if nothing but zeros follows it."""
    broken = EnvelopeError(
        "signature", "签名数据被改动，无法读取", "the signature's bytes were changed: it cannot be read"
    )
    if len(digits) % 2 or len(digits) < 8:
        raise broken
    raw = bytes.fromhex(digits.decode("ascii"))
    if raw[0] != 0x30 or not 0x81 <= raw[1] <= 0x83:
        raise broken
    size = raw[1] - 0x80
    end = 2 + size + int.from_bytes(raw[2 : 2 + size], "big")
    if end > len(raw) or any(raw[end:]):
        raise broken
    return raw[:end]
