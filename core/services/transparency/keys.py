"""The keys of the log: one signs, and every one that ever did is published, the newest last.

var/signing/log.key    the private key, 0600          var/signing/log.keys   the public ones, a line each
"""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.letters.store import held, write_once
from core.transparency.note import NoteError, Signer, Verifier

PRIVATE, PUBLIC = "log.key", "log.keys"


def ensure(folder: Path, name: str) -> Signer:
    """The key that signs; made under `name` where there is none. Two processes that start at once make one."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with held(folder):
        if not (folder / PRIVATE).exists():
            signer = Signer(name, Ed25519PrivateKey.generate())
            _add(folder, signer.verifier)  # first: nothing may be signed by a key that nobody can look up
            write_once(folder / PRIVATE, (signer.private() + "\n").encode())
        signer = signer_in(folder)
        _add(folder, signer.verifier)  # where only the private one was brought back
        return signer


def signer_in(folder: Path) -> Signer:
    """The key that signs. Raises OSError, NoteError."""
    return Signer.parse(_text(folder / PRIVATE))


def publish(folder: Path, verifier: Verifier) -> None:
    """Add a key to the published ones. Raises OSError, NoteError."""
    with held(folder):
        _add(folder, verifier)


def _add(folder: Path, verifier: Verifier) -> None:
    known = verifiers_in(folder)
    if verifier not in known:
        write_once(folder / PUBLIC, "".join(f"{key}\n" for key in [*known, verifier]).encode(), mode=0o644)


def verifiers_in(folder: Path) -> list[Verifier]:
    """All published keys, the oldest first; none where there is no file. Raises NoteError."""
    file = folder / PUBLIC
    return [Verifier.parse(line) for line in _text(file).splitlines() if line.strip()] if file.exists() else []


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise NoteError(f"{file.name}不是文本文件", f"{file} is no text") from None
