"""What the operator says of its keys: which sign, which signed once, which were lost or came into wrong hands.

A signed note (`core.transparency.note`) by the log's key, for whoever checks letters without asking the server:

    hongcai-keys/1
    {"ended":[{"cause":"compromised","fingerprint":"3f…","since":"2026-09-01T00:00:00Z"}],"keys":[…],"said_at":"…"}

    — hongcai.example/log Az3grl…=

A certificate is known by the SHA-256 of its bytes (DER), a key of the log by that of its 32 bytes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

import rfc8785

from core.transparency.note import NoteError, Signer, Verifier, opened, sign

FORMAT = "hongcai-keys/1"
NAME = "keys.note"  # in the folder of the keys, for `hongcai verify`
_AT = "%Y-%m-%dT%H:%M:%SZ"
_WRONG = NoteError("这不是密钥公告", f"this is not a statement about keys: {FORMAT} is expected")

Cause = Literal["lost", "compromised"]


@dataclass(frozen=True, slots=True)
class Ended:
    """A key that was lost, or came into wrong hands, and since when."""

    fingerprint: str
    cause: Cause
    since: datetime


@dataclass(frozen=True, slots=True)
class Statement:
    """The note as read."""

    said_at: datetime
    ended: tuple[Ended, ...]
    keys: tuple[dict[str, Any], ...]


def fingerprint_of(public: bytes) -> str:
    """Of a certificate (DER) or of a log's public key (32 bytes)."""
    return sha256(public).hexdigest()


def make(ended: Sequence[Ended], keys: Sequence[dict[str, Any]], at: datetime, *signers: Signer) -> str:
    """The statement as a signed note. `keys`: plain values for people, one for each key there ever was."""
    told: dict[str, Any] = {
        "ended": [
            {"fingerprint": it.fingerprint, "cause": it.cause, "since": it.since.astimezone(UTC).strftime(_AT)}
            for it in ended
        ],
        "keys": [*keys],
        "said_at": at.astimezone(UTC).strftime(_AT),
    }
    return sign(f"{FORMAT}\n{rfc8785.dumps(told).decode()}\n", *signers)


def read(note: str, verifiers: Sequence[Verifier]) -> Statement:
    """The statement that one of these keys of the log signed. Raises NoteError."""
    text, _names = opened(note, verifiers)
    first, _newline, rest = text.partition("\n")
    if first != FORMAT:
        raise _WRONG
    try:
        told = json.loads(rest)
        ended = tuple(_ended(it) for it in told["ended"])
        return Statement(_instant(told["said_at"]), ended, tuple(dict(it) for it in told["keys"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _WRONG from None


def without_compromised(verifiers: Sequence[Verifier], ended: Sequence[Ended]) -> list[Verifier]:
    """The keys of a log that did not come into wrong hands: what the others signed proves nothing by itself."""
    gone = {it.fingerprint for it in ended if it.cause == "compromised"}
    return [it for it in verifiers if fingerprint_of(it.public) not in gone]


def _ended(told: dict[str, str]) -> Ended:
    cause: Cause = "compromised" if told["cause"] == "compromised" else "lost"
    return Ended(str(told["fingerprint"]), cause, _instant(told["since"]))


def _instant(text: str) -> datetime:
    return datetime.strptime(text, _AT).replace(tzinfo=UTC)
