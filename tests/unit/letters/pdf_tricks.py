"""What a forger does to a letter with a PDF library; with a text editor it is `byte_tricks`."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pikepdf

from core.letters.sign import Signer, certify


@dataclass(frozen=True)
class Given:
    """What a forger has: two issued letters, and what they were signed from; a key of the forger's own under a
    certificate of the issuer's name, one that it made itself; and, where it is the issuer that cheats, the issuer's."""

    pdf: bytes
    unsigned: bytes
    other: bytes
    other_unsigned: bytes
    forger: Signer
    selfmade: Signer
    issuer: Signer


def edited(pdf: bytes, change: Callable[[pikepdf.Pdf], None], **saving: Any) -> bytes:
    """The file after an editor changed something and saved it anew."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        change(document)
        document.save(out, **saving)
    return out.getvalue()


def stream(document: pikepdf.Pdf, data: bytes, **keys: Any) -> pikepdf.Object:
    return document.make_indirect(pikepdf.Stream(document, data, **keys))


def box(document: pikepdf.Pdf) -> pikepdf.Dictionary:
    """A white square with an amount, as an annotation over the page."""
    name = pikepdf.Name
    look = stream(
        document, b"1 g 0 0 200 40 re f", Type=name.XObject, Subtype=name.Form, BBox=pikepdf.Array([0, 0, 200, 40])
    )
    return pikepdf.Dictionary(
        Type=name.Annot, Subtype=name.FreeText, Rect=pikepdf.Array([100, 400, 300, 440]), F=4,
        Contents=pikepdf.String("99,999.00元"), AP=pikepdf.Dictionary(N=look),
    )  # fmt: skip


def annotate(document: pikepdf.Pdf) -> None:
    page = document.pages[0]
    page.Annots = pikepdf.Array([*page.get("/Annots", []), document.make_indirect(box(document))])


def layer(document: pikepdf.Pdf) -> None:
    """A layer that is drawn or not as the catalogue says: shown when signed, hidden when read, or the other way."""
    name = pikepdf.Name
    group = document.make_indirect(pikepdf.Dictionary(Type=name.OCG, Name=pikepdf.String("底稿")))
    document.Root.OCProperties = pikepdf.Dictionary(
        OCGs=pikepdf.Array([group]), D=pikepdf.Dictionary(ON=pikepdf.Array([]), OFF=pikepdf.Array([group]))
    )
    page = document.pages[0]
    page.Resources.Properties = pikepdf.Dictionary(Draft=group)
    page.contents_add(b"/OC /Draft BDC q 1 g 100 400 200 40 re f Q EMC\n")


def script(document: pikepdf.Pdf) -> None:
    name = pikepdf.Name
    document.Root.OpenAction = pikepdf.Dictionary(S=name.JavaScript, JS=pikepdf.String("app.alert('已核验');"))


def named_script(document: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("this.info.Title='';"))
    document.Root.Names.JavaScript = pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("a"), action]))


def page_action(document: pikepdf.Pdf) -> None:
    document.pages[0].obj.AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.Named, N=pikepdf.Name.Print))


def cropped(document: pikepdf.Pdf) -> None:
    document.pages[0].obj.CropBox = pikepdf.Array([0, 500, 595, 841])


def rotated(document: pikepdf.Pdf) -> None:
    document.pages[0].obj.Rotate = 180


def invisible(document: pikepdf.Pdf) -> None:
    document.pages[0].contents_add(b"q BT 3 Tr ET Q\n")


def attach(document: pikepdf.Pdf) -> None:
    document.attachments["b.txt"] = pikepdf.AttachedFileSpec(document, b"x", filename="b.txt")


def swap(data: bytes) -> Callable[[pikepdf.Pdf], None]:
    def change(document: pikepdf.Pdf) -> None:
        document.attachments["capsule.json"].get_file().obj.write(data)

    return change


def metadata(key: str, value: str) -> Callable[[pikepdf.Pdf], None]:
    return lambda document: document.docinfo.__setitem__(key, value)


def add_page(document: pikepdf.Pdf) -> None:
    document.add_blank_page(page_size=(595.275591, 841.889764))


def capsule(pdf: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return document.attachments["capsule.json"].get_file().read_bytes()


def richer(pdf: bytes) -> bytes:
    """The capsule of that letter, for 1,000 yuan more."""
    plain = json.loads(capsule(pdf))
    plain["amount_fen"] += 100_000
    return json.dumps(plain, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def glyphs(document: pikepdf.Pdf, text: str) -> dict[str, tuple[pikepdf.Object, str]]:
    """Font and code of each character of `text` on the first page, as the fonts' own tables say."""
    found = {}
    for font in document.pages[0].Resources.Font.values():
        for code, meant in re.findall(rb"<([0-9a-fA-F]{4})> <([0-9a-fA-F]{4})>", font.ToUnicode.read_bytes()):
            character = chr(int(meant, 16))
            if character in text:
                found.setdefault(f"{character}{font.BaseFont}", (font, code.decode()))
    return found


def redrawn(document: pikepdf.Pdf, old: str, new: str) -> None:
    """One character drawn as another wherever the first page has it, in each font that has both: same length."""
    page, table = document.pages[0], glyphs(document, old + new)
    page.contents_coalesce()
    content = page.obj.Contents.read_bytes()
    before = content
    for key, (font, code) in table.items():
        if key[0] == old and (target := table.get(f"{new}{font.BaseFont}")):
            content = content.replace(f"<{code}>".encode(), f"<{target[1]}>".encode())
    assert content != before
    assert len(content) == len(before)
    page.obj.Contents.write(content)


def remapped(document: pikepdf.Pdf) -> None:
    """The fonts' tables tell another figure than is drawn: what is read and searched is not what is seen."""
    changed = 0
    for font, code in glyphs(document, "1").values():
        table = font.ToUnicode.read_bytes()
        new = table.replace(f"<{code}> <0031>".encode(), f"<{code}> <0039>".encode())
        changed += new != table
        font.ToUnicode.write(new)
    assert changed


def resigned(given: Given, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    """Changed, and signed anew by somebody else under the issuer's name."""
    return certify(edited(given.unsigned, change), given.forger)


def by_the_issuer(given: Given, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    """Changed before it was signed, with the issuer's own key: the signature is right."""
    return certify(edited(given.unsigned, change), given.issuer)
