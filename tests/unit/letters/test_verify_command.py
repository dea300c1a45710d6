"""`hongcai verify`: exit codes, lines, one object a file, and no server behind it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.commands.verify import verify
from core.letters.proof import make_proof
from core.services.transparency.entries import written as entry_of
from core.transparency.checkpoint import Checkpoint
from core.transparency.merkle import leaf_hash
from core.transparency.note import Signer
from tests.unit.letters.conftest import Made


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance without keys: no root is trusted unless given."""
    monkeypatch.setenv("HONGCAI_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("HONGCAI_TRUST", raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(verify, [str(argument) for argument in arguments], standalone_mode=True)


def written(folder: Path, made: Made) -> Path:
    path = folder / "letter.pdf"
    path.write_bytes(made.pdf)
    return path


def test_valid_with_the_root_given(letters: dict[str, Made], signing: Path, instance: Path) -> None:
    result = run(written(instance, letters["award"]), "--trust", signing / "ca.cert.pem")
    assert result.exit_code == 0
    assert "VALID" in result.stdout
    assert "✓ Text on the page: 示人社〔2026〕12号" in result.stdout
    assert "– Issue log" in result.stdout


def test_valid_with_the_instances_own_root(
    letters: dict[str, Made], signing: Path, instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = written(instance, letters["rare"])
    assert run(letter).exit_code == 2
    monkeypatch.setenv("HONGCAI_TRUST", str(signing / "ca.cert.pem"))
    assert run(letter).exit_code == 0
    monkeypatch.delenv("HONGCAI_TRUST")
    (instance / "var" / "signing").mkdir(parents=True)
    (instance / "var" / "signing" / "ca.cert.pem").write_bytes((signing / "ca.cert.pem").read_bytes())
    result = run(letter)
    assert result.exit_code == 0
    assert "样稿" in result.stdout
    # Asking for the roots makes no keys and no folders.
    assert sorted(path.name for path in (instance / "var").iterdir()) == ["signing"]


def test_unknown_signer_cannot_tell(letters: dict[str, Made], instance: Path) -> None:
    result = run(written(instance, letters["award"]))
    assert result.exit_code == 2
    assert "? Signer is trusted" in result.stdout


def test_not_valid(letters: dict[str, Made], signing: Path, instance: Path) -> None:
    letter = written(instance, letters["award"])
    letter.write_bytes(letters["award"].pdf.replace(b"%%EOF\n", b"%%EOF \n"))
    result = run(letter, "--trust", signing / "ca.cert.pem", "--language", "zh")
    assert result.exit_code == 1
    assert "无效" in result.stdout


def test_json_is_one_object_a_file_and_nothing_else(letters: dict[str, Made], signing: Path, instance: Path) -> None:
    good = written(instance, letters["award"])
    bad = instance / "bad.pdf"
    bad.write_bytes(letters["award"].pdf + b" ")
    none = instance / "none.pdf"
    none.write_bytes(b"nothing")
    result = run(good, bad, none, "--trust", signing / "ca.cert.pem", "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["status"] for row in rows] == ["valid", "not_valid", "cannot_tell"]
    assert [row["file"] for row in rows] == [str(good), str(bad), str(none)]
    assert rows[0]["letter"]["amount_fen"] == 1120000
    assert {line["code"] for line in rows[0]["lines"]} >= {"revision", "trust", "capsule", "page", "replay", "log"}
    assert result.exit_code == 1


def test_a_proof_beside_the_letter_is_read(letters: dict[str, Made], signing: Path, instance: Path) -> None:
    made = letters["award"]
    letter = written(instance, made)
    proof = letter.with_name("letter.pdf.proof")
    context = made.context
    log = Signer("hongcai.example/log", Ed25519PrivateKey.from_private_bytes(b"l" * 32))

    def proved(sha256: str) -> bytes:
        entry = entry_of(
            ("letter", 7, context.number, "award", "3F2K", "2026-11-24", 1, context.capsule_digest, sha256)
        )
        note = Checkpoint(log.name, 1, leaf_hash(entry)).signed(log)
        return make_proof(entry=entry, index=0, path=[], checkpoint=note)

    proof.write_bytes(proved("0" * 64))
    result = run(letter, "--trust", signing / "ca.cert.pem")
    assert result.exit_code == 1
    assert "the proof belongs to another file" in result.stdout
    proof.write_bytes(proved(hashlib.sha256(letter.read_bytes()).hexdigest()))
    told = run(letter, "--trust", signing / "ca.cert.pem", "--log-key", str(log.verifier))
    assert told.exit_code == 0
    assert "entry 1 of the log is this file" in told.stdout
    assert "public key cannot be used" in run(letter, "--log-key", "nonsense").output
    proof.write_text("{")
    assert "the proof cannot be read" in run(letter).output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.pdf"], "missing.pdf cannot be read"),
        (["letter.pdf", "--trust", "missing.pem"], "trusted certificate cannot be used"),
        (["letter.pdf", "--trust", "letter.pdf"], "holds no certificate"),
        (["letter.pdf", "--proof", "missing.proof"], "missing.proof"),
        (["letter.pdf", "--proof", "letter.pdf"], "the proof cannot be read"),
        (["letter.pdf", "letter.pdf", "--proof", "letter.pdf"], "belongs to one letter"),
        ([], "Missing argument"),
        (["."], "cannot be read"),
    ],
)
def test_wrong_arguments_say_what_is_wrong(
    letters: dict[str, Made], instance: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    """Through the `hongcai` command, whose errors end with status 2."""
    written(instance, letters["award"])
    monkeypatch.chdir(instance)
    result = subprocess.run(
        [sys.executable, "-m", "core.cli", "verify", *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        check=False,
    )
    assert result.returncode == 2
    assert said in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_it_needs_neither_web_nor_database_nor_printer(letters: dict[str, Made], signing: Path, instance: Path) -> None:
    letter = written(instance, letters["award"])
    program = f"""
import sys
from core.commands.verify import verify
try:
    verify([{str(letter)!r}, "--trust", {str(signing / "ca.cert.pem")!r}, "--json"])
except SystemExit as end:
    assert end.code == 0, end.code
print([name for name in ("flask", "sqlalchemy", "weasyprint", "fontTools", "jinja2", "dbos") if name in sys.modules])
"""
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"
    row = json.loads(out.splitlines()[0])
    assert row["status"] == "valid"
