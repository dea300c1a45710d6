"""A checkpoint: origin, size and head of the log, signed (C2SP tlog-checkpoint, https://c2sp.org/tlog-checkpoint).

The line after the head is an extension of ours, when it was signed: `signed 2026-11-29T08:00:00Z`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from core.transparency.note import NoteError, Signer, Verifier, opened, sign

_WRONG = ("这不是日志签名点", "this is not a checkpoint of a log: origin, size and head are expected")
_SIGNED = "signed "


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a signed head says. `signed_at` is the signer's own clock."""

    origin: str
    size: int
    root: bytes
    signed_at: datetime | None = None

    def text(self) -> str:
        """The text that is signed."""
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode()]
        if self.signed_at is not None:
            lines.append(_SIGNED + self.signed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        return "".join(line + "\n" for line in lines)

    def signed(self, *signers: Signer) -> str:
        """The note."""
        return sign(self.text(), *signers)


def read(note: str, verifiers: Iterable[Verifier]) -> Checkpoint:
    """The checkpoint of a note that one of these keys signed, under the key's own name. Raises NoteError."""
    text, names = opened(note, verifiers)
    checkpoint = parse(text)
    if checkpoint.origin not in names:
        raise NoteError(
            "签名点属于另一个日志", f"the checkpoint is one of {checkpoint.origin}, whose key is not trusted"
        )
    return checkpoint


def parse(text: str) -> Checkpoint:
    """The checkpoint in the text of a note, whoever signed it. Raises NoteError."""
    lines = text.split("\n")
    try:
        origin, size, head = lines[:3]
        root = base64.b64decode(head, validate=True)
        if not origin or not size.isascii() or not size.isdecimal() or str(int(size)) != size or len(root) != 32:
            raise ValueError
        told = [line.removeprefix(_SIGNED) for line in lines[3:] if line.startswith(_SIGNED)]
        at = datetime.strptime(told[0], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if told else None
    except (ValueError, binascii.Error):
        raise NoteError(*_WRONG) from None
    return Checkpoint(origin, int(size), root, at)


def compared(*, held: Checkpoint, presented: Checkpoint) -> str:
    """What a head that is presented is to one that is held: `same`, `newer`, `older` (the log has shrunk, or an old
    head is shown as new), `forked` (the same size with another head) or one of `another log`. That the newer one
    contains the held one is proved by `merkle.consistent`."""
    if presented.origin != held.origin:
        return "another log"
    if presented.size == held.size:
        return "same" if presented.root == held.root else "forked"
    return "newer" if presented.size > held.size else "older"
