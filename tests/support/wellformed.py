"""Two hundred papers and pictures that must be taken: what offices, scanners and telephones make. Seeded."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from io import BytesIO
from random import Random
from typing import Any, NamedTuple

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageDraw
from weasyprint import HTML

from core.uploads.kinds import JPEG, PDF, PNG

TYPES = {"pdf": PDF, "jpg": JPEG, "jpeg": JPEG, "png": PNG}


class Sent(NamedTuple):
    family: str
    name: str
    body: bytes


def good(seed: int = 7) -> Iterator[Sent]:
    random = Random(seed)
    for family, make in (
        ("weasyprint", _printed),
        ("pikepdf", _built),
        ("pillow", _scanned),
        ("jpeg", _photos),
        ("png", _drawn),
    ):
        for number, (suffix, body) in enumerate(make(random)):
            yield Sent(family, f"材料 {family}-{number:03d}.{suffix}", body)


def pdf(pages: int = 1, edit: Any = None, *, text: str = "Paper", **saved: Any) -> bytes:
    """A PDF with a line of text on each page; `edit(pdf)` changes it before it is saved."""
    out = BytesIO()
    with pikepdf.new() as made:
        font = made.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        for number in range(pages):
            page = made.add_blank_page(page_size=(595, 842))
            page.obj.Resources = Dictionary(Font=Dictionary(F1=font))
            page.obj.Contents = made.make_stream(f"BT /F1 24 Tf 72 700 Td ({text} {number + 1}) Tj ET".encode())
        if edit is not None:
            edit(made)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pikepdf.PageCopyWarning)  # forms are left half made on purpose
            made.save(out, static_id=not saved.get("encryption"), **saved)
    return out.getvalue()


def picture(random: Random, mode: str = "RGB", size: tuple[int, int] = (160, 120)) -> Image.Image:
    image = Image.new("RGB", size, random.choice(("white", "ivory", "lightgrey")))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        draw.line(
            [random.randrange(size[0]) for _ in range(4)], fill=random.choice(("black", "navy", "darkred")), width=2
        )
    return image.convert(mode) if mode != "I;16" else image.convert("I").convert("I;16")


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _printed(random: Random) -> Iterator[tuple[str, bytes]]:
    for number in range(6):
        rows = "".join(f"<tr><td>{it}<td>{random.randrange(9000)}" for it in range(5 * (number + 1)))
        options = {"pdf_variant": "pdf/a-3b"} if number == 3 else {"pdf_tags": True} if number == 4 else {}
        html = f'<h1>Statement {number}</h1><a href="https://example.com/">link</a><table>{rows}</table>'
        yield "pdf", HTML(string=html).write_pdf(**options)


def _built(random: Random) -> Iterator[tuple[str, bytes]]:
    def jump(it: pikepdf.Pdf) -> None:  # as word processors write it
        it.Root.OpenAction = Array([it.pages[0].obj, Name.Fit])

    def link(it: pikepdf.Pdf) -> None:
        action = Dictionary(S=Name.URI, URI=String("https://example.com/"))
        rect = Array([72, 72, 200, 100])
        it.pages[0].obj.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=rect, A=action)])

    def form(it: pikepdf.Pdf) -> None:
        field = Dictionary(
            FT=Name.Tx, T=String("name"), V=String("filled in"), Subtype=Name.Widget, Rect=Array([72, 72, 300, 100])
        )
        it.Root.AcroForm = Dictionary(Fields=Array([it.make_indirect(field)]), DA=String("/Helv 12 Tf"))

    def told(it: pikepdf.Pdf) -> None:  # words that mean something else inside a string
        it.docinfo[Name.Title] = String("How (/JS) and /JavaScript, /Launch and /EmbeddedFile work")
        it.docinfo[Name.Author] = String("王小明")

    def outline(it: pikepdf.Pdf) -> None:
        with it.open_outline() as made:
            made.root.append(pikepdf.OutlineItem("第一页", 0))

    def labelled(it: pikepdf.Pdf) -> None:
        with it.open_metadata() as meta:
            meta["dc:title"] = "<网页> & html"

    edits = (None, jump, link, form, told, outline, labelled)
    ways: tuple[dict[str, Any], ...] = (
        {}, {"object_stream_mode": pikepdf.ObjectStreamMode.generate}, {"linearize": True}, {"min_version": "1.7"},
        {"object_stream_mode": pikepdf.ObjectStreamMode.disable, "compress_streams": False},
    )  # fmt: skip
    for edit in edits:
        for way in ways:
            yield "pdf", pdf(random.randrange(1, 6), edit, **way)
    yield "pdf", pdf(500)
    yield "pdf", pdf() + b"\r\n\0\0 \n"  # as some scanners pad
    later = pdf(2)
    yield "pdf", later + later[later.rfind(b"startxref") :]  # saved twice, with nothing in between


def _scanned(random: Random) -> Iterator[tuple[str, bytes]]:
    for mode in ("RGB", "L", "1", "P", "CMYK"):
        for pages in (1, 2, 3):
            first, *more = (picture(random, mode) for _ in range(pages))
            yield (
                "pdf",
                saved(first, "PDF", save_all=True, append_images=more, resolution=random.choice((96, 200, 300))),
            )


def _photos(random: Random) -> Iterator[tuple[str, bytes]]:
    for mode in ("RGB", "L", "CMYK"):
        for options in (
            {},
            {"progressive": True},
            {"quality": 30},
            {"subsampling": 0},
            {"dpi": (300, 300)},
            {"optimize": True},
        ):
            yield random.choice(("jpg", "jpeg")), saved(picture(random, mode), "JPEG", **options)
    for turned in range(1, 9):
        exif = Image.Exif()
        exif[0x0112], exif[0x010F] = turned, "示例相机"
        yield "jpg", saved(picture(random), "JPEG", exif=exif)
    whole = saved(picture(random), "JPEG", restart_marker_blocks=4)
    film = struct.pack(">I4s4sI", 16, b"ftyp", b"mp42", 0) + struct.pack(">I4s", 24, b"mdat") + bytes(16)
    for tail in (bytes(64), saved(picture(random, size=(32, 24)), "JPEG"), film, b"\0\0\x01\0sefd-data SEFH SEFT"):
        yield "jpg", whole + tail  # what telephones write behind a photograph
    for size in ((1, 1), (17, 4_000), (3_000, 2_000)):
        yield "jpg", saved(picture(random, size=size), "JPEG")
    yield "png", saved(picture(random), "JPEG")  # telephones mix the two up
    for _ in range(40):
        size = (random.randrange(20, 400), random.randrange(20, 400))
        yield "jpg", saved(picture(random, size=size), "JPEG", quality=random.randrange(20, 96))


def _drawn(random: Random) -> Iterator[tuple[str, bytes]]:
    for mode in ("RGB", "RGBA", "L", "LA", "P", "1", "I;16"):
        for options in ({}, {"optimize": True}, {"compress_level": 0}, {"dpi": (300, 300)}):
            yield "png", saved(picture(random, mode), "PNG", **options)
    clear = picture(random, "P")
    yield "png", saved(clear, "PNG", transparency=0)
    yield "png", saved(picture(random, size=(2_000, 3_000)), "PNG")
    for _ in range(40):
        yield "png", saved(picture(random, size=(random.randrange(1, 300), random.randrange(1, 300))), "PNG")
