"""Photographs and scans: whether one opens to its end and is nothing else, and drawing one anew."""

from __future__ import annotations

import io
import re
import struct
import warnings
import zlib

from PIL import Image, ImageOps

from core.uploads.kinds import JPEG, PNG, Refused, begins_as, media_type, refuse_other_readings

MAX_PIXELS = 50_000_000
SIDE = 4_000  # pixels: pictures are shown on screens; larger ones are scaled down
_MARKER = re.compile(rb"\xff+([^\x00\xff])", re.DOTALL)
_BARE = {0x01, *range(0xD0, 0xD8)}  # markers that nothing follows
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_PDF_WITHIN = 1_024  # programs look so far for the beginning of a PDF


def check(body: bytes) -> tuple[int, int]:
    """Its width and height. Raises `Refused` with what is wrong."""
    _refuse_more(body, media_type(body))
    image = opened(body)
    try:
        image.load()
    except Exception as error:  # Pillow's decoders raise many kinds for a broken image
        raise Refused("picture_broken") from error
    return image.size


def opened(body: bytes) -> Image.Image:
    """The picture, not yet decoded, with as many pixels as one may have."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(body), formats=("JPEG", "PNG"))
    except Image.DecompressionBombError as error:
        raise Refused("picture_large") from error
    except Exception as error:  # as above
        raise Refused("picture_broken") from error
    if image.width * image.height > MAX_PIXELS:
        raise Refused("picture_large")
    if getattr(image, "is_animated", False) and image.format == "PNG":
        raise Refused("picture_moves")
    return image


def redraw(body: bytes) -> tuple[bytes, int, int]:
    """Drawn anew, upright, with nothing of what a camera wrote into it; its width and height."""
    kind = begins_as(body)
    if kind not in (JPEG, PNG):
        raise Refused("no_picture")
    _refuse_more(body, kind)
    flat = upright(body, SIDE)
    out = io.BytesIO()
    if kind == JPEG:
        flat.save(out, "JPEG", quality=86, optimize=True, progressive=True)
    else:
        flat.save(out, "PNG", optimize=True)
    return out.getvalue(), *flat.size


def upright(body: bytes, side: int) -> Image.Image:
    """In RGB on white, turned as it was taken, no side longer than `side`."""
    image = opened(body)
    try:
        image.draft("RGB", (side, side))  # a large JPEG is decoded at a fraction of its size
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
        turned = ImageOps.exif_transpose(image)
    except Exception as error:  # as above
        raise Refused("picture_broken") from error
    flat = Image.new("RGB", turned.size, "white")
    shown = turned.convert("RGBA")
    flat.paste(shown, mask=shown.getchannel("A"))
    return flat


# ── where it ends, and what comes after ─────────────────────────────────────────────────────────────────────────────


def _refuse_more(body: bytes, kind: str) -> None:
    """What is a picture and something else besides."""
    if b"%PDF-" in body[: _PDF_WITHIN + 8]:
        raise Refused("two_kinds", other="pdf")
    _refuse_tail(body[end_of(body, kind) :], kind)
    refuse_other_readings(body)


def end_of(body: bytes, kind: str) -> int:
    """Where the picture ends in the file. `Refused` where it has no end."""
    try:
        return _end_of_jpeg(body) if kind == JPEG else _end_of_png(body)
    except (struct.error, IndexError) as error:
        raise Refused("picture_broken") from error


def _end_of_jpeg(body: bytes) -> int:
    at = 2
    while found := _MARKER.search(body, at):
        marker, at = found[1][0], found.end()
        if marker == _END_OF_IMAGE:
            return at
        if marker not in _BARE:  # a segment with its length; scan data after it has only bare markers
            at += struct.unpack_from(">H", body, at)[0]
    raise Refused("picture_broken")


def _end_of_png(body: bytes) -> int:
    """Each part carries a checksum of itself."""
    at = 8
    while True:
        size, name = struct.unpack_from(">I4s", body, at)
        data, at = body[at + 4 : at + 8 + size], at + 12 + size
        if len(data) < size + 4 or struct.unpack_from(">I", body, at - 4)[0] != zlib.crc32(data):
            raise Refused("picture_broken")
        if name == b"IEND":
            return at


def _refuse_tail(tail: bytes, kind: str) -> None:
    """Telephones write more behind a photograph: a smaller one, a second of film. Nothing else may be there."""
    if not tail.strip(b"\0"):
        return
    if kind == JPEG and (tail.startswith(b"\xff\xd8\xff") or _is_film(tail) or tail.rstrip(b"\0").endswith(b"SEFT")):
        return
    raise Refused("picture_tail")


def _is_film(tail: bytes) -> bool:
    """A chain of ISO media boxes from the first byte to the last."""
    if tail[4:8] != b"ftyp":
        return False
    at = 0
    while at + 8 <= len(tail):
        size = struct.unpack_from(">I", tail, at)[0]
        if size < 8:
            return False
        at += size
    return at == len(tail)
