"""The backup file: a plain tar of the database's snapshot, the kept letters and uploads, and a manifest with the
SHA-256 of each. Written beside its place and renamed, so that a backup is whole or not there."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
_MEMBER = re.compile(r"database\.(?:sqlite3|dump)|(?:letters|files)/[0-9a-z][0-9a-z./]{0,120}")
CHUNK = 1 << 20


class BadBackup(Exception):
    """A backup that cannot be trusted or does not fit; the message says which part, why, and what to do."""


@dataclass
class Manifest:
    """What a backup holds. `members` maps each name in the tar to its size in bytes and SHA-256."""

    made_at: str
    app_version: str
    schema_version: str
    engine: str
    key_check: str  # tells whether the master key at hand opens the sealed fields; says nothing about the key
    last_numbers: dict[str, int]  # "示人社 2026": the last number taken
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    format: int = FORMAT
    not_included: tuple[str, ...] = (
        "HONGCAI_MASTER_KEY and HONGCAI_SECRET_KEY: without the master key the sealed fields stay closed",
        "the signing keys and certificates of the issuers (var/signing)",
    )

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        try:
            return cls(**json.loads(data))
        except (ValueError, TypeError) as error:
            raise BadBackup(f"its {MANIFEST} cannot be read ({error}): use another backup") from error


class Writer:
    """Puts members into a backup and keeps their hashes."""

    def __init__(self, tar: tarfile.TarFile, manifest: Manifest) -> None:
        self.tar, self.manifest = tar, manifest

    def add(self, name: str, path: Path, *, wanted: str | None = None) -> None:
        """Copy `path` in as `name`. Raises `BadBackup` where its content is not the one with hash `wanted`."""
        with path.open("rb") as source:
            info = tarfile.TarInfo(name)
            info.size, info.mode = os.fstat(source.fileno()).st_size, 0o600
            reader = _Hashing(source)
            self.tar.addfile(info, reader)
        if wanted is not None and reader.sha256 != wanted:
            raise BadBackup(
                f"{path} is not what the database says (its SHA-256 is {reader.sha256}): hongcai audit verify"
            )
        self.manifest.members[name] = {"size": info.size, "sha256": reader.sha256}

    def close(self) -> None:
        """The manifest comes last, because only now it is known, and its own hash after it."""
        data = self.manifest.to_bytes()
        for name, content in ((MANIFEST, data), (SEAL, hashlib.sha256(data).hexdigest().encode())):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o600
            self.tar.addfile(info, io.BytesIO(content))


@contextmanager
def writing_to(target: Path, manifest: Manifest) -> Iterator[Writer]:
    """A new backup at `target`; whatever goes wrong inside leaves nothing there."""
    part = target.with_name(f".{target.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
            with tarfile.open(fileobj=handle, mode="w", format=tarfile.PAX_FORMAT) as tar:
                writer = Writer(tar, manifest)
                yield writer
                writer.close()
            handle.flush()
            os.fsync(handle.fileno())
        part.rename(target)
        sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)


def unpack(source: Path, folder: Path) -> Manifest:
    """Unpack `source` into the empty `folder` and check every byte against the manifest. Raises `BadBackup`."""
    found: dict[str, dict[str, Any]] = {}
    texts: dict[str, bytes] = {}
    try:
        with tarfile.open(source, mode="r:") as tar:
            for info in tar:
                content = tar.extractfile(info)
                if content is None or not (info.name in (MANIFEST, SEAL) or _MEMBER.fullmatch(info.name)):
                    raise BadBackup(f"it holds {info.name!r}, which no backup of ours holds: use another backup")
                if info.name in (MANIFEST, SEAL):
                    texts[info.name] = content.read()
                elif info.name in found or ".." in info.name:
                    raise BadBackup(f"it holds {info.name!r} twice or outside its place: use another backup")
                else:
                    found[info.name] = _copy(content, folder / info.name, info.size)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise BadBackup(f"{source} cannot be read ({error}): use another backup") from error
    if MANIFEST not in texts or SEAL not in texts:
        raise BadBackup("it ends before its manifest, so it is not complete: use another backup")
    if hashlib.sha256(texts[MANIFEST]).hexdigest().encode() != texts[SEAL]:
        raise BadBackup("its manifest was changed: use another backup")
    manifest = Manifest.from_bytes(texts[MANIFEST])
    if manifest.format != FORMAT:
        raise BadBackup(
            f"it has format {manifest.format}, this program reads {FORMAT}: use the program it was made with"
        )
    for name in sorted(found.keys() | manifest.members.keys()):
        if found.get(name) != manifest.members.get(name):
            raise BadBackup(f"{name} is missing, added or changed: use another backup")
    return manifest


def _copy(content: IO[bytes], target: Path, size: int) -> dict[str, Any]:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    reader = _Hashing(content)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        for chunk in iter(lambda: reader.read(CHUNK), b""):
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return {"size": size, "sha256": reader.sha256}


class _Hashing:
    """A reader that hashes what passes through it."""

    def __init__(self, source: IO[bytes]) -> None:
        self._read: Callable[[int], bytes] = source.read
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._read(size)
        self._hash.update(data)
        return data

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
