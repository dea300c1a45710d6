"""`FILE.pdf.proof`: what the issue log said about a letter on the day it was fetched, to carry beside the file.

Format `hongcai-proof/1`, canonical JSON:

    {"format": "hongcai-proof/1", "file_sha256": "…", "number": "…", "capsule_digest": "sha256:…",
     "issued_on": "YYYY-MM-DD", "checkpoint": null}

`checkpoint` will hold the signed head of the log and the path to it once the log is a Merkle tree; a proof without one
ties file, number and capsule together but does not prove that the log has them, so verification says "not checked".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import rfc8785

FORMAT = "hongcai-proof/1"
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


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as read."""

    file_sha256: str
    number: str
    capsule_digest: str
    issued_on: str
    checkpoint: dict[str, Any] | None


def make_proof(*, file_sha256: str, number: str, capsule_digest: str, issued_on: date) -> bytes:
    """The proof of an issued letter, without a checkpoint."""
    return rfc8785.dumps(
        {
            "format": FORMAT,
            "file_sha256": file_sha256,
            "number": number,
            "capsule_digest": capsule_digest,
            "issued_on": issued_on.isoformat(),
            "checkpoint": None,
        }
    )


def read_proof(data: bytes) -> Proof:
    """The proof in `data`. Raises ProofError for anything that is not one, or is of a later format."""
    unreadable = ProofError("证明文件无法读取", "the proof cannot be read: fetch it again from the issuer")
    if len(data) > MAX_PROOF:
        raise unreadable
    try:
        plain = json.loads(data)
        found = plain["format"]
        if found != FORMAT:
            raise ProofError(
                f"证明文件的格式是{found}，本程序只认{FORMAT}",
                f"the proof has format {found!r}, this program reads {FORMAT!r}: update the program",
            )
        proof = Proof(*(plain[key] for key in Proof.__slots__))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, ProofError):
            raise
        raise unreadable from error
    texts = (proof.file_sha256, proof.number, proof.capsule_digest, proof.issued_on)
    if not all(isinstance(text, str) for text in texts) or not isinstance(proof.checkpoint, dict | None):
        raise unreadable
    return proof
