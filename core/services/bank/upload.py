"""A statement between its preview and its confirmation: kept sealed, because it names accounts and payers, and removed
when it was brought in or another took its place."""

from __future__ import annotations

import base64
from pathlib import Path

from core.data.crypto import Keyring
from core.errors import NotFound
from core.services import files


def hold(root: Path, owner: int | str, data: bytes) -> str:
    """Keep the bytes; returns the name to fetch them by."""
    return files.put(root, Keyring.current().seal(base64.b64encode(data).decode(), _context(owner)))


def held(root: Path, owner: int | str, name: str) -> bytes:
    """The bytes of a file that waits; `NotFound` once it is gone."""
    path = files.path_of(root, name)
    if not path.exists():
        raise NotFound("这份明细已经导入，或已被后来的上传取代；请重新上传")
    return base64.b64decode(Keyring.current().open(path.read_bytes(), _context(owner)))


def release(root: Path, name: str) -> None:
    files.path_of(root, name).unlink(missing_ok=True)


def _context(owner: int | str) -> str:
    return f"bank_upload|{owner}"
