"""What a forger does to a letter with a text editor, or a program that knows what a PDF is made of."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable

import pikepdf

from tests.unit.letters.pdf_tricks import Given, edited, redrawn


def place(pdf: bytes) -> tuple[int, int]:
    """Where the signature is kept, with its brackets."""
    start = pdf.index(b"/Contents <") + len(b"/Contents ")
    return start, pdf.index(b">", start) + 1


def update(pdf: bytes, objects: dict[int, bytes] | None = None) -> bytes:
    """A later revision with other objects, as any editor appends it."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        size, root = int(document.trailer.Size), document.trailer.Root.objgen[0]
        info = document.trailer.Info.objgen[0]
    objects = objects or {info: b"<< /Title (changed) >>"}
    before = int(pdf.rsplit(b"startxref", 1)[1].split()[0])
    body, table = pdf, b"xref\n"
    for number, value in objects.items():
        table += b"%d 1\n%010d 00000 n \n" % (number, len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, value)
    table += b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R /Prev %d >>\n" % (size + 2, root, info, before)
    return body + table + b"startxref\n%d\n%%%%EOF\n" % len(body)


def page_number(pdf: bytes) -> tuple[int, int, bytes]:
    """Object numbers of the first page and of its contents, and the page as it is written."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        page = document.pages[0].obj
        return page.objgen[0], page.Contents.objgen[0], page.unparse(resolved=True)


def update_note(pdf: bytes) -> bytes:
    """An annotation over the amount, in a later revision."""
    number, _, page = page_number(pdf)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        free = int(document.trailer.Size)
    note = b"<< /Type /Annot /Subtype /FreeText /Rect [100 400 300 440] /F 4 /Contents (99,999.00) >>"
    return update(pdf, {number: page[:-2] + b"/Annots [ %d 0 R ] >>" % free, free: note})


def update_content(pdf: bytes) -> bytes:
    """Other contents for the first page, in a later revision."""
    _, content, _ = page_number(pdf)
    drawn = b"BT ET"
    return update(pdf, {content: b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn)})


def second_signature(given: Given) -> bytes:
    """A later revision with a signature of somebody else, as an office program adds one."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

    class Bold(PdfSigner):
        """pyHanko itself refuses to sign what allows no change."""

        def _enforce_certification_constraints(self, reader: object) -> None:
            pass

    writer = IncrementalPdfFileWriter(io.BytesIO(given.pdf))
    spec = fields.SigFieldSpec("Second")
    signer = Bold(PdfSignatureMetadata(field_name="Second"), given.forger.pyhanko, new_field_spec=spec)
    out: io.BytesIO = signer.sign_pdf(writer)
    return out.getvalue()


def replaced_xref(pdf: bytes) -> bytes:
    start = int(pdf.rsplit(b"startxref", 1)[1].split()[0])
    return pdf.replace(b"startxref\n%d" % start, b"startxref\n%d" % (start - 1))


def swapped_objects(pdf: bytes) -> bytes:
    """One object stream exchanged for another of the same length: titles, fields and pages live in there."""
    found = next(m for m in re.finditer(rb"/Type /ObjStm.*?stream\r?\n", pdf, re.DOTALL))
    end = pdf.index(b"endstream", found.end())
    raw = pdf[found.end() : end].rstrip(b"\r\n")
    plain = zlib.decompress(raw)
    packed = zlib.compress(plain.replace(b"/Marked true", b"/Marked null", 1), 9)
    assert packed != raw
    assert len(packed) <= len(raw)
    return pdf[: found.end()] + packed.ljust(len(raw), b"\0") + pdf[found.end() + len(raw) :]


def same_length(pdf: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The capsule's stream exchanged in its place for one of the same length, so that no offset moves."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        raw = document.attachments["capsule.json"].get_file().obj.read_raw_bytes()
    packed = zlib.compress(change(zlib.decompress(raw)), 9)
    assert len(packed) <= len(raw)
    return pdf.replace(raw, packed.ljust(len(raw), b"\0"))


def content_in_place(pdf: bytes) -> bytes:
    """The first page's own stream exchanged for one in which other figures are drawn, of the same length."""
    out = edited(pdf, lambda d: redrawn(d, "1", "9"))
    with pikepdf.open(io.BytesIO(out)) as document:
        content = document.pages[0].obj.Contents.read_bytes()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        raw = document.pages[0].obj.Contents.read_raw_bytes()
    packed = min((zlib.compress(content, level) for level in range(1, 10)), key=len)
    packed = packed[: len(raw)].ljust(len(raw), b"\0")
    assert packed != raw
    return pdf.replace(raw, packed)


def ranged(pdf: bytes, text: str) -> bytes:
    """Another signed range, in the place of the first."""
    start, _ = place(pdf)
    old = pdf[pdf.index(b"/ByteRange") : start - len(b"/Contents ")]
    return pdf.replace(old, f"/ByteRange [ {text} ]".encode().ljust(len(old)))


def narrowed(pdf: bytes) -> bytes:
    start, end = place(pdf)
    return ranged(pdf, f"0 {start} {end} {len(pdf) - end - 1}")


def gapped(pdf: bytes) -> bytes:
    """The signed range with a gap after the signature: 20 bytes that anyone may write."""
    start, end = place(pdf)
    return ranged(pdf, f"0 {start} {end + 20} {len(pdf) - end - 20}")


def stuffed(pdf: bytes) -> bytes:
    """Bytes put behind the signature, and the signed range moved past them."""
    start, end = place(pdf)
    out = pdf[:end] + b" % 99,999.00 " + pdf[end:]
    return ranged(out, f"0 {start} {end + 13} {len(pdf) - end}")


def stripped(document: pikepdf.Pdf) -> None:
    """The letter without its signature, as an editor's “remove signatures” leaves it."""
    del document.Root.AcroForm, document.Root.Perms
    for page in document.pages:
        page.obj.Annots = pikepdf.Array([])


def padding_used(pdf: bytes) -> bytes:
    _, end = place(pdf)
    return pdf[: end - 9] + b"deadbeef>" + pdf[end:]


def capitals(pdf: bytes) -> bytes:
    start, end = place(pdf)
    return pdf[:start] + pdf[start:end].upper() + pdf[end:]


def blank_inside(pdf: bytes) -> bytes:
    _, end = place(pdf)
    return pdf[: end - 2] + b" >" + pdf[end:]


def emptied(pdf: bytes) -> bytes:
    start, end = place(pdf)
    return pdf[: start + 1].ljust(end - 1, b"0") + pdf[end - 1 :]


def other_signature(given: Given) -> bytes:
    """The signature of another letter of the same issuer."""
    start, end = place(given.pdf)
    first, last = place(given.other)
    return given.pdf[:start] + given.other[first:last].ljust(end - start) + given.pdf[end:]


def loosened(document: pikepdf.Pdf) -> None:
    """“No changes allowed” made “filling in allowed”."""
    document.Root.Perms.DocMDP.Reference[0].TransformParams.P = 2
