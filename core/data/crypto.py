"""Keys at work: sealing of sensitive fields and blind indexes over them.

Stored form of a sealed field: one byte version, one byte algorithm, one byte key id, 12 bytes nonce, ciphertext.
The algorithm byte leaves room for SM4-GCM (GB/T 39786) and the key id for rotation.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata
from typing import ClassVar, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION, _AES_GCM = 1, 1


class SealBroken(Exception):
    """The ciphertext was changed, moved to another row or column, or belongs to another key."""


def _derive(master: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"hongcai/{purpose}".encode()).derive(master)


class Keyring:
    """Keys derived from the master keys, newest first. Reading accepts all of them, writing uses the newest."""

    _current: ClassVar[Keyring | None] = None

    def __init__(self, masters: dict[int, bytes]) -> None:
        if not masters or any(len(key) < 32 for key in masters.values()):
            raise ValueError("a master key of at least 32 bytes is needed")
        self._newest = max(masters)
        self._sealing = {kid: AESGCM(_derive(key, "seal")) for kid, key in masters.items()}
        # Blind indexes must stay comparable over a rotation, so they hang on the oldest key.
        oldest = masters[min(masters)]
        self._search, self._once = _derive(oldest, "blind-index/operator"), _derive(oldest, "blind-index/district")

    @classmethod
    def current(cls) -> Keyring:
        if cls._current is None:
            raise RuntimeError("no keys are loaded: create_app() or Keyring.use() comes first")
        return cls._current

    def use(self) -> Self:
        type(self)._current = self
        return self

    def seal(self, text: str, context: str) -> bytes:
        """Encrypt `text`, bound to `context` (table, row and column)."""
        nonce = os.urandom(12)
        body = self._sealing[self._newest].encrypt(nonce, text.encode(), context.encode())
        return bytes((_VERSION, _AES_GCM, self._newest)) + nonce + body

    def open(self, stored: bytes, context: str) -> str:
        """Decrypt; raises `SealBroken` rather than returning anything doubtful."""
        if len(stored) < 31 or stored[0] != _VERSION or stored[1] != _AES_GCM or stored[2] not in self._sealing:
            raise SealBroken(f"{context}: unknown form or key")
        try:
            return self._sealing[stored[2]].decrypt(stored[3:15], stored[15:], context.encode()).decode()
        except InvalidTag as error:
            raise SealBroken(f"{context}: changed, moved or of another key") from error

    def search_index(self, operator_id: int, column: str, value: str) -> str:
        """Blind index for equality search inside one operator."""
        return self._index(self._search, f"{operator_id}|{column}", value)

    def once_index(self, column: str, value: str) -> str:
        """Blind index for what counts once, whichever operator or district of the instance it is at."""
        return self._index(self._once, f"0|{column}", value)

    @staticmethod
    def _index(key: bytes, scope: str, value: str) -> str:
        plain = unicodedata.normalize("NFKC", value).strip().upper()
        return hmac.new(key, f"{scope}|{plain}".encode(), hashlib.sha256).hexdigest()[:32]
