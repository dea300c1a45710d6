"""Saving an instance while it works, and bringing it back (docs/operations.md, "Backup and restore").

The database's snapshot is taken first and files after it: files are written before the rows that name them and never
changed, so every file the snapshot names is there. Only those are copied, so a restored instance holds nothing else.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, select

from core.backups.archive import BadBackup, Manifest, sync_folder, unpack, writing_to
from core.backups.databases import database_of
from core.config import Settings
from core.data.crypto import Keyring
from core.data.models import CasePaper, Issuer, Letter, LetterCounter
from core.data.models.kept import file_tables
from core.letters.store import Store
from core.services.files import path_of

__all__ = ["BadBackup", "Manifest", "Restored", "back_up", "key_check", "restore"]


def key_check() -> str:
    """A mark that is the same under the same master key and tells nothing about it."""
    return Keyring.current().once_index("backup", "key check")


def back_up(settings: Settings, engine: Engine, target: Path, *, schema_version: str) -> tuple[Path, Manifest]:
    """Write a backup to `target`; a folder gets a file named by the time. Raises `BadBackup`, `OSError`."""
    now = datetime.now(UTC)
    if target.is_dir():
        target = target / f"hongcai-{now:%Y%m%d-%H%M%S}.tar"
    if target.exists():
        raise BadBackup(f"{target} is there already: name another file")
    database = database_of(engine)
    manifest = Manifest(
        made_at=now.isoformat(timespec="seconds"),
        app_version=version("hongcai"),
        schema_version=schema_version,
        engine=engine.dialect.name,
        key_check=key_check(),
        last_numbers={},
    )
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as folder:
        snapshot = Path(folder) / database.member
        with database.snapshot(snapshot) as connection:
            manifest.last_numbers = _last_numbers(connection)
            signed = {*_hashes(connection, Letter.file_sha256), *_hashes(connection, CasePaper.file_sha256)}
            uploads = sorted({sha256 for table in file_tables() for sha256 in _hashes(connection, table.c.sha256)})
        with writing_to(target, manifest) as writer:
            writer.add(database.member, snapshot)
            for sha256 in sorted(signed):
                path = Store(settings.letters).path(sha256)
                writer.add(f"letters/{path.relative_to(settings.letters)}", path, wanted=sha256)
            for sha256 in uploads:
                path = path_of(settings.files, sha256)
                writer.add(f"files/{path.relative_to(settings.files)}", path, wanted=sha256)
    return target, manifest


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: the backup's manifest, and where what was there before now lies (None: there was nothing)."""

    manifest: Manifest
    aside: Path | None


def restore(settings: Settings, engine: Engine, source: Path, *, known_schemas: set[str], force: bool) -> Restored:
    """Bring `source` back. Everything is unpacked and checked before anything is touched. Raises `BadBackup`.

    `force` replaces an instance that is there: on SQLite its database, and always its letters and files, are moved
    aside, not deleted. The caller sees to it that nothing is running.
    """
    database = database_of(engine)
    settings.var.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.var) as folder:
        unpacked = Path(folder)
        manifest = unpack(source, unpacked)
        _fits(manifest, engine, known_schemas)
        if not force and not (database.is_empty() and _is_empty(settings.letters) and _is_empty(settings.files)):
            raise BadBackup(f"there is an instance in {settings.var} already: add --force to replace it")
        aside = settings.var / f"replaced-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        database.load(unpacked / database.member, aside)
        for there in (settings.letters, settings.files):
            if there.exists():
                aside.mkdir(parents=True, exist_ok=True, mode=0o700)
                there.rename(aside / there.name)
            came = unpacked / there.name
            came.mkdir(mode=0o700, exist_ok=True)
            shutil.move(came, there)
        sync_folder(settings.var)
    return Restored(manifest, aside if aside.exists() else None)


def _fits(manifest: Manifest, engine: Engine, known_schemas: set[str]) -> None:
    if manifest.engine != engine.dialect.name:
        raise BadBackup(
            f"it is of a {manifest.engine} database and this instance is set to {engine.dialect.name}: set DATABASE_URL"
        )
    if manifest.schema_version not in known_schemas:
        raise BadBackup(
            f"its tables are of version {manifest.schema_version}, which this program (version {version('hongcai')}) "
            f"doesn't know: use version {manifest.app_version} or newer"
        )
    if manifest.key_check != key_check():
        raise BadBackup(
            "it was made under another master key, so its sealed fields would stay closed: "
            "set HONGCAI_MASTER_KEY (or var/secrets/hongcai_master_key) to the key of that instance"
        )


def _is_empty(folder: Path) -> bool:
    return not folder.exists() or not any(path.is_file() for path in folder.rglob("*"))


def _last_numbers(connection: Connection) -> dict[str, int]:
    rows = connection.execute(
        select(Issuer.mark, LetterCounter.year, LetterCounter.last).join(Issuer, Issuer.id == LetterCounter.issuer_id)
    )
    return {f"{mark} {year}": last for mark, year, last in rows}


def _hashes(connection: Connection, column: sa.ColumnElement[str | None]) -> list[str]:
    return [*connection.scalars(select(column).where(column.is_not(None)).distinct().order_by(column))]
