"""The press of every signed file, letters and papers alike: made once, kept by content hash, safe against crashes.

Signing is not repeatable (each signature has its own random number), so a crash after the file is kept and before its
hash is in the row would leave a file that no row names. Therefore the signed file first lies in `pending/` under its
row's name: a later run takes that one instead of signing anew, and only a sealed row's copy is removed.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NotRequired, TypedDict

from flask import Flask

from core.config import Settings
from core.letters.cms import open_signature
from core.letters.envelope import read_envelope
from core.letters.keylist import fingerprint_of
from core.letters.store import Store, write_once

STRIPES = 16  # files whose rows' ids differ by less can be pressed side by side, on several processes too


class Pressed(TypedDict):
    """A file in the store. `signed_by`: the fingerprint of the certificate; not there in what an older step kept."""

    sha256: str
    size: int
    signed_by: NotRequired[str]


@contextmanager
def alone(folder: Path, name: str) -> Iterator[Path]:
    """The pending file of a row (`12`, `paper-12`), held against every other process; the lock dies with its
    holder."""
    pending = folder / "pending"
    pending.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (pending / f"lock-{int(name.rpartition('-')[2]) % STRIPES}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield pending / f"{name}.pdf"


def keep(folder: Path, pending: Path, make: Callable[[], bytes], gone: Collection[str]) -> Pressed:
    """The pending file, made if it is not there yet or is by a key that was given up since (`gone`: fingerprints), put
    into the store. Rendering takes a tenth of a second, a remote signer much longer: no transaction may be open."""
    if pending.exists() and _signer_in(pending.read_bytes()) in gone:
        pending.unlink()
    if not pending.exists():
        write_once(pending, make())
    signed = pending.read_bytes()
    return {"sha256": Store(folder).put(signed), "size": len(signed), "signed_by": _signer_in(signed)}


def _signer_in(signed: bytes) -> str:
    """By whom it was signed: a pending file may be older than the key in use."""
    envelope = read_envelope(signed)
    assert envelope is not None  # it was signed a moment ago, or by the run before
    return fingerprint_of(open_signature(envelope.cms, envelope.digest).signer.dump())


def clear(folder: Path, waiting: Callable[[], Collection[str]]) -> int:
    """Remove half-written files, and pending ones of rows that do not wait for theirs; returns how many. Nobody presses
    meanwhile."""
    with ExitStack() as held:
        for stripe in range(STRIPES):
            held.enter_context(alone(folder, str(stripe)))
        dead = [*folder.rglob(".*.part")]
        names = waiting()
        dead += [path for path in (folder / "pending").glob("*.pdf") if path.stem not in names]
        for path in dead:
            path.unlink(missing_ok=True)
    return len(dead)


def settings_of(app: Flask) -> Settings:
    settings = app.extensions["settings"]
    assert isinstance(settings, Settings)
    return settings
