"""An uploaded paper as A4 pages, to be bound with others.

Of a foreign PDF only what is seen on its pages goes along: forms and stamps are drawn into the page first, then the
page becomes a picture of itself on a new one, so that scripts, attachments, links and metadata stay behind. The same
paper gives the same bytes.
"""

from __future__ import annotations

import io
from itertools import islice

import pikepdf

from core.uploads.kinds import PDF, Refused
from core.uploads.pictures import upright

A4 = (595.276, 841.89)  # points
SIDE = 2_400  # pixels of the longer side of a picture: 200 an inch on A4
FOOT, EDGE = 30.0, 12.0  # points: kept free below for the running number, and around


def pages_of(body: bytes, kind: str, most: int) -> bytes:
    """A PDF of A4 pages; of a paper that has more than `most`, the first beyond that is the last made. Raises
    `Refused`."""
    try:
        with pikepdf.open(io.BytesIO(body)) if kind == PDF else _of_picture(body) as source, pikepdf.new() as made:
            source.generate_appearance_streams()
            source.flatten_annotations("print")
            for page in islice(source.pages, most + 1):
                _place(made, page)
            if len(made.pages) == 0:
                raise Refused("pdf_empty")
            return saved(made)
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError) as error:  # as damage has it
        raise Refused("pdf_broken") from error


def drawn_onto(made: pikepdf.Pdf, page: pikepdf.Page, other: pikepdf.Page, where: pikepdf.Rectangle, name: str) -> None:
    """`add_overlay`, but under a given name: pikepdf makes one up, and no two files are equal. No two pages have one
    name: they may share their resources."""
    called = pikepdf.Name(name)
    drawn = made.copy_foreign(other.as_form_xobject())
    page.add_resource(drawn, pikepdf.Name.XObject, called)
    placed = page.calc_form_xobject_placement(drawn, called, where)
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(b"\nQ\n" + placed)
    page.contents_coalesce()


def saved(pdf: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _of_picture(body: bytes) -> pikepdf.Pdf:
    """A picture, upright, as large as it fits on a page."""
    flat, out = upright(body, SIDE), io.BytesIO()
    flat.save(out, "JPEG", quality=88, optimize=True)
    width, height = flat.size
    made = pikepdf.new()
    scale = min(A4[0] / min(width, height), A4[1] / max(width, height))
    page = made.add_blank_page(page_size=(width * scale, height * scale))
    picture = pikepdf.Stream(
        made, out.getvalue(), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=width, Height=height,
        BitsPerComponent=8, ColorSpace=pikepdf.Name.DeviceRGB, Filter=pikepdf.Name.DCTDecode,
    )  # fmt: skip
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=picture))
    page.Contents = pikepdf.Stream(made, f"{width * scale:.3f} 0 0 {height * scale:.3f} 0 0 cm /P Do".encode())
    return made


def _place(made: pikepdf.Pdf, page: pikepdf.Page) -> None:
    """The page as a picture of itself on a new A4 page, upright or lying as it is."""
    left, bottom, right, top = (float(edge) for edge in page.trimbox)
    turned = int(page.get("/Rotate", 0)) % 180 != 0
    wide = abs(right - left) > abs(top - bottom)
    width, height = A4 if wide is turned else A4[::-1]
    new = made.add_blank_page(page_size=(width, height))
    drawn_onto(made, new, page, pikepdf.Rectangle(EDGE, FOOT, width - EDGE, height - EDGE), "/Page")
