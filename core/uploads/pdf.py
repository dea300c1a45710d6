"""Whether a PDF is a paper and nothing else: it opens in two readers, is not locked, does nothing, hides nothing."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator

import pikepdf
import pypdfium2

from core.uploads.kinds import Refused, refuse_other_readings

MAX_PAGES = 500
MAX_OBJECTS = 300_000
MAX_STREAM = 256 << 20  # bytes of one stream unpacked: a page scanned in colour at 600 dpi has a hundred million
MAX_STREAMS = 1 << 30  # of all together
_CHUNK = 1 << 20

_STRINGS = re.compile(rb"\((?:\\.|[^()\\])*\)|<[0-9a-f]*>", re.DOTALL)
# Names as qpdf writes them out again, so that no spelling with #xx hides one. Each makes a PDF act, or carry something
# along: a link to a page of it, or to a site, is none of these.
_SCRIPT = re.compile(rb"/(?:JavaScript|Launch|XFA|SubmitForm|ImportData|Rendition|GoToE)\b|/JS\s*[(<\d]")
_CARRIED = re.compile(rb"/(?:EmbeddedFiles?|FileAttachment|RichMedia\w*|Movie|Sound|3D)\b|/EF\s*[<\d]")
_FLATE = ("/FlateDecode", "/Fl")


def check(body: bytes) -> int:
    """The number of its pages. Raises `Refused` with what is wrong."""
    end = body.rfind(b"%%EOF")
    if end < 0 or body[end + 5 :].strip(b"\0\t\n\f\r "):
        raise Refused("pdf_end")
    try:
        with pikepdf.open(io.BytesIO(body), suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise Refused("pdf_locked")
            pages = len(pdf.pages)
            if pages == 0:
                raise Refused("pdf_empty")
            if pages > MAX_PAGES:
                raise Refused("pdf_long", pages=pages, most=MAX_PAGES)
            _walk(pdf)
    except pikepdf.PasswordError as error:
        raise Refused("pdf_locked") from error
    except (
        pikepdf.PdfError,
        RuntimeError,
        ValueError,
        TypeError,
        zlib.error,
    ) as error:  # all that qpdf's objects raise
        raise Refused("pdf_broken") from error
    refuse_other_readings(body)
    _opens_elsewhere(body, pages)
    return pages


def _walk(pdf: pikepdf.Pdf) -> None:
    """Every object, whether a page shows it or not."""
    _refuse_acts(pdf.trailer.unparse())
    left = MAX_STREAMS
    for number, item in enumerate(pdf.objects):
        if number >= MAX_OBJECTS:
            raise Refused("pdf_large")
        if isinstance(item, pikepdf.Stream):
            _refuse_acts(item.stream_dict.unparse())
            left -= _unpacked(item, min(left, MAX_STREAM))
        elif isinstance(item, pikepdf.Object):  # numbers, truth values and nothing come as they are
            _refuse_acts(item.unparse(resolved=True))


def _refuse_acts(written: bytes) -> None:
    if b"/" not in written:
        return
    names = _STRINGS.sub(b"()", written)
    if _SCRIPT.search(names):
        raise Refused("pdf_script")
    if _CARRIED.search(names):
        raise Refused("pdf_carries")


def _unpacked(stream: pikepdf.Stream, most: int) -> int:
    """How many bytes it has unpacked, where it is packed by deflate. Raises `Refused` for more than `most`."""
    filters = [*_filters(stream)]
    if not filters or filters[0] not in _FLATE:
        return 0
    if sum(name in _FLATE for name in filters) > 1:
        raise Refused("pdf_large")
    unpacker, data, size = zlib.decompressobj(), stream.read_raw_bytes(), 0
    while data and not unpacker.eof:
        part = unpacker.decompress(data, _CHUNK)
        data, size = unpacker.unconsumed_tail, size + len(part)
        if size > most:
            raise Refused("pdf_large")
    return size


def _filters(stream: pikepdf.Stream) -> Iterator[str]:
    found = stream.get("/Filter")
    if isinstance(found, pikepdf.Name):
        yield str(found)
    elif isinstance(found, pikepdf.Array):
        yield from map(str, found.as_list())


def _opens_elsewhere(body: bytes, pages: int) -> None:
    """With the reader that shows it, too: what only one of the two can open, people do not see as it was checked."""
    try:
        pdf = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        raise Refused("pdf_broken") from error
    try:
        if len(pdf) != pages:
            raise Refused("pdf_broken")
        for number in range(pages):
            page = pdf[number]
            page.close()
    except pypdfium2.PdfiumError as error:
        raise Refused("pdf_broken") from error
    finally:
        pdf.close()
