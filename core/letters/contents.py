"""The inside of a letter: its capsule, its metadata, its text, read with limits on everything.

Only files whose signature is intact come here (core.letters.verify).
"""

from __future__ import annotations

import io
import json
import re
import threading
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pikepdf
import pypdfium2
import rfc8785

from core.letters.envelope import Envelope
from core.letters.plain import disguise

CAPSULE_NAME = "capsule.json"
PAPER_NAME = "paper.json"  # in a paper of the procedure: what it says
SAMPLE = "样稿"
MAX_PAGES = 200
MAX_CAPSULE = 16 * 1024 * 1024
MAX_UNPACKED = 64 * 1024 * 1024

_PDFIUM = threading.Lock()  # pdfium is not thread-safe
_DATE = "D:%Y%m%d%H%M%SZ"
_DATE_LENGTH = len("D:20261130080000Z")  # else a day of one digit would be taken too
_STREAM = re.compile(rb"(?<!end)stream\r?\n")


class ContentsError(Exception):
    """Something about the inside that no genuine letter has. `line` is the line of the answer it belongs to."""

    def __init__(self, line: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.line, self.zh, self.en = line, zh, en


@dataclass(frozen=True, slots=True)
class Contents:
    """What a letter holds beside its signature."""

    title: str
    number: str
    issuer: str
    payee: str
    signed_at: str
    """Time that the signer states, ISO 8601 in UTC; empty if it states none that can be read."""
    capsule: dict[str, Any]
    capsule_bytes: bytes
    pages: tuple[str, ...]
    """Text of each page without white space."""
    paper: bool = False
    """Whether it is a paper of the procedure: what is attached is its own words, and no decision."""

    @property
    def capsule_digest(self) -> str:
        """Digest of the attached capsule."""
        return "sha256:" + sha256(self.capsule_bytes).hexdigest()

    @property
    def kind(self) -> str:
        """What the capsule's outcome makes of the letter: award or refusal; paper where there is no decision."""
        if self.paper:
            return "paper"
        return "award" if self.capsule.get("outcome") == "eligible" else "refusal"

    @property
    def amount_fen(self) -> int | None:
        """The capsule's amount, if it is a whole number of fen."""
        amount = self.capsule.get("amount_fen")
        return amount if type(amount) is int else None

    @property
    def sample(self) -> bool:
        """Whether the decision rests on demonstration values or the page says 样稿."""
        return bool(self.capsule.get("demonstration")) or SAMPLE in self.text

    @property
    def text(self) -> str:
        """Text of all pages, without white space."""
        return "".join(self.pages)


@dataclass(frozen=True, slots=True)
class Inside:
    """What the file of a letter says of itself, and the one thing attached to it."""

    title: str
    number: str
    issuer: str
    addressee: str
    attached: bytes
    name: str = CAPSULE_NAME
    description: str = "决定包：核定所依据的事实、参数、审核与计算"


def squeeze(text: str) -> str:
    """Text without white space, line-end hyphens as pdfium gives them turned back: for comparing across line breaks."""
    return re.sub(r"\s+", "", text.replace("\ufffe", "-").replace("\x02", "-"))


def read_contents(data: bytes, envelope: Envelope, *, trusted: bool) -> Contents:
    """The inside of the file. Raises ContentsError, and for anything a PDF library chokes on too.

    The file of a signer who is not known to be trusted is measured first: it might be made to unpack without end.
    """
    try:
        if not trusted:
            _bounded(data)
        with pikepdf.open(io.BytesIO(data), attempt_recovery=False, suppress_warnings=True) as pdf:
            if pdf.get_warnings():
                raise ContentsError("file", "文件结构有错误", "the file's structure has errors")
            signature = _certification(pdf, envelope)
            if not trusted:
                _simple(pdf)
            if problem := disguise(pdf):
                raise ContentsError(*problem)
            attached, capsule_bytes = _attachment(pdf)
            info = {key: str(pdf.docinfo.get(f"/{key}", "")) for key in ("Title", "Subject", "Author", "Keywords")}
            signed_at = _instant(str(signature.get("/M", "")))
        pages = page_texts(data)
    except ContentsError:
        raise
    except (
        pikepdf.PdfError,
        pypdfium2.PdfiumError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
    ) as error:
        raise ContentsError(
            "file", "文件结构损坏，无法读取", f"the file is damaged ({type(error).__name__})"
        ) from error
    return Contents(
        title=info["Title"],
        number=info["Subject"],
        issuer=info["Author"],
        payee=info["Keywords"],
        signed_at=signed_at,
        capsule=parse_capsule(capsule_bytes),
        capsule_bytes=capsule_bytes,
        pages=pages,
        paper=attached == PAPER_NAME,
    )


def _certification(pdf: pikepdf.Pdf, envelope: Envelope) -> pikepdf.Object:
    """The signature dictionary, if it is the file's only one and certifies that nothing may change (DocMDP 1)."""
    root = pdf.Root
    if any(key in pdf.trailer for key in ("/Prev", "/XRefStm", "/Encrypt")):
        raise ContentsError("revision", "文件包含不止一个版本", "the file's cross-reference names an earlier revision")
    wrong = ContentsError(
        "signature", "签名不是“不允许更改”的认证签名", "the signature does not certify “no changes allowed”"
    )
    fields = list(root.AcroForm.Fields) if "/AcroForm" in root else []
    if len(fields) != 1 or fields[0].get("/FT") != "/Sig" or "/Perms" not in root or "/DocMDP" not in root.Perms:
        raise wrong
    signature = fields[0].V
    (reference,) = list(signature.Reference)
    if (
        signature.objgen != root.Perms.DocMDP.objgen
        or tuple(int(n) for n in signature.ByteRange) != envelope.byte_range
        or reference.TransformMethod != "/DocMDP"
        or int(reference.TransformParams.P) != 1
        or signature.SubFilter != "/ETSI.CAdES.detached"
    ):
        raise wrong
    return signature


def _instant(text: str) -> str:
    """A PDF date in UTC as ISO 8601; empty where it is none, for whoever signs can write anything there."""
    try:
        at = datetime.strptime(text, _DATE).replace(tzinfo=UTC)
    except ValueError:
        return ""
    return at.isoformat().replace("+00:00", "Z") if len(text) == _DATE_LENGTH else ""


def _bounded(data: bytes) -> None:
    """Refuse a file that would unpack to more than a letter can be, before any library unpacks it."""
    room = MAX_UNPACKED
    for start in _STREAM.finditer(data):
        end = data.find(b"endstream", start.end())
        if end > start.end():
            room -= len(_inflated(data[start.end() : end], room + 1))
        if room < 0:
            raise ContentsError("file", "文件解压后过大", "the file unpacks to more than a letter can be")


def _simple(pdf: pikepdf.Pdf) -> None:
    """Refuse more pages than a letter has, and any packing but the one that `_bounded` has measured."""
    if len(pdf.pages) > MAX_PAGES:
        raise ContentsError("file", f"页数超过{MAX_PAGES}页", f"the file has more than {MAX_PAGES} pages")
    for item in pdf.objects:
        if isinstance(item, pikepdf.Stream) and item.get("/Filter", pikepdf.Name.FlateDecode) != "/FlateDecode":
            raise ContentsError("file", "含有通知书不用的压缩方式", f"a stream is packed as {item.Filter}")


def _inflated(raw: bytes, limit: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(raw, limit)
    except zlib.error:
        return b""  # whoever opens it will find out


def _attachment(pdf: pikepdf.Pdf) -> tuple[str, bytes]:
    """Name and bytes of the one attachment: the capsule, or the words of a paper."""
    names = list(pdf.attachments)
    if names not in ([CAPSULE_NAME], [PAPER_NAME]):
        raise ContentsError(
            "capsule",
            "没有决定包附件，或者附件不止一个",
            f"the attachments are {names[:3]}, not {CAPSULE_NAME} alone",
        )
    stream = pdf.attachments[names[0]].get_file().obj
    raw = stream.read_raw_bytes()
    data = _inflated(raw, MAX_CAPSULE + 1) if "/Filter" in stream else raw
    if len(data) > MAX_CAPSULE:
        raise ContentsError("capsule", "决定包过大", "the capsule is larger than a capsule can be")
    return names[0], data


def parse_capsule(data: bytes) -> dict[str, Any]:
    """The capsule in canonical JSON bytes. Raises ContentsError if they are not."""
    try:
        capsule = json.loads(data)
        if isinstance(capsule, dict) and rfc8785.dumps(capsule) == data:
            return capsule
    except (ValueError, RecursionError, rfc8785.CanonicalizationError):
        pass
    raise ContentsError("capsule", "决定包不是规范的 JSON（RFC 8785）", "the capsule is not canonical JSON (RFC 8785)")


def page_texts(data: bytes) -> tuple[str, ...]:
    """Text of each page, without white space. Raises pypdfium2.PdfiumError for what is not a PDF."""
    with _PDFIUM:
        document = pypdfium2.PdfDocument(data)
        try:
            texts = []
            for index in range(len(document)):
                page = document[index]
                text = page.get_textpage()
                texts.append(squeeze(text.get_text_range()))
                text.close()
                page.close()
            return tuple(texts)
        finally:
            document.close()
