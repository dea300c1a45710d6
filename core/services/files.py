"""Uploaded papers: typed by content, limited, kept by hash outside the web root, never trusted by name."""

from __future__ import annotations

import hashlib
import io
import warnings
from pathlib import Path

import pikepdf
from PIL import Image
from sqlalchemy.orm import Session

from core.data.models import StoredFile, Tenant
from core.errors import Invalid
from core.letters.store import write_once
from core.services import audit

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
# What a paper may be: its signature, its media type.
_SIGNATURES = ((b"%PDF-", "application/pdf"), (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
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
    clean = "".join(c for c in Path(name.replace("\\", "/")).name if c.isprintable())[-120:] or "文件"
    stored = StoredFile(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        sha256=put(root, body),
        size=len(body),
        media_type=media_type,
        name=clean,
        uploaded_by_id=audit.asker_of(session).user_id,
    )
    session.add(stored)
    session.flush()
    audit.record(session, "file.upload", stored, detail={"sha256": stored.sha256, "size": stored.size})
    return stored


def check(body: bytes) -> str:
    """The media type of a paper that may be kept: PDF, JPEG or PNG that opens, without scripts or attachments."""
    if not body:
        raise Invalid("文件是空的，请重新选择", field="file")
    if len(body) > MAX_BYTES:
        raise Invalid("文件超过20MB，请压缩或分成几份上传", field="file")
    media_type = next((kind for magic, kind in _SIGNATURES if body.startswith(magic)), None)
    if media_type is None:
        raise Invalid("只接受PDF、JPG或PNG文件；这个文件的内容不是其中任何一种，请转换后再上传", field="file")
    if media_type == "application/pdf":
        _check_pdf(body)
    else:
        _check_image(body)
    return media_type


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
        raise Invalid("这张图片已损坏或不完整，无法打开；请重新拍摄或导出后再上传", field="file") from error
