"""Uploaded papers and pictures: typed by content, limited, kept by hash outside the web root, never trusted by name.

A paper is kept byte for byte, because it is evidence. A picture (a photograph, a plan) is drawn anew: what a camera
wrote into it, where it was taken and by what, does not stay.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from PIL import Image, ImageOps
from sqlalchemy.orm import Session

from core.data.models import PlaceFile, StoredFile, Tenant
from core.errors import N_, Invalid
from core.letters.store import write_once
from core.services import audit

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
PICTURE_SIDE = 4_000  # pixels: pictures are shown on screens; larger ones are scaled down
# What a paper may be: its signature, its media type.
_SIGNATURES = ((b"%PDF-", "application/pdf"), (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
_BROKEN_IMAGE = N_("这张图片已损坏或不完整，无法打开；请重新拍摄或导出后再上传")
# Actions and attachments that make a PDF more than a paper.
_ACTIVE = ("/OpenAction", "/AA", "/JavaScript", "/EmbeddedFiles")


def put(root: Path, body: bytes) -> str:
    """Store bytes under their SHA-256; returns the hex digest. Twice is once. Raises OSError."""
    sha = hashlib.sha256(body).hexdigest()
    if not path_of(root, sha).exists():
        write_once(path_of(root, sha), body)
    return sha


def path_of(root: Path, sha256: str) -> Path:
    return root / sha256[:2] / sha256


def accept(session: Session, root: Path, tenant: Tenant, *, name: str, body: bytes) -> StoredFile:
    """Check and keep an uploaded paper; raises `Invalid` with what is wrong with it."""
    media_type = check(body)
    stored = StoredFile(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        sha256=put(root, body),
        size=len(body),
        media_type=media_type,
        name=clean_name(name),
        uploaded_by_id=audit.asker_of(session).user_id,
    )
    session.add(stored)
    session.flush()
    audit.record(session, "file.upload", stored, detail={"sha256": stored.sha256, "size": stored.size})
    return stored


def keep(session: Session, root: Path, operator_id: int, *, name: str, body: bytes, media_type: str) -> PlaceFile:
    """Keep a checked file about a place of an operator."""
    kept = PlaceFile(
        operator_id=operator_id,
        sha256=put(root, body),
        size=len(body),
        media_type=media_type,
        name=clean_name(name),
        uploaded_by_id=audit.asker_of(session).user_id,
    )
    session.add(kept)
    session.flush()
    audit.record(session, "place_file.upload", kept, detail={"sha256": kept.sha256, "size": kept.size})
    return kept


def clean_name(name: str) -> str:
    """An uploader's name for a file, fit to be shown and to download it by."""
    return "".join(c for c in Path(name.replace("\\", "/")).name if c.isprintable())[-120:] or "文件"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture drawn anew. Width and height in pixels."""

    body: bytes
    media_type: str
    width: int
    height: int


def picture(body: bytes) -> Picture:
    """A JPEG or PNG as a picture that may be shown; raises `Invalid` with what is wrong with it."""
    media_type = _media_type(body)
    if media_type not in ("image/jpeg", "image/png"):
        raise Invalid("图片只接受JPG或PNG格式；这个文件的内容不是其中任何一种，请转换后再上传", field="file")
    _check_image(body)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(body), formats=("JPEG", "PNG"))
            image.draft("RGB", (PICTURE_SIDE, PICTURE_SIDE))  # a large JPEG is decoded at a fraction of its size
            turned = ImageOps.exif_transpose(image)
            turned.thumbnail((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.LANCZOS)
    except Exception as error:  # Pillow's decoders raise many kinds for a broken image
        raise Invalid(_BROKEN_IMAGE, field="file") from error
    flat = Image.new("RGB", turned.size, "white")
    shown = turned.convert("RGBA")
    flat.paste(shown, mask=shown.getchannel("A"))
    out = io.BytesIO()
    if media_type == "image/jpeg":
        flat.save(out, "JPEG", quality=86, optimize=True, progressive=True)
    else:
        flat.save(out, "PNG", optimize=True)
    return Picture(out.getvalue(), media_type, *flat.size)


def check(body: bytes) -> str:
    """The media type of a paper that may be kept: PDF, JPEG or PNG that opens, without scripts or attachments."""
    media_type = _media_type(body)
    if media_type is None:
        raise Invalid("只接受PDF、JPG或PNG文件；这个文件的内容不是其中任何一种，请转换后再上传", field="file")
    if media_type == "application/pdf":
        _check_pdf(body)
    else:
        _check_image(body)
    return media_type


def _media_type(body: bytes) -> str | None:
    """What a file is by its first bytes, None for what may not be kept; `Invalid` for an empty or too large one."""
    if not body:
        raise Invalid("文件是空的，请重新选择", field="file")
    if len(body) > MAX_BYTES:
        raise Invalid("文件超过20MB，请压缩或分成几份上传", field="file")
    return next((kind for magic, kind in _SIGNATURES if body.startswith(magic)), None)


def _check_pdf(body: bytes) -> None:
    try:
        with pikepdf.open(io.BytesIO(body)) as pdf:
            if len(pdf.pages) == 0:
                raise Invalid("这个PDF没有任何页面，请检查后重新上传", field="file")
            names = pdf.Root.get("/Names", pikepdf.Dictionary())
            if any(key in pdf.Root or key in names for key in _ACTIVE):
                raise Invalid("这个PDF带有脚本或附件，不能接收；请另存为普通PDF后再上传", field="file")
    except pikepdf.PasswordError as error:
        raise Invalid("这个PDF设有密码，请去掉密码后再上传", field="file") from error
    except pikepdf.PdfError as error:
        raise Invalid("这个PDF已损坏或不完整，无法打开；请重新导出后再上传", field="file") from error


def _check_image(body: bytes) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(body), formats=("JPEG", "PNG"))
            if image.width * image.height > MAX_PIXELS:
                raise Invalid("图片尺寸过大，请缩小到5000万像素以内再上传", field="file")
            image.verify()
    except Invalid:
        raise
    except Exception as error:  # Pillow's decoders raise many kinds for a broken image
        raise Invalid(_BROKEN_IMAGE, field="file") from error
