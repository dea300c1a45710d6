"""The keys of the log: one signs, and every one that ever did is published, the newest last.

var/signing/log.key    the private key, 0600          var/signing/log.keys   the public ones, a line each
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.letters.store import write_once
from core.transparency.note import Signer, Verifier

PRIVATE, PUBLIC = "log.key", "log.keys"


def ensure(folder: Path, name: str) -> Signer:
    """The key that signs; made under `name` where there is none. Two processes that start at once make one."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / PRIVATE).exists():
            signer = Signer(name, Ed25519PrivateKey.generate())
            publish(folder, signer.verifier)  # first: nothing may be signed by a key that nobody can look up
            write_once(folder / PRIVATE, (signer.private() + "\n").encode())
            os.chmod(folder / PRIVATE, 0o600)  # noqa: PTH101 - said once more, whatever the umask
        signer = signer_in(folder)
        publish(folder, signer.verifier)  # where only the private one was brought back
        return signer


def signer_in(folder: Path) -> Signer:
    """The key that signs. Raises OSError, NoteError."""
    return Signer.parse((folder / PRIVATE).read_text())


def publish(folder: Path, verifier: Verifier) -> None:
    """Add a key to the published ones."""
    known = verifiers_in(folder)
    if verifier not in known:
        lines = "".join(f"{key}\n" for key in [*known, verifier])
        fresh = folder / f"{PUBLIC}.new"
        fresh.write_text(lines)
        fresh.replace(folder / PUBLIC)


def verifiers_in(folder: Path) -> list[Verifier]:
    """All published keys, the oldest first; none where there is no file. Raises NoteError."""
    file = folder / PUBLIC
    return [Verifier.parse(line) for line in file.read_text().splitlines() if line.strip()] if file.exists() else []
