"""How a paper looks, page by page, for the viewer beside a case."""

from __future__ import annotations

import io

import pypdfium2
from PIL import Image

from core.uploads.kinds import PDF, Refused
from core.uploads.pictures import opened, upright

MAX_SIDE = 8_000  # pixels of a page that is very long and narrow


def sizes(body: bytes, kind: str) -> list[tuple[int, int]]:
    """Width and height of each page, upright, for the proportions; in points or pixels."""
    if kind != PDF:
        image = opened(body)
        turned = image.getexif().get(0x0112, 1) >= 5  # what lies on its side
        return [image.size[::-1] if turned else image.size]
    pdf = _open(body)
    return [(max(1, round(width)), max(1, round(height))) for width, height in map(pdf.get_page_size, range(len(pdf)))]


def draw(body: bytes, kind: str, number: int, width: int, turn: int) -> bytes:
    """Page `number` (from 0) as WebP, `width` pixels wide before it is turned by `turn` degrees to the right."""
    if kind == PDF:
        image = _page(body, number, width)
    else:
        image = upright(body, max(width, MAX_SIDE // 2))
        if image.width > width:
            image = image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)
    if turn:
        image = image.rotate(-turn, expand=True)
    out = io.BytesIO()
    image.save(out, "WEBP", quality=82, method=2)
    return out.getvalue()


def _page(body: bytes, number: int, width: int) -> Image.Image:
    pdf = _open(body)
    try:
        if pdf.get_formtype():
            pdf.init_forms()  # what was filled in is shown
        page = pdf[number]
        wide, high = page.get_size()
        scale = min(width / max(wide, 1), MAX_SIDE / max(high, 1))
        image = page.render(scale=scale).to_pil()
    except pypdfium2.PdfiumError as error:
        raise Refused("pdf_broken") from error
    return image.convert("RGB")


def _open(body: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        raise Refused("pdf_broken") from error
