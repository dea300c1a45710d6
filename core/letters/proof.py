"""`FILE.pdf.proof`: that a letter is in the transparency log, to carry beside the file.

Format `hongcai-proof/2`, canonical JSON:

    {"format": "hongcai-proof/2", "entry": "[\"letter\",7,\"虹人社〔2026〕7号\",…]", "index": 4711,
     "path": ["<base64>", …], "checkpoint": "<signed note>"}

`entry` are the bytes that the log took in for the letter (`core.services.transparency.entries`), with the hash of its
file and the digest of its capsule; `path` leads from them to the head in `checkpoint` (RFC 9162, 2.1.3).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import rfc8785

from core.transparency import checkpoint as checkpoints
from core.transparency.checkpoint import Checkpoint
from core.transparency.merkle import included, leaf_hash
from core.transparency.note import Verifier

FORMAT = "hongcai-proof/2"
MAX_PROOF = 1024 * 1024

Logged = Literal["recorded", "other_file", "void", "unknown"]
IssueLog = Callable[[str, str], Logged]
"""Asks an instance's log about (number, SHA-256 of the file): `recorded` under that number; the number belongs to
another file; the letter was voided; no such number."""


class ProofError(ValueError):
    """The proof cannot be read. `zh` and the message say why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh


class Said(NamedTuple):
    """What the log took in of a letter, in the order of its entry."""

    kind: str
    row: int
    number: str
    letter_kind: str
    check_code: str
    issued_on: str
    amount_fen: int
    capsule_digest: str
    file_sha256: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as read."""

    entry: bytes
    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    said: Said

    def head(self, keys: Sequence[Verifier]) -> Checkpoint:
        """The signed head that the entry is under. Raises NoteError where no known key signed it, and ProofError where
        the entry is not under it."""
        head = checkpoints.read(self.checkpoint, keys)
        if not included(leaf_hash(self.entry), self.index, head.size, self.path, head.root):
            raise ProofError(
                "证明路径不成立：日志签名点之下没有这份通知书", "the path does not lead to the signed head"
            )
        return head


def make_proof(*, entry: bytes, index: int, path: Sequence[bytes], checkpoint: str) -> bytes:
    """The proof of a letter whose entry has this place under the signed head."""
    steps = [base64.b64encode(step).decode() for step in path]
    told: dict[str, Any] = {
        "format": FORMAT,
        "entry": entry.decode(),
        "index": index,
        "path": steps,
        "checkpoint": checkpoint,
    }
    return rfc8785.dumps(told)


def read_proof(data: bytes) -> Proof:
    """The proof in `data`. Raises ProofError for anything that is not one, or is of another format."""
    unreadable = ProofError("证明文件无法读取", "the proof cannot be read: fetch it again from the issuer")
    if len(data) > MAX_PROOF:
        raise unreadable
    try:
        plain = json.loads(data)
        if plain["format"] != FORMAT:
            raise ProofError(
                f"证明文件的格式是{plain['format']}，本程序只认{FORMAT}",
                f"the proof has format {plain['format']!r}, this program reads {FORMAT!r}: fetch both anew",
            )
        entry, index, note = plain["entry"], plain["index"], plain["checkpoint"]
        path = tuple(base64.b64decode(step, validate=True) for step in plain["path"])
        said = Said(*json.loads(entry))
        if type(index) is not int or not isinstance(note, str) or said.kind != "letter":
            raise unreadable
        if not all(isinstance(text, str) for text in (said.number, said.file_sha256, said.capsule_digest)):
            raise unreadable
        return Proof(entry.encode(), index, path, note, said)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        if isinstance(error, ProofError):
            raise
        raise unreadable from error
