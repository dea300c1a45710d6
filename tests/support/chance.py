"""Good files that were cut or changed at random. By chance one may still be whole and harmless: `harmless` says so, and
it asks nobody whom the program asks. It reads the bytes itself, and has every page of a PDF drawn."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from random import Random

import pikepdf
import pypdfium2
from PIL import Image, ImageFile

from core.uploads.kinds import PDF
from tests.support.wellformed import pdf, picture, saved

Files = Iterator[tuple[str, bytes]]
CHANCE = frozenset(["cut", "changed"])
"""Families of which one in many may be whole by chance."""


def _wholes(random: Random) -> list[tuple[str, bytes]]:
    return [
        ("pdf", pdf(3)), ("pdf", pdf(2, linearize=True)),
        ("pdf", pdf(2, object_stream_mode=pikepdf.ObjectStreamMode.generate)),
        ("pdf", saved(picture(random), "PDF")), ("jpg", saved(picture(random), "JPEG")),
        ("jpg", saved(picture(random), "JPEG", progressive=True)), ("png", saved(picture(random, "P"), "PNG")),
        ("png", saved(picture(random), "PNG")),
    ]  # fmt: skip


def cut(random: Random) -> Files:
    for suffix, body in _wholes(random):
        for _ in range(42):
            yield f"半份.{suffix}", body[: random.randrange(1, len(body) - 8)]


def changed(random: Random) -> Files:
    """One to eight bytes written over, left out or put in."""
    for suffix, whole in _wholes(random):
        for _ in range(52):
            body = bytearray(whole)
            for _ in range(random.randrange(1, 9)):
                at, way = random.randrange(8, len(body)), random.randrange(3)
                body[at : at + (way != 1)] = b"" if way == 0 else random.randbytes(1)
            yield f"改过.{suffix}", bytes(body)


_ACTS = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|XFA|RichMedia|SubmitForm)\b")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


def harmless(body: bytes, kind: str) -> bool:
    """Whole and nothing else, by a reading of its own."""
    if kind != PDF:
        ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint, where it is imported, lets halves of pictures pass
        with Image.open(BytesIO(body)) as image:
            image.load()
            return image.width * image.height <= 50_000_000
    unpacked = b"".join(map(_inflated, _STREAM.findall(body)))
    document = pypdfium2.PdfDocument(body)
    drawn = [page.render(scale=0.2).to_numpy().size for page in document]
    document.close()
    return bool(drawn) and not _ACTS.search(body + unpacked) and body.rstrip(b"\0\r\n\t ").endswith(b"%%EOF")


def _inflated(part: bytes) -> bytes:
    """As much of a stream as can be unpacked."""
    packer, out = zlib.decompressobj(), b""
    try:
        for at in range(0, len(part), 64):
            out += packer.decompress(part[at : at + 64])
    except zlib.error:
        return out
    return out
