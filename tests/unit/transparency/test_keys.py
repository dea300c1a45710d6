"""The log's keys: made once, published for ever, and whole again where only the private one was brought back."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.services.transparency import keys
from core.transparency.note import NoteError, Signer


def test_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "signing"
    made = keys.ensure(folder, "hongcai.example/log")
    assert keys.ensure(folder, "another/log").private() == made.private()
    assert (folder / keys.PRIVATE).stat().st_mode & 0o777 == 0o600
    assert keys.verifiers_in(folder) == [made.verifier]


def test_an_old_key_stays_published(tmp_path: Path) -> None:
    old = keys.ensure(tmp_path, "hongcai.example/log").verifier
    new = Signer("hongcai.example/log", Ed25519PrivateKey.from_private_bytes(b"n" * 32))
    (tmp_path / keys.PRIVATE).write_text(new.private())
    assert keys.ensure(tmp_path, "unused").verifier == new.verifier
    assert keys.verifiers_in(tmp_path) == [old, new.verifier]


def test_a_private_key_that_was_brought_back_is_published_again(tmp_path: Path) -> None:
    made = keys.ensure(tmp_path, "hongcai.example/log")
    (tmp_path / keys.PUBLIC).unlink()
    keys.ensure(tmp_path, "hongcai.example/log")
    assert keys.verifiers_in(tmp_path) == [made.verifier]


@pytest.mark.parametrize("text", ["", "PRIVATE+KEY+a+b+c", "a+00000000+AAAA", "PRIVATE+KEY+a b+00000000+AAAA"])
def test_what_is_no_key_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / keys.PRIVATE).write_text(text)
    with pytest.raises(NoteError):
        keys.ensure(tmp_path, "unused")
