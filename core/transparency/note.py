"""Signed notes: a text and under it lines of signatures (C2SP signed-note, https://c2sp.org/signed-note), Ed25519.

    example.org/log
    7
    qlrFSl…=

    — example.org/log Az3grl…=

A key is known by name and by the first four bytes of SHA-256(name, newline, 0x01, public key). A line of a key that is
not known is passed over; a line of a known key that does not verify makes the note worthless.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
LONGEST = 64 * 1024
_DASH = "\N{EM DASH} "
_PRIVATE = "PRIVATE+KEY+"


class NoteError(ValueError):
    """The note cannot be read, or a signature of a known key on it is wrong. `zh` and the message say why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh


def key_id(name: str, public: bytes) -> bytes:
    """The four bytes by which a signature line says which key made it."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        return key_id(self.name, self.public)

    def __str__(self) -> str:
        """As it is published: `name+id+key`."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Read `name+id+key`. Raises NoteError for anything else, also for an id of another key."""
        wrong = NoteError("日志公钥的格式不对", "this is not a log's public key: name+id+key is expected")
        name, _plus, rest = text.strip().partition("+")
        found, _plus, encoded = rest.partition("+")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise wrong from None
        verifier = cls(name, key[1:])
        if not _is_name(name) or key[:1] != ED25519 or len(key) != 33 or found != verifier.id.hex():
            raise wrong
        return verifier

    def verifies(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name."""

    name: str
    key: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self.key.public_key().public_bytes_raw())

    def private(self) -> str:
        """As the key is kept: `PRIVATE+KEY+name+id+key`."""
        seed = base64.b64encode(ED25519 + self.key.private_bytes_raw()).decode()
        return f"{_PRIVATE}{self.name}+{self.verifier.id.hex()}+{seed}"

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Read `PRIVATE+KEY+name+id+key`. Raises NoteError."""
        wrong = NoteError("日志私钥的格式不对", "this is not a log's private key: PRIVATE+KEY+name+id+key is expected")
        name, _plus, rest = text.strip().removeprefix(_PRIVATE).partition("+")
        try:
            key = base64.b64decode(rest.partition("+")[2], validate=True)
        except binascii.Error:
            raise wrong from None
        if not text.startswith(_PRIVATE) or not _is_name(name) or key[:1] != ED25519 or len(key) != 33:
            raise wrong
        signer = cls(name, Ed25519PrivateKey.from_private_bytes(key[1:]))
        if signer.private() != text.strip():
            raise wrong
        return signer

    def line(self, text: str) -> str:
        """The signature line for a text that ends with a newline."""
        signature = self.verifier.id + self.key.sign(text.encode())
        return f"{_DASH}{self.name} {base64.b64encode(signature).decode()}\n"


def sign(text: str, *signers: Signer) -> str:
    """The note of a text, which must end with a newline."""
    if not text.endswith("\n") or (not text.isprintable() and any(c < " " and c != "\n" for c in text)):
        raise ValueError("a note's text ends with a newline and has no other control character")
    return text + "\n" + "".join(signer.line(text) for signer in signers)


def unread(note: str) -> str:
    """The text of a note whose signatures are not looked at: of one's own, or where no key is known."""
    return note.rpartition("\n\n")[0] + "\n"


def opened(note: str, verifiers: Iterable[Verifier], *, longest: int = LONGEST) -> tuple[str, tuple[str, ...]]:
    """The text of a note and the names of the known keys that signed it, at least one. Raises NoteError."""
    if len(note) > longest:
        raise NoteError("签名点过大", "the note is larger than a checkpoint can be")
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise NoteError("签名点不完整", "the note has no signatures: fetch it again, whole")
    text += "\n"
    known = {(verifier.name, verifier.id): verifier for verifier in verifiers}
    signed: list[str] = []
    for line in lines[:-1].split("\n"):
        name, signature = _parsed(line)
        verifier = known.get((name, signature[:4]))
        if verifier is None:
            continue
        if not verifier.verifies(text, signature[4:]):
            raise NoteError(
                f"{name}的签名不符，内容已被改动", f"the signature of {name} is wrong: the text was changed"
            )
        if name not in signed:
            signed.append(name)
    if not signed:
        raise NoteError("没有所信任的日志密钥的签名", "none of the trusted log keys signed this")
    return text, tuple(signed)


def _parsed(line: str) -> tuple[str, bytes]:
    wrong = NoteError("签名行的格式不对", "a signature line is not in the form — name base64")
    if not line.startswith(_DASH):
        raise wrong
    name, _space, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise wrong from None
    if not _is_name(name) or len(signature) < 5:
        raise wrong
    return name, signature


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)
