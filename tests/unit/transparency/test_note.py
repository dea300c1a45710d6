"""Signed notes and checkpoints: the published example opens, and nothing that was changed does."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.transparency import checkpoint, note
from core.transparency.checkpoint import Checkpoint
from core.transparency.note import NoteError, Signer, Verifier

# The example of Go's golang.org/x/mod/sumdb/note, from which the format was specified.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
EXAMPLE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def signer(name: str = "hongcai.example/log", seed: int = 7) -> Signer:
    return Signer(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def test_the_published_note_opens() -> None:
    text, names = note.opened(EXAMPLE, [Verifier.parse(PETER)])
    assert text.startswith("If you think")
    assert text.endswith("problem is.\n")
    assert names == ("PeterNeumann",)
    assert str(Verifier.parse(PETER)) == PETER


def test_a_checkpoint_is_read_as_it_was_signed() -> None:
    said = Checkpoint("hongcai.example/log", 41, bytes(range(32)), datetime(2026, 11, 29, 8, 0, 5, tzinfo=UTC))
    assert checkpoint.read(said.signed(signer()), [signer().verifier]) == said


@pytest.mark.parametrize("at", range(0, 170, 3))
def test_no_changed_character_is_accepted(at: int) -> None:
    told = Checkpoint("hongcai.example/log", 41, bytes(range(32)), datetime(2026, 11, 29, tzinfo=UTC)).signed(signer())
    changed = told[:at] + ("A" if told[at] != "A" else "B") + told[at + 1 :]
    with pytest.raises(NoteError):
        checkpoint.read(changed, [signer().verifier])


def test_another_key_of_the_same_name_and_another_log_are_refused() -> None:
    told = Checkpoint("hongcai.example/log", 1, bytes(32))
    with pytest.raises(NoteError, match="none of the trusted"):
        checkpoint.read(told.signed(signer()), [signer(seed=8).verifier])
    with pytest.raises(NoteError, match="whose key is not trusted"):
        checkpoint.read(told.signed(signer("other.example/log")), [signer("other.example/log").verifier])


def test_a_forged_line_under_a_true_one_spoils_the_note() -> None:
    told = Checkpoint("hongcai.example/log", 1, bytes(32)).signed(signer())
    forged = signer().verifier.id + bytes(64)
    with pytest.raises(NoteError, match="is wrong"):
        checkpoint.read(told + f"— hongcai.example/log {base64.b64encode(forged).decode()}\n", [signer().verifier])
    stranger = signer("stranger", 9).line(told.split("\n\n")[0] + "\n")
    assert checkpoint.read(told + stranger, [signer().verifier]).size == 1  # who is not known is passed over


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "hongcai.example/log\n1\n",
        "no signature\n\n",
        "text\n\n- dash hongcai.example/log AAAA\n",
        "text\n\n— hongcai.example/log !!!!\n",
        "text\n\n— hongcai.example/log AA==\n",
        "x" * 70_000,
    ],
)
def test_what_is_no_note_is_told(wrong: str) -> None:
    with pytest.raises(NoteError):
        note.opened(wrong, [signer().verifier])


@pytest.mark.parametrize("text", ["a\n1\nQUJD\n", "a\n01\n" + "A" * 43 + "=\n", "a\n-1\n" + "A" * 43 + "=\n", "a\n"])
def test_a_signed_text_that_is_no_checkpoint_is_told(text: str) -> None:
    with pytest.raises(NoteError, match="not a checkpoint"):
        checkpoint.parse(text)


@pytest.mark.parametrize(
    "wrong", ["", "a+b", PETER[:-4] + "AAAA", "Peter Neumann" + PETER[12:], PETER.replace("c7", "c8")]
)
def test_what_is_no_key_is_told(wrong: str) -> None:
    with pytest.raises(NoteError):
        Verifier.parse(wrong)
