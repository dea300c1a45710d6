"""Papers bound together: put into one PDF with bookmarks and running page numbers, and into a ZIP. What was uploaded
becomes A4 pages in a process apart first (`core.uploads.sheets`). The same papers give the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import NamedTuple

import pikepdf
from weasyprint import CSS, HTML

from core.letters.papers import fonts_and_style
from core.letters.render import PRESS_LOCK
from core.uploads.sheets import A4, drawn_onto, saved

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP can say: the same papers are the same ZIP
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]')
_NUMBER = """
@page { size: A4; margin: 0; @bottom-center { content: none } @bottom-right { content: none } }
p { height: 297mm; margin: 0; position: relative; break-after: page }
p:last-child { break-after: auto }
span { position: absolute; bottom: 5.5mm; left: -2em; right: 0; text-align: center }
span { font: 8pt/1 "Hongcai Song"; color: #444 }
"""
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)


class Part(NamedTuple):
    """A paper to be bound: what its bookmark says, and its PDF."""

    title: str
    pdf: bytes


def joined(pdfs: Sequence[bytes]) -> bytes:
    """Several PDFs, one after the other."""
    with pikepdf.new() as made:
        for pdf in pdfs:
            _append(made, pdf)
        return saved(made)


def count(pdf: bytes) -> int:
    """How many pages."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return len(opened.pages)


def bind(title: str, parts: Sequence[Part]) -> bytes:
    """One PDF of all parts: a bookmark at the first page of each, a running number at the foot of every page."""
    with pikepdf.new() as made:
        starts = [_append(made, part.pdf) for part in parts]
        whole = len(made.pages)
        with pikepdf.open(io.BytesIO(_numbers(whole))) as numbers:
            for n, (page, number) in enumerate(zip(made.pages, numbers.pages, strict=True), 1):
                width = float(page.mediabox[2]) - float(page.mediabox[0])
                left = float(page.mediabox[0]) + (width - A4[0]) / 2
                drawn_onto(made, page, number, pikepdf.Rectangle(left, 0, left + A4[0], A4[1]), f"/Number{n}")
        with made.open_outline() as outline:
            for part, start in zip(parts, starts, strict=True):
                outline.root.append(pikepdf.OutlineItem(part.title, start))
        made.Root.PageMode = pikepdf.Name.UseOutlines
        made.docinfo["/Title"] = title
        return saved(made)


def packed(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A ZIP of files by name, each name safe on Windows and marked as UTF-8."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, body in files:
            entry = zipfile.ZipInfo(safe_name(name), _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_STORED  # PDFs are deflated already
            entry.external_attr = 0o600 << 16
            made.writestr(entry, body)
    return out.getvalue()


def safe_name(name: str) -> str:
    """A file's name that every system takes: nothing that Windows refuses, not too long, its ending kept."""
    stem, dot, ending = _UNSAFE.sub("_", name).rpartition(".")
    if not dot:
        stem, ending = ending, ""
    stem = stem.strip(" .")[:80].strip(" .") or "_"
    found = f"{stem}{dot}{ending.strip(' .')}"
    return f"_{found}" if _RESERVED.match(found) else found


def _append(made: pikepdf.Pdf, pdf: bytes) -> int:
    """Add the pages of a PDF; returns the place of the first."""
    start = len(made.pages)
    with pikepdf.open(io.BytesIO(pdf)) as source:
        made.pages.extend(source.pages)
    for page in made.pages[start:]:
        for key in ("/StructParents", "/Annots", "/AA", "/Tabs"):  # of a structure that does not come along
            if key in page:
                del page[key]
    return start


def _numbers(whole: int) -> bytes:
    """As many empty A4 pages, each with its number at the foot."""
    body = "".join(f"<p><span>材料包 {n} / {whole}</span></p>" for n in range(1, whole + 1))
    with PRESS_LOCK:
        fonts, papers = fonts_and_style()
        own = CSS(string=_NUMBER, font_config=fonts)
        pdf = HTML(string=f'<html lang="zh-CN"><title>{whole}</title><body>{body}').write_pdf(
            stylesheets=[papers, own], font_config=fonts, pdf_identifier=b"numbers"
        )
    assert isinstance(pdf, bytes)
    return pdf
