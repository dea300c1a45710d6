"""A letter is paper: nothing in it acts, and nothing hides what is printed.

A file can be signed, whole and of one revision, and still run a script, lay a box over the amount, or crop it away. No
letter of ours has any of that, so what has it is refused, whoever signed it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pikepdf

_CATALOGUE = {
    "/AF", "/AcroForm", "/Extensions", "/Lang", "/MarkInfo", "/Metadata", "/Names", "/Outlines", "/OutputIntents",
    "/PageLayout", "/PageMode", "/Pages", "/Perms", "/StructTreeRoot", "/Type", "/Version", "/ViewerPreferences",
}  # fmt: skip
_NAMES = {"/Dests", "/EmbeddedFiles"}
_A4 = (595.2756, 841.8898)
_UNSEEN = re.compile(rb"(?<![\d.])[37]\s+Tr(?=\s)")  # text that is drawn invisibly (ISO 32000-1, 9.3.6)

Problem = tuple[str, str, str]
"""Line of the answer, and the sentence in Chinese and English."""


def disguise(pdf: pikepdf.Pdf) -> Problem | None:
    """What in the file acts or hides; None if nothing does."""
    return next(_found(pdf), None)


def _found(pdf: pikepdf.Pdf) -> Iterator[Problem]:
    root = pdf.Root
    odd = sorted(set(root.keys()) - _CATALOGUE) + sorted(set(root.get("/Names", {}).keys()) - _NAMES)
    if "/OCProperties" in odd:
        yield (
            "page",
            "文件含有可以隐藏的图层，通知书没有图层",
            "the file has layers that can be hidden: a letter has none",
        )
    if odd:
        named = "、".join(key.removeprefix("/") for key in odd[:3])
        yield (
            "file",
            f"文件含有会自动执行的内容（{named}），通知书没有",
            f"the file holds what may act ({', '.join(odd[:3])})",
        )
    (field,) = root.AcroForm.Fields
    if "/AA" in field or "/A" in field or "/XFA" in root.AcroForm:
        yield "file", "签名栏含有会自动执行的内容，通知书没有", "the signature's field holds what may act"
    for number, page in enumerate(pdf.pages, 1):
        yield from _on_page(page, number, field)
    for item in pdf.objects:
        if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Form" and _UNSEEN.search(item.read_bytes()):
            yield "page", "版面上有看不见的文字", "there is text on a page that is drawn invisibly"


def _on_page(page: pikepdf.Page, number: int, field: pikepdf.Object) -> Iterator[Problem]:
    if "/AA" in page:
        yield "file", f"第{number}页含有会自动执行的内容，通知书没有", f"page {number} holds what may act"
    if any(annotation.objgen != field.objgen for annotation in page.get("/Annots", [])):
        yield (
            "page",
            f"第{number}页上盖有批注，可能遮住原文",
            f"something was laid over page {number}: a letter has no annotations but its signature",
        )
    box = tuple(float(edge) for edge in page.mediabox)
    flat = all(abs(found - edge) < 1 for found, edge in zip(box, (0.0, 0.0, *_A4), strict=True))
    same = all(abs(float(a) - float(b)) < 1 for a, b in zip(page.cropbox, page.mediabox, strict=True))
    if not flat or not same or any(int(node.get("/Rotate", 0)) for node in _up(page.obj)) or "/UserUnit" in page:
        yield (
            "page",
            f"第{number}页被旋转、裁切或改了大小，可能遮住原文",
            f"page {number} is rotated, cropped or resized: part of it may not be seen",
        )
    if _UNSEEN.search(_drawn(page)):
        yield "page", f"第{number}页上有看不见的文字", f"there is text on page {number} that is drawn invisibly"


def _up(node: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """A page and what it inherits from; a tree that goes round in circles has more than any letter's."""
    for _ in range(8):
        yield node
        if "/Parent" not in node:
            return
        node = node.Parent
    raise ValueError("the tree of pages is too deep")


def _drawn(page: pikepdf.Page) -> bytes:
    contents = page.obj.get("/Contents", b"")
    parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    return b"\n".join(part.read_bytes() for part in parts if isinstance(part, pikepdf.Stream))
