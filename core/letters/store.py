"""Issued letters on disk, named by the SHA-256 of their bytes: written once, served for ever, never changed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_HASH = re.compile(r"[0-9a-f]{64}")


class Store:
    """A folder of letters: `ab/abcdef….pdf`, files 0600, folders 0700."""

    def __init__(self, directory: Path | str) -> None:
        self.directory = Path(directory)

    def path(self, sha256: str) -> Path:
        """Where the letter with that hash lies. Raises ValueError for anything that is not a SHA-256 in hex."""
        if not _HASH.fullmatch(sha256):
            raise ValueError(f"{sha256[:80]!r} is not a SHA-256 in lower-case hexadecimal")
        return self.directory / sha256[:2] / f"{sha256}.pdf"

    def put(self, data: bytes) -> str:
        """Keep `data` and return its SHA-256. Twice is once; a crash leaves all of it or nothing."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        if not (path.exists() and path.stat().st_size == len(data)):
            write_once(path, data)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The letter with that hash. Raises FileNotFoundError, or OSError if the bytes on disk are no longer those."""
        data = self.path(sha256).read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise OSError(f"letter {sha256} has changed on disk: restore it from the backup")
        return data


def write_once(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write `data` to `path` through a temporary file beside it: fsync, rename, fsync of the folder. Raises OSError.

    After a power cut there is the whole file, or what was there before, and a folder made on the way is there too.
    `mode` holds whatever the umask.
    """
    _make_folder(path.parent)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder against every other process that asks; the lock dies with its holder. Not to be held twice."""
    # Whoever made the file, under whatever umask, others have to be able to hold it: reading is enough for that.
    handle = os.open(folder / ".lock", os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if os.fstat(handle).st_uid == os.geteuid():
            os.fchmod(handle, 0o644)
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
