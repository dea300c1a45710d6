"""A thousand files that must be refused, in families, from a seed: each as (family, name, body)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from random import Random
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

from tests.support.archives import archives, zipped
from tests.support.chance import changed, cut
from tests.support.wellformed import Sent, pdf, picture, saved

LARGEST = 20 * 1024 * 1024
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


Files = Iterator[tuple[str, bytes]]
PAGE = b"<!doctype html><html><body><script>alert(1)</script></body></html>"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def kinds(random: Random) -> Files:
    """What is something else, under a name that says PDF, JPG or PNG."""
    heads = (
        b"MZ\x90\0", b"\x7fELF", b"#!/bin/sh\n", b"GIF89a", b"BM", b"II*\0", b"RIFF0000WEBP", b"\0\0\0\x18ftypheic",
        b"\0\0\0\x18ftypmp42", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"Rar!\x1a\x07", b"7z\xbc\xaf'\x1c",
        b"\x1f\x8b\x08", b"{\\rtf1", b"%!PS-Adobe", b"\xef\xbb\xbf<?xml version='1.0'?>", b"", PAGE, DRAWING, EICAR,
    )  # fmt: skip
    for head in heads:
        for suffix in ("pdf", "jpg", "png"):
            yield f"材料.{suffix}", head + (random.randbytes(200) if head not in (PAGE, DRAWING, EICAR) else b"")
    for mark in (b"%PDF-1.7", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7\n%%EOF", b"\xff\xd8\xff\xd9"):
        yield "只有开头.pdf", mark


def names(random: Random) -> Files:
    """A name that says something else than what is in it."""
    body = pdf()
    for suffix in ("exe", "html", "js", "docx", "xlsx", "zip", "svg", "scr", "bat", "PHP", "jpg", "png"):
        yield f"合同.pdf.{suffix}", body
    for suffix in ("pdf", "html", "exe", "gif", "heic", "svg"):
        yield f"照片.{suffix}", saved(picture(random), "JPEG")


def polyglots(random: Random) -> Files:
    whole, photo, drawing = pdf(2), saved(picture(random), "JPEG"), saved(picture(random), "PNG")
    archive = zipped({"a.txt": b"a", "evil.js": b"alert(1)"})
    tails = (archive, PAGE, DRAWING, b"MZ\x90\0program", b"<?php system('x'); ?>", EICAR, b"/*alert(1)*/", b"GIF89a")
    for tail in tails:
        yield "尾部.pdf", whole + tail
        yield "尾部.pdf", whole + b"\n" * 9 + tail + b"\n"
        yield "尾部.png", drawing + tail
        yield "尾部.jpg", photo + tail
        yield "尾部.jpg", photo + bytes(8) + tail
    for head in (b"\n", b"GIF89a;", PAGE, archive, b"MZ", b"\xef\xbb\xbf", bytes(512), b"<!--", b"#!/bin/sh\n"):
        yield "头部.pdf", head + whole
    for hidden in (PAGE, DRAWING, b"<iframe src=x></iframe>", b"<?php echo 1 ?>", b"<HTML >"):
        yield "注释.pdf", whole.replace(b"\n", b"\n%" + hidden + b"\n", 1)
        yield "注释.jpg", photo[:2] + b"\xff\xfe" + struct.pack(">H", len(hidden) + 2) + hidden + photo[2:]
        yield "注释.png", drawing[:33] + _chunk(b"tEXt", b"Comment\0" + hidden) + drawing[33:]
    yield "两种.jpg", photo[:2] + b"\xff\xfe" + struct.pack(">H", len(whole) + 2) + whole + photo[2:]
    yield "两种.png", drawing[:33] + _chunk(b"tEXt", b"x\0" + whole) + drawing[33:]
    # The archive before the last %%EOF: its end is looked for in the last 64 KiB.
    yield "两种.pdf", whole[: whole.rfind(b"startxref")] + b"%" + archive + b"\n" + whole[whole.rfind(b"startxref") :]


def active(random: Random) -> Files:
    """PDFs that do something, or carry something along; in every place and spelling."""
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    program = Dictionary(S=Name.Launch, F=String("calc.exe"))
    rect = Array([0, 0, 9, 9])

    def carried(it: pikepdf.Pdf) -> Any:
        stream = it.make_stream(b"MZ", Dictionary(Type=Name.EmbeddedFile))
        return Dictionary(Type=Name.Filespec, F=String("a.exe"), EF=Dictionary(F=stream))

    def annotation(kind: str, **more: Any) -> Any:
        def edit(it: pikepdf.Pdf) -> None:
            said = {key: value(it) if callable(value) else value for key, value in more.items()}
            it.pages[0].obj.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name(kind), Rect=rect, **said)])

        return edit

    def at_root(**more: Any) -> Any:
        def edit(it: pikepdf.Pdf) -> None:
            for key, value in more.items():
                it.Root[f"/{key}"] = value(it) if callable(value) else value

        return edit

    def unused(value: Any) -> Any:
        def edit(it: pikepdf.Pdf) -> None:  # reachable by a key that no reader looks at
            it.Root["/PieceInfo"] = it.make_indirect(
                Dictionary(X=Array([Array([value(it) if callable(value) else value])]))
            )

        return edit

    edits = (
        at_root(OpenAction=script), at_root(OpenAction=program), at_root(AA=Dictionary(WC=script)),
        at_root(Names=Dictionary(JavaScript=Dictionary(Names=Array([String("x"), script])))),
        at_root(Names=lambda it: Dictionary(EmbeddedFiles=Dictionary(Names=Array([String("x"), carried(it)])))),
        at_root(AF=lambda it: Array([carried(it)])), at_root(AcroForm=Dictionary(XFA=String("<xdp/>"), Fields=Array())),
        at_root(OpenAction=Dictionary(S=Name.GoTo, D=Array([0]), Next=script)),
        annotation("/Link", A=program), annotation("/Link", A=script), annotation("/Widget", AA=Dictionary(E=script)),
        annotation("/FileAttachment", FS=carried), annotation("/RichMedia"), annotation("/Movie"), annotation("/Sound"),
        annotation("/3D"), annotation("/Screen", A=Dictionary(S=Name.Rendition, OP=0)),
        annotation("/Link", A=Dictionary(S=Name.SubmitForm, F=String("https://example.com"))),
        annotation("/Link", A=Dictionary(S=Name.ImportData)), annotation("/Link", A=Dictionary(S=Name.GoToE)),
        unused(script), unused(program), unused(carried),
    )  # fmt: skip
    for edit in edits:
        yield "动作.pdf", pdf(1, edit)
        yield "动作.pdf", pdf(2, edit, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        yield "动作.pdf", pdf(1, edit, linearize=True)
        plain = pdf(1, edit, object_stream_mode=pikepdf.ObjectStreamMode.disable)
        for name in (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/XFA", b"/RichMedia"):
            if name in plain:  # a name may be spelled with the codes of its letters
                at = random.randrange(1, len(name))
                yield "拼写.pdf", plain.replace(name, name[:at] + b"#%02x" % name[at] + name[at + 1 :])


def locked(random: Random) -> Files:
    for level in (2, 3, 4, 6):
        for owner, user in (("o", "u"), ("o", ""), ("", "u")):
            lock = pikepdf.Encryption(owner=owner, user=user, R=level, aes=level > 3, metadata=level > 3)
            yield "加密.pdf", pdf(random.randrange(1, 4), encryption=lock)


def built(random: Random) -> Files:
    """PDFs that are put together wrongly: no pages, circles, depths, lies about lengths and places."""
    whole = pdf(3, object_stream_mode=pikepdf.ObjectStreamMode.disable)

    def circle(it: pikepdf.Pdf) -> None:
        it.Root.Pages.Kids.append(it.Root.Pages)

    yield "空.pdf", pdf(0)
    yield "多.pdf", pdf(501)
    yield "圈.pdf", pdf(1, circle)
    for depth in (600, 5_000, 200_000):
        yield "深.pdf", _raw(b"<</Type/Catalog/Pages 2 0 R/X" + b"[" * depth + b"]" * depth + b">>")
        yield "深.pdf", _raw(b"<</Type/Catalog/Pages 2 0 R/X" + b"<</A" * depth + b">>" * depth + b">>")
    for catalogue in (
        b"null",
        b"[]",
        b"42",
        b"<<>>",
        b"<</Pages 1 0 R>>",
        b"<</Type/Catalog/Pages 9 0 R>>",
        b"1 0 R",
        b"(",
    ):
        yield "目录.pdf", _raw(catalogue)
    for kids in (b"null", b"[2 0 R]", b"[1 0 R]", b"[3 0 R 2 0 R]", b"[[3 0 R]]", b"<<>>"):
        yield "页树.pdf", _raw(b"<</Type/Catalog/Pages 2 0 R>>", kids)
    for old, new in (
        (b"/Root", b"/Toor"),
        (b"/Kids", b"/Dsik"),
        (b"/Pages", b"/Segap"),
        (b"obj", b"jbo"),
        (b"trailer", b"x"),
    ):
        yield "改名.pdf", whole.replace(old, new)


def bombs(random: Random) -> Files:
    """Small files that are large when they are opened."""
    zeros = zlib.compress(bytes(1 << 20), 9)
    huge = _deflated(320 << 20)

    def stream(data: bytes, **more: Any) -> Any:
        def edit(it: pikepdf.Pdf) -> None:
            it.pages[0].obj.Contents = made = it.make_stream(b"")
            made.write(data, filter=Name.FlateDecode)
            for key, value in more.items():
                made[f"/{key}"] = value

        return edit

    kept = {"stream_decode_level": pikepdf.StreamDecodeLevel.none, "compress_streams": False}
    yield "流.pdf", pdf(1, stream(huge), **kept)
    twice = Array([Name.FlateDecode, Name.FlateDecode])
    yield "流.pdf", pdf(1, stream(zlib.compress(zeros), Filter=twice), **kept)
    yield "流.pdf", pdf(1, stream(zlib.compress(zlib.compress(huge)), Filter=Array([Name.FlateDecode] * 3)), **kept)
    yield "对象流.pdf", _packed(_deflated(900 << 20))
    for side in (8_000, 30_000, 60_000):
        body = saved(Image.new("1", (8, 8)), "PNG")
        head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
        data = _deflated(side // 8 * side + side) if side == 30_000 else zeros
        yield "大.png", body[:8] + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")
        photo = saved(picture(random), "JPEG")
        at = photo.index(b"\xff\xc0") + 5
        yield "大.jpg", photo[:at] + struct.pack(">HH", side, side) + photo[at + 4 :]
    drawing = saved(picture(random), "PNG")
    for name, head in ((b"iCCP", b"x\0\0"), (b"zTXt", b"x\0\0")):
        yield "块.png", drawing[:33] + _chunk(name, head + _deflated(200 << 20)) + drawing[33:]
    frames = [picture(random) for _ in range(3)]
    yield "动.png", saved(frames[0], "PNG", save_all=True, append_images=frames[1:])


def sizes(random: Random) -> Files:
    yield "空.pdf", b""
    whole = pdf()
    yield "满.pdf", whole + b"\n" * (LARGEST + 1 - len(whole))
    yield "满.jpg", saved(picture(random), "JPEG") + bytes(LARGEST)


# ── by hand ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _deflated(size: int) -> bytes:
    """So many zeros, packed once and repeated; its checksum is wrong, which nobody should come to see."""
    packer = zlib.compressobj(9)
    head = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * ((size >> 20) - 1) + b"\x03\0" + bytes(4)


def _packed(objects: bytes) -> bytes:
    """A PDF whose catalogue (4) is said to be in a stream of objects (5), which is what is given."""
    body, places = b"%PDF-1.5\n", {}
    for number, part in (
        (2, b"<</Type/Pages/Count 1/Kids[3 0 R]>>"),
        (3, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"),
        (
            5,
            b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(objects), objects),
        ),
    ):
        places[number] = len(body)
        body += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    places[6] = len(body)
    entries = [
        (0, 0, 65535),
        (0, 0, 65535),
        (1, places[2], 0),
        (1, places[3], 0),
        (2, 5, 0),
        (1, places[5], 0),
        (1, places[6], 0),
    ]
    table = b"".join(struct.pack(">BIH", *entry) for entry in entries)
    said = b"<</Type/XRef/Size 7/W[1 4 2]/Root 4 0 R/Length %d>>stream\n%b\nendstream" % (len(table), table)
    return body + b"6 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (said, places[6])


def _raw(catalogue: bytes, kids: bytes = b"[3 0 R]") -> bytes:
    """A PDF of one page with a catalogue as it is given."""
    parts = [
        b"1 0 obj\n%b\nendobj\n" % catalogue, b"2 0 obj\n<</Type/Pages/Count 1/Kids %b>>\nendobj\n" % kids,
        b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>\nendobj\n",
    ]  # fmt: skip
    body, places = b"%PDF-1.7\n", []
    for part in parts:
        places.append(len(body))
        body += part
    table = b"xref\n0 4\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + table + b"trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)


FAMILIES = {
    "kind": kinds, "name": names, "polyglot": polyglots, "active": active, "locked": locked, "built": built,
    "bomb": bombs, "archive": archives, "size": sizes, "cut": cut, "changed": changed,
}  # fmt: skip


def bad(*families: str, seed: int = 11) -> Iterator[Sent]:
    """Of these families, or of all."""
    for family in families or FAMILIES:
        for name, body in FAMILIES[family](Random(f"{seed} {family}")):
            yield Sent(family, name, body)
