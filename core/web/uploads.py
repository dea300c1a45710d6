"""Files that people send. They are looked at while no transaction is open, so that nobody waits for it: what was read
before is read anew after it, by itself."""

from __future__ import annotations

from flask import request
from werkzeug.datastructures import FileStorage

from core.errors import Invalid
from core.extensions import db
from core.services import files
from core.services.imports.opening import refuse_unreadable

LARGEST = files.MAX_BYTES


def paper(item: FileStorage) -> files.Paper:
    """What was sent, checked. Raises `Invalid`, `Unavailable`."""
    name, body = item.filename or "", item.read(LARGEST + 1)
    release()
    return files.check(name, body)


def sent_paper(item: FileStorage | None) -> files.Paper | None:
    """The same of a field that may be left empty."""
    return paper(item) if item is not None and item.filename else None


def picture(item: FileStorage) -> files.Picture:
    """What was sent, drawn anew. Raises as `paper`."""
    name, body = item.filename or "", item.read(LARGEST + 1)
    release()
    return files.picture(name, body)


def spreadsheet() -> tuple[str, bytes]:
    """Name and content of the form's `file`, which opens within limits. Raises `Invalid` where there is none, too much,
    or what takes too long."""
    sent = request.files.get("file")
    body = sent.read(LARGEST + 1) if sent is not None and sent.filename else b""
    if sent is None or not body:
        raise Invalid("没有收到文件，请选择要导入的表格", field="file")
    if len(body) > LARGEST:
        raise Invalid("文件超过20MB，请分成几个文件导入", field="file")
    name = (sent.filename or "")[-120:]
    release()
    refuse_unreadable(name, body)
    files.refuse_infected(body)
    return name, body


def release() -> None:
    """End the request's transaction. Nothing was written in it yet; the next read begins another."""
    db.session.rollback()
