"""The single file that auditors read: it imports nothing of ours, agrees with us, and refuses what was changed."""

from __future__ import annotations

import ast
import importlib.util
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from core.letters.proof import make_proof
from core.letters.revocation import following, problem
from core.services.transparency.entries import written
from core.transparency.checkpoint import Checkpoint
from core.transparency.merkle import Tree, leaf_hash
from core.transparency.note import Signer

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "verify_log.py"
SIGNER = Signer("hongcai.example/log", Ed25519PrivateKey.from_private_bytes(b"s" * 32))
KEY = str(SIGNER.verifier)
LETTER = 37
Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_log", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run(script: ModuleType, capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*arguments: object) -> tuple[int, str]:
        status = script.main([*map(str, arguments), "--key", KEY])
        return status, capsys.readouterr().out

    return ran


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A letter with its proof, two heads with their hashes, and the entries."""
    pdf = b"%PDF-1.7 a letter"
    said = (
        "letter",
        7,
        "虹人社〔2026〕7号",
        "award",
        "3F2K",
        "2026-11-29",
        240_000,
        "sha256:0",
        sha256(pdf).hexdigest(),
    )
    entries = [written(["event", n, "2026-11-29 08:00:00.000000", "办理"]) for n in range(100)]
    entries[LETTER] = written(said)
    tree = Tree(leaf_hash(entry) for entry in entries)
    for name, size in (("old", 60), ("new", 100)):
        note = Checkpoint(SIGNER.name, size, tree.root(size), datetime(2026, 11, 29, 9, tzinfo=UTC)).signed(SIGNER)
        (tmp_path / name).write_text(note)
        (tmp_path / f"{name}.hashes").write_bytes(b"".join(tree.levels[0][:size]))
    lines = [json.dumps({"index": n, "entry": entry.decode()}, ensure_ascii=False) for n, entry in enumerate(entries)]
    (tmp_path / "entries.jsonl").write_text("\n".join(lines) + "\n")
    (tmp_path / "letter.pdf").write_bytes(pdf)
    path = tree.inclusion(LETTER, 100)
    proof = make_proof(entry=entries[LETTER], index=LETTER, path=path, checkpoint=(tmp_path / "new").read_text())
    (tmp_path / "letter.pdf.proof").write_bytes(proof)
    return tmp_path


def test_it_imports_the_standard_library_alone() -> None:
    imported = set()
    for node in ast.walk(ast.parse(SCRIPT.read_text())):
        if isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    assert imported == {"argparse", "base64", "hashlib", "json", "sys", "time", "pathlib"}


def test_what_holds(run: Run, folder: Path) -> None:
    assert run("head", folder / "new")[0] == 0
    assert run("proof", folder / "letter.pdf") == (
        0,
        "holds: 虹人社〔2026〕7号, 240000 fen: entry 38 of 100 of hongcai.example/log, signed 2026-11-29T09:00:00Z\n",
    )
    assert run("log", folder / "new", folder / "entries.jsonl")[0] == 0
    assert "60 to 100" in run("grown", folder / "old", folder / "new")[1]


def test_a_letter_that_was_changed(run: Run, folder: Path) -> None:
    (folder / "letter.pdf").write_bytes(b"%PDF-1.7 another")
    status, told = run("proof", folder / "letter.pdf")
    assert (status, "another file" in told) == (1, True)


@pytest.mark.parametrize("key", ["entry", "index", "path", "checkpoint"])
def test_a_proof_that_was_changed(run: Run, folder: Path, key: str) -> None:
    plain = json.loads((folder / "letter.pdf.proof").read_text())
    plain[key] = {
        "entry": plain["entry"].replace("240000", "940000"),
        "index": plain["index"] + 1,
        "path": plain["path"][::-1],
        "checkpoint": plain["checkpoint"].replace("\n100\n", "\n101\n"),
    }[key]
    (folder / "letter.pdf.proof").write_text(json.dumps(plain))
    assert run("proof", folder / "letter.pdf")[0] == 1


def test_an_entry_that_was_changed_is_named(run: Run, folder: Path) -> None:
    lines = (folder / "entries.jsonl").read_text()
    (folder / "entries.jsonl").write_text(lines.replace('41,\\"2026', '41,\\"2025'))
    status, told = run("log", folder / "new", folder / "entries.jsonl")
    assert status == 1
    assert "line 42" in told


def test_a_log_that_was_rewritten_and_one_presented_old_for_new(run: Run, folder: Path) -> None:
    status, told = run("grown", folder / "new", folder / "old")
    assert (status, "older" in told) == (1, True)
    tree = Tree(leaf_hash(bytes([n])) for n in range(100))
    (folder / "new").write_text(Checkpoint(SIGNER.name, 100, tree.root()).signed(SIGNER))
    (folder / "new.hashes").write_bytes(b"".join(tree.levels[0]))
    status, told = run("grown", folder / "old", folder / "new")
    assert (status, "rewritten" in told) == (1, True)


def test_another_key_and_what_is_no_checkpoint(script: ModuleType, folder: Path, run: Run) -> None:
    stranger = Signer(SIGNER.name, Ed25519PrivateKey.from_private_bytes(b"x" * 32))
    assert script.main(["head", str(folder / "new"), "--key", str(stranger.verifier)]) == 2
    assert script.main(["head", str(folder / "new"), "--key", "nonsense"]) == 2
    (folder / "new").write_text("nonsense")
    assert run("head", folder / "new")[0] == 2
    assert run("head", folder / "absent")[0] == 2


def test_a_list_is_held_against_an_older_one_as_the_library_does(folder: Path, run: Run) -> None:
    at = datetime(2026, 11, 30, 8, tzinfo=UTC)
    first = following(None, origin=SIGNER.name, at=at, issuers=["示例局"], entries=[])
    second = following((first, first.signed(SIGNER)), origin=SIGNER.name, at=at, issuers=["示例局"], entries=[])
    shown = {
        "later": (second, 0),
        "back": (replace(second, as_of=at - timedelta(hours=1)), 1),  # a higher number, of an earlier instant
        "again": (replace(first, as_of=at + timedelta(hours=1)), 1),  # the same number twice
        "another": (replace(first, issuers=("别的局",)), 1),  # it decides of whose letters the list speaks
        "same": (first, 0),
    }
    (folder / "held").write_text(first.signed(SIGNER))
    for name, (listed, status) in shown.items():
        (folder / name).write_text(listed.signed(SIGNER))
        assert (name, run("listed", folder / name, "--held", folder / "held")[0]) == (name, status)
        assert (problem(first, listed) is not None) == bool(status)


@given(st.binary(max_size=200), st.binary(min_size=32, max_size=32), st.integers(0, 511))
def test_signatures_are_judged_as_the_library_does(message: bytes, seed: bytes, bit: int) -> None:
    spec = importlib.util.spec_from_file_location("verify_log", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert module.signed_by(public, message, signature)
    assert not module.signed_by(public, message + b"x", signature)
    changed = bytearray(signature)
    changed[bit // 8] ^= 1 << bit % 8
    assert not module.signed_by(public, message, bytes(changed))
