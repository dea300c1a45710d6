"""I4: every issued letter, paper and uploaded file is there, whole, and no signed file is there that no row names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from core.data.models import CasePaper, Letter, LetterStatus, PaperStatus
from core.data.models.kept import file_tables
from core.letters.store import Store
from core.services.files import path_of

_CHUNK = 1 << 20


def check(connection: Connection, store: Path, uploads: Path) -> Iterator[tuple[str, str]]:
    """Reads the rows now, and the files while the answer is walked through: that needs no transaction any more."""
    letters = connection.execute(select(Letter.__table__)).all()
    papers = connection.execute(select(CasePaper.__table__).where(CasePaper.status != PaperStatus.DUE)).all()
    files: dict[str, Sequence[Any]] = {
        table.name: connection.execute(select(table.c.id, table.c.sha256, table.c.size)).all()
        for table in file_tables()
    }
    return _look(letters, papers, files, store, uploads)


def _look(
    letters: Sequence[Any], papers: Sequence[Any], files: Mapping[str, Sequence[Any]], store: Path, uploads: Path
) -> Iterator[tuple[str, str]]:
    named: set[Path] = set()
    pending: set[Path] = set()
    for letter in letters:
        thing = f"letter {letter.number}"
        if letter.file_sha256 is not None:
            path = Store(store).path(letter.file_sha256)
            named.add(path)
            yield from _whole(thing, path, letter.file_sha256, letter.file_size)
            copy = store / f"{letter.number}.pdf"
            if copy.exists():  # for people who look into the folder; it must be the same letter
                named |= {copy, copy.with_name(f"{copy.name}.proof")}
                yield from _whole(f"copy of {letter.number}", copy, letter.file_sha256, letter.file_size)
        elif letter.status is LetterStatus.ISSUED:
            yield thing, "is issued and names no file"
        else:
            pending.add(store / "pending" / f"{letter.id}.pdf")
    for paper in papers:
        if paper.file_sha256 is not None:
            path = Store(store).path(paper.file_sha256)
            named.add(path)
            yield from _whole(f"paper {paper.number}", path, paper.file_sha256, paper.file_size)
        else:
            pending.add(store / "pending" / f"paper-{paper.id}.pdf")
    for path in sorted(store.rglob("*")) if store.exists() else ():
        if path.is_dir() or path in named or path in pending or path.name.startswith("lock-"):
            continue
        why = "was left by a crash" if path.suffix == ".part" or path.parent.name == "pending" else "no letter names it"
        yield f"file {path.relative_to(store)}", why
    for table, rows in files.items():
        for file in rows:
            yield from _whole(f"{table} {file.id}", path_of(uploads, file.sha256), file.sha256, file.size)


def _whole(thing: str, path: Path, sha256: str, size: int | None) -> Iterator[tuple[str, str]]:
    digest, read = hashlib.sha256(), 0
    try:
        with path.open("rb") as handle:
            while chunk := handle.read(_CHUNK):
                digest.update(chunk)
                read += len(chunk)
    except OSError as error:
        yield thing, f"its file {path.name} cannot be read ({error.strerror}): restore it from a backup"
        return
    if digest.hexdigest() != sha256 or read != size:
        yield thing, f"its file {path.name} has changed on disk: restore it from a backup"
