"""Binding papers: page numbers and bookmarks fit whatever is bound, and nothing but what is seen comes along."""

from __future__ import annotations

import io
import zipfile

import pikepdf
import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.letters import binding
from core.letters.binding import Part
from core.uploads.kinds import Refused
from core.uploads.sheets import pages_of

SIZES = ((595, 842), (842, 595), (300, 200), (1200, 2000))


def pdf_of(*sizes: tuple[float, float], rotate: int = 0) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as made:
        for size in sizes:
            page = made.add_blank_page(page_size=size)
            page.Rotate = rotate
        made.save(out)
    return out.getvalue()


def picture(kind: str, width: int, height: int, orientation: int = 1) -> bytes:
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (width, height), "navy").save(out, kind, exif=exif)
    return out.getvalue()


PAPERS = st.lists(
    st.tuples(st.lists(st.sampled_from(SIZES), min_size=1, max_size=4), st.sampled_from([0, 90, 180, 270])),
    min_size=1,
    max_size=5,
)


@settings(max_examples=8, deadline=None)
@given(PAPERS)
def test_numbers_and_bookmarks_fit(papers: list[tuple[list[tuple[int, int]], int]]) -> None:
    parts = [
        Part(f"{n}. 材料", pages_of(pdf_of(*sizes, rotate=rotate), "application/pdf", 99))
        for n, (sizes, rotate) in enumerate(papers, 1)
    ]
    bound = binding.bind("合订", parts)
    assert bound == binding.bind("合订", parts)
    counts = [binding.count(part.pdf) for part in parts]
    assert counts == [len(sizes) for sizes, _rotate in papers]
    whole = sum(counts)
    document = pdfium.PdfDocument(bound)
    assert len(document) == whole
    for n, page in enumerate(document, 1):
        assert f"材料包 {n} / {whole}" in page.get_textpage().get_text_range()
        assert sorted(round(side) for side in page.get_size()) == [595, 842]
    bookmarks = [(it.get_title(), it.get_dest().get_index()) for it in document.get_toc()]
    assert bookmarks == [(part.title, sum(counts[:n])) for n, part in enumerate(parts)]


def test_only_what_is_seen_comes_along() -> None:
    out = io.BytesIO()
    with pikepdf.new() as made:
        page = made.add_blank_page(page_size=SIZES[0])
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        made.Root.OpenAction, page.AA = script, pikepdf.Dictionary(O=script)
        stamp = pikepdf.Stream(made, b"1 0 0 rg 0 0 200 200 re f")
        stamp.update({"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Form, "/BBox": [0, 0, 200, 200]})
        note = {"/Type": pikepdf.Name.Annot, "/Subtype": pikepdf.Name.Stamp, "/Rect": [100, 100, 300, 300], "/F": 4}
        page.Annots = pikepdf.Array([made.make_indirect({**note, "/AP": {"/N": made.make_indirect(stamp)}})])
        made.attachments["secret.txt"] = b"secret"
        made.save(out)
    part = pages_of(out.getvalue(), "application/pdf", 99)
    bound = binding.bind("x", [Part("章", part)])
    with pikepdf.open(io.BytesIO(bound)) as opened:
        assert not opened.attachments
        assert "/OpenAction" not in opened.Root
        assert not {"/Annots", "/AA"} & set(opened.pages[0].keys())
    shown = pdfium.PdfDocument(bound)[0].render(scale=1).to_pil()
    assert shown.getpixel((200, 640)) == (255, 0, 0)  # the stamp is part of the page


def test_pictures_are_upright_pages() -> None:
    for kind in ("JPEG", "PNG"):
        lying = pages_of(picture(kind, 800, 400), f"image/{kind.lower()}", 99)
        width, height = pdfium.PdfDocument(lying)[0].get_size()
        assert width > height
    turned = pages_of(picture("JPEG", 800, 400, orientation=6), "image/jpeg", 99)
    width, height = pdfium.PdfDocument(turned)[0].get_size()
    assert width < height


def test_what_is_no_paper_is_refused() -> None:
    for body, kind in ((b"%PDF-1.7 nothing", "application/pdf"), (b"\xff\xd8\xffnothing", "image/jpeg")):
        with pytest.raises(Refused):
            pages_of(body, kind, 99)
    assert binding.count(pages_of(pdf_of(*[SIZES[0]] * 9), "application/pdf", 4)) == 5  # one too many is told


@given(st.text(max_size=200))
def test_names_are_safe_on_windows(name: str) -> None:
    safe = binding.safe_name(f"{name}.pdf")
    assert safe.endswith(".pdf")
    assert not set(safe) & set('<>:"/\\|?*')
    assert len(safe) < 90
    assert safe.strip(" .") == safe


def test_a_zip_says_that_its_names_are_utf8_and_is_the_same_each_time() -> None:
    files = [("01_申请表.pdf", b"1"), ("con.pdf", b"2"), ("a/b:c.pdf", b"3")]
    packed = binding.packed(files)
    assert packed == binding.packed(files)
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        assert opened.namelist() == ["01_申请表.pdf", "_con.pdf", "a_b_c.pdf"]
        assert opened.infolist()[0].flag_bits & 0x800
