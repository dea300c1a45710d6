"""Verification: genuine letters are valid, and nothing else ever is."""

from __future__ import annotations

import io
import json
import random
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from core.letters.claims import claim_lines
from core.letters.cms import load_roots
from core.letters.contents import Contents, page_texts
from core.letters.devca import ensure_dev_ca
from core.letters.numbering import check_code
from core.letters.proof import Proof, ProofError, make_proof, read_proof
from core.letters.render import render
from core.letters.sign import Signer, certify
from core.letters.verification import DECISIVE, LABELS, Verification
from core.letters.verify import MAX_BYTES, verify_letter
from core.services.transparency.entries import written as entry_of
from core.transparency.checkpoint import Checkpoint
from core.transparency.merkle import Tree, leaf_hash
from core.transparency.note import Signer as LogSigner
from tests.unit.letters.byte_tricks import place
from tests.unit.letters.conftest import Made
from tests.unit.letters.pdf_tricks import edited
from tests.unit.letters.samples import award, capsule_of, sealed

Roots = tuple[bytes, ...]


def statuses(answer: Verification) -> dict[str, str]:
    return {line.code: line.status for line in answer.lines}


@pytest.mark.parametrize("kind", ["award", "rare", "refusal"])
def test_a_genuine_letter_is_valid(letters: dict[str, Made], roots: Roots, kind: str) -> None:
    made = letters[kind]
    answer = verify_letter(made.pdf, roots=roots)
    assert (answer.status, answer.exit_code) == ("valid", 0)
    assert list(statuses(answer)) == list(LABELS)
    assert all(statuses(answer)[code] == "ok" for code in DECISIVE)
    assert {statuses(answer)[code] for code in ("replay", "log", "revocation")} == {"not_checked"}
    facts, context = answer.facts, made.context
    assert (facts.number, facts.payee, facts.amount_fen) == (context.number, context.payee_name, context.amount_fen)
    assert (facts.kind, facts.sample, facts.check_code) == (context.kind, context.sample, context.check_code)
    assert all(line.zh and line.en and line.label_zh and line.label_en for line in answer.lines)
    assert datetime.fromisoformat(facts.signed_at) <= datetime.now(UTC)
    json.dumps(answer.to_json())


def test_without_roots_the_signer_is_unknown(letters: dict[str, Made]) -> None:
    answer = verify_letter(letters["award"].pdf)
    assert (answer.status, answer.exit_code) == ("cannot_tell", 2)
    assert statuses(answer)["trust"] == "unknown"
    assert statuses(answer)["page"] == "ok"


# ── changed after signing (the many ways: test_tamperings.py) ──────────────────────────────────────────────────────


@settings(max_examples=300)
@given(data=st.data())
def test_any_changed_byte_is_found(letters: dict[str, Made], roots: Roots, data: st.DataObject) -> None:
    pdf = letters["refusal"].pdf
    at = data.draw(st.integers(0, len(pdf) - 1))
    changed = bytearray(pdf)
    changed[at] ^= data.draw(st.integers(1, 255))
    assert verify_letter(bytes(changed), roots=roots).status == "not_valid"


def test_any_changed_digit_of_the_signature_is_found(letters: dict[str, Made], roots: Roots) -> None:
    """The signature's own bytes are the ones it does not cover. HYPOTHESIS_PROFILE=nightly tries every digit."""
    pdf = letters["refusal"].pdf
    start, end = place(pdf)
    used = pdf.index(b"00" * 100, start)
    every = 1 if settings().max_examples > 1000 else 11
    draw = random.Random(20261124)
    for at in (*range(start, used, every), *range(used, end, 97 * every), end - 1):
        for digit in draw.sample(b"0123456789abcdefABCDEF >", 3):
            if pdf[at] != digit:
                changed = pdf[:at] + bytes((digit,)) + pdf[at + 1 :]
                assert verify_letter(changed, roots=roots).status == "not_valid", at - start


# ── signed by somebody else ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def forger(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    """Somebody with an authority of the same name and a signer of the same name."""
    folder = tmp_path_factory.mktemp("forger")
    ensure_dev_ca(folder)
    return Signer.load(folder)


def test_signed_again_by_another_key(letters: dict[str, Made], roots: Roots, forger: Signer) -> None:
    answer = verify_letter(certify(letters["award"].unsigned, forger), roots=roots)
    assert answer.status == "not_valid"
    assert statuses(answer) | {"trust": "bad", "signature": "ok"} == statuses(answer)
    # What a stranger signed is not opened.
    assert statuses(answer)["page"] == "not_checked"
    assert answer.facts.number == ""


def test_another_certificate_put_into_the_signature(
    letters: dict[str, Made], roots: Roots, signer: Signer, forger: Signer
) -> None:
    """Same name, same size: the signature names the certificate it was made with."""
    pdf = certify(letters["award"].unsigned, forger)
    theirs, ours = (x.pyhanko.signing_cert.dump() for x in (forger, signer))
    assert pdf.count(theirs.hex().encode()) == 1
    swapped = pdf.replace(theirs.hex().encode(), ours.hex().encode())
    assert verify_letter(swapped, roots=roots).status == "not_valid"


def test_a_certificate_that_has_run_out_was_good_when_it_signed(letters: dict[str, Made], roots: Roots) -> None:
    answer = verify_letter(letters["award"].pdf, roots=roots, now=datetime.now(UTC) + timedelta(days=365 * 8))
    assert answer.status == "valid"
    assert "ran out" in answer.line("trust").en


# ── signed by the issuer, but saying one thing on the page and another in the capsule ────────────────────────────────


def issued(
    signer: Signer, monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, Any]], None], **on_page: Any
) -> bytes:
    """A letter that should never have been issued: signed all the same, with what reading back would find let pass."""
    context, _ = award()
    capsule = capsule_of(context, uses=[("R-1", context.amount_fen)])
    change(capsule)
    context, data = sealed(context, capsule)
    monkeypatch.setattr("core.letters.render._read_back", lambda *_: None)
    return certify(render(replace(context, **on_page), data), signer)


MORE: dict[str, Any] = {"amount_fen": 1120100, "uses": [], "lines": [{"amount_fen": 1120100}]}
INCONSISTENT: dict[str, tuple[str, Callable[[dict[str, Any]], None], dict[str, Any]]] = {
    "amount of the capsule differs from the page": ("page", lambda c: c.update(MORE), {}),
    "lines do not sum": ("sums", lambda c: c["lines"].pop(), {}),
    "uses do not sum": ("sums", lambda c: c["uses"].append({"line": "R-2", "amount_fen": 1}), {}),
    "a sum of wrong things": ("sums", lambda c: c.update(lines=[{"amount_fen": "1120000"}]), {}),
    "no amount": ("sums", lambda c: c.update(amount_fen=None), {}),
    "an amount below zero": ("sums", lambda c: c.update(amount_fen=-5, lines=[{"amount_fen": -5}], uses=[]), {}),
    "an award of a refused case": ("sums", lambda c: c.update(outcome="ineligible"), {}),
    "a refusal that states an amount": ("page", lambda c: c.update(outcome="ineligible", amount_fen=0), {}),
    "another payee": ("page", lambda c: None, {"payee_name": "另一家公司"}),
    "another company code": ("page", lambda c: c["case"]["dossier"]["company"].update(uscc="91310109MA1G5XY16N"), {}),
    "demonstration values without 样稿": ("page", lambda c: c.update(demonstration=True), {}),
    "another check code": ("capsule", lambda c: None, {"check_code": "0000-0000-0000"}),
    "another number": ("capsule", lambda c: None, {"number": "示人社〔2026〕99号"}),
}  # fmt: skip


@pytest.mark.parametrize("name", INCONSISTENT)
def test_a_letter_that_contradicts_itself_is_not_valid(
    signer: Signer, roots: Roots, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    line, change, on_page = INCONSISTENT[name]
    if name == "another payee":
        # Only the metadata names the other payee: the page is addressed to the first one.
        pdf = issued(signer, monkeypatch, change)
        unsigned = render(*award())
        other = edited(unsigned, lambda d: d.docinfo.__setitem__("/Keywords", "另一家公司"))
        pdf = certify(other, signer)
    else:
        pdf = issued(signer, monkeypatch, change, **on_page)
    answer = verify_letter(pdf, roots=roots)
    assert answer.status == "not_valid"
    assert statuses(answer)[line] == "bad", [(x.code, x.status, x.en) for x in answer.lines]


PAGES: dict[str, tuple[str, ...]] = {}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**16), 10**16) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["amount_fen", "passed", "clause", "case", "uscc"]), inner)
    ),
    max_leaves=6,
)


@settings(max_examples=300)
@given(
    changed=st.dictionaries(
        st.sampled_from(["amount_fen", "lines", "uses", "checks", "outcome", "case", "demonstration", "policy"]),
        json_values,
        min_size=1,
    )
)
def test_a_capsule_of_odd_values_never_raises(letters: dict[str, Made], changed: dict[str, Any]) -> None:
    made = letters["award"]
    capsule = json.loads(made.capsule)
    pages = PAGES.get("award") or PAGES.setdefault("award", page_texts(made.pdf))
    contents = Contents(
        title=made.context.title, number=made.context.number or "", issuer=made.context.issuer.name,
        payee=made.context.payee_name, signed_at="", capsule=capsule | changed, capsule_bytes=made.capsule,
        pages=pages,
    )  # fmt: skip
    lines = claim_lines(contents)
    assert lines
    if json.dumps(capsule | changed, sort_keys=True) == json.dumps(capsule, sort_keys=True):  # 1 is not true
        assert all(line.status == "ok" for line in lines.values())
    elif changed.get("amount_fen", 1120000) != 1120000:
        assert any(line.status == "bad" for line in lines.values())


ODD: dict[str, Callable[[pikepdf.Pdf], None]] = {
    "no attachment": lambda d: d.Root.Names.__delitem__("/EmbeddedFiles"),
    "two attachments": lambda d: d.attachments.__setitem__(
        "b.txt", pikepdf.AttachedFileSpec(d, b"x", filename="b.txt")
    ),
    "capsule not canonical": lambda d: d.attachments["capsule.json"].get_file().obj.write(b'{"b":1, "a":2}'),
    "capsule not JSON": lambda d: d.attachments["capsule.json"].get_file().obj.write(b"%PDF-1.7"),
    "capsule with a key twice": lambda d: d.attachments["capsule.json"].get_file().obj.write(b'{"a":1,"a":2}'),
    "capsule a list": lambda d: d.attachments["capsule.json"].get_file().obj.write(b"[]"),
    "capsule deeply nested": lambda d: d.attachments["capsule.json"].get_file().obj.write(b"[" * 100_000),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_attachments_are_not_valid(letters: dict[str, Made], roots: Roots, signer: Signer, name: str) -> None:
    answer = verify_letter(certify(edited(letters["award"].unsigned, ODD[name]), signer), roots=roots)
    assert answer.status == "not_valid"
    assert statuses(answer)["capsule"] == "bad"


def test_a_signature_that_certifies_less_is_not_valid(
    letters: dict[str, Made], roots: Roots, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = pikepdf.Name
    weaker = pikepdf.Dictionary(
        Type=name.SigRef,
        TransformMethod=name.DocMDP,
        TransformParams=pikepdf.Dictionary(Type=name.TransformParams, P=2, V=name("/1.2")),
    )
    monkeypatch.setattr("core.letters.sign._no_changes", lambda: weaker)
    answer = verify_letter(certify(letters["award"].unsigned, signer), roots=roots)
    assert (answer.status, statuses(answer)["signature"]) == ("not_valid", "bad")


def test_a_bomb_is_not_unpacked(letters: dict[str, Made], forger: Signer) -> None:
    """A stranger's file, no roots at hand: 100 MB of zeros in a stream."""
    bomb = zlib.compress(b"\0" * 100_000_000, 9)

    def plant(document: pikepdf.Pdf) -> None:
        document.Root.Bomb = document.make_indirect(pikepdf.Stream(document, bomb, Filter=pikepdf.Name.FlateDecode))

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(letters["award"].unsigned)) as document:
        plant(document)
        document.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    answer = verify_letter(certify(out.getvalue(), forger))
    assert (answer.status, statuses(answer)["file"]) == ("not_valid", "bad")


# ── what is no letter at all ─────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_no_pdf_cannot_be_told(roots: Roots) -> None:
    for data in (b"", b"hello", bytes(1000), "通知书".encode(), b"PK\x03\x04", b"\x89PNG\r\n"):
        answer = verify_letter(data, roots=roots)
        assert (answer.status, statuses(answer)["file"]) == ("cannot_tell", "unknown")


def test_a_huge_file_is_not_read(roots: Roots) -> None:
    answer = verify_letter(b"%PDF-1.7\n" + bytes(MAX_BYTES), roots=roots)
    assert (answer.status, statuses(answer)["file"]) == ("cannot_tell", "unknown")
    assert "32 MB" in answer.line("file").en


def test_an_encrypted_file_cannot_be_read(letters: dict[str, Made], roots: Roots) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(letters["award"].unsigned)) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    answer = verify_letter(out.getvalue(), roots=roots)
    assert (answer.status, statuses(answer)["file"]) == ("cannot_tell", "unknown")
    assert "encrypted" in answer.line("file").en


def test_an_unsigned_pdf_is_no_letter(letters: dict[str, Made], roots: Roots) -> None:
    answer = verify_letter(letters["award"].unsigned, roots=roots)
    assert (answer.status, statuses(answer)["signature"]) == ("not_valid", "bad")


@settings(max_examples=300)
@given(st.binary(max_size=400), st.sampled_from([b"", b"%PDF-1.7\n", b"/ByteRange [ 0 5 9 9 ]/Contents <30>"]))
def test_garbage_never_raises(roots: Roots, garbage: bytes, start: bytes) -> None:
    assert verify_letter(start + garbage + b"\nstartxref\n0\n%%EOF\n", roots=roots).status != "valid"
    assert verify_letter(start + garbage, roots=roots).status != "valid"


# ── beside the letter: log, proof, replay ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "line", "status"),
    [
        ("recorded", "ok", "valid"),
        ("other_file", "bad", "not_valid"),
        ("void", "bad", "not_valid"),
        ("unknown", "unknown", "valid"),
    ],
)
def test_the_issue_log_is_asked(letters: dict[str, Made], roots: Roots, said: Any, line: str, status: str) -> None:
    asked: list[tuple[str, str]] = []

    def log(number: str, sha256: str) -> Any:
        asked.append((number, sha256))
        return said

    made = letters["award"]
    answer = verify_letter(made.pdf, roots=roots, log=log)
    assert (statuses(answer)["log"], answer.status) == (line, status)
    assert asked == [(made.context.number, answer.file_sha256)]


LOG = LogSigner("hongcai.example/log", Ed25519PrivateKey.from_private_bytes(b"l" * 32))


def proof_of(made: Made, sha256: str) -> Proof:
    """As the log would prove the letter: its entry, among others, under a signed head."""
    context = made.context
    said = ("letter", 7, context.number, "award", "3F2K", "2026-11-24", 1, context.capsule_digest, sha256)
    entries = [b"before", entry_of(said), b"after"]
    tree = Tree(leaf_hash(entry) for entry in entries)
    note = Checkpoint(LOG.name, 3, tree.root()).signed(LOG)
    return read_proof(make_proof(entry=entries[1], index=1, path=tree.inclusion(1), checkpoint=note))


def test_a_proof_is_checked_with_the_key_of_the_log(letters: dict[str, Made], roots: Roots) -> None:
    made = letters["award"]
    proof = proof_of(made, verify_letter(made.pdf).file_sha256)
    without = verify_letter(made.pdf, roots=roots, proof=proof)
    assert (statuses(without)["log"], without.status) == ("not_checked", "valid")
    answer = verify_letter(made.pdf, roots=roots, proof=proof, log_keys=[LOG.verifier])
    assert (statuses(answer)["log"], answer.status) == ("ok", "valid")
    assert "entry 2 of the log" in answer.line("log").en


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"index": 0}, "does not lead"),
        ({"path": ()}, "does not lead"),
        ({"entry": b"another"}, "does not lead"),
        ({"checkpoint": Checkpoint(LOG.name, 3, bytes(32)).signed(LOG)}, "does not lead"),
        (
            {"checkpoint": Checkpoint("stranger/log", 3, bytes(32)).signed(LogSigner("stranger/log", LOG.key))},
            "none of",
        ),
    ],
)
def test_a_forged_proof_convicts(letters: dict[str, Made], roots: Roots, change: dict[str, Any], said: str) -> None:
    made = letters["award"]
    proof = replace(proof_of(made, verify_letter(made.pdf).file_sha256), **change)
    answer = verify_letter(made.pdf, roots=roots, proof=proof, log_keys=[LOG.verifier])
    assert (statuses(answer)["log"], answer.status) == ("bad", "not_valid")
    assert said in answer.line("log").en


@pytest.mark.parametrize("field", ["file_sha256", "number", "capsule_digest"])
def test_the_proof_of_another_letter_convicts(letters: dict[str, Made], roots: Roots, field: str) -> None:
    made = letters["award"]
    proof = proof_of(made, verify_letter(made.pdf).file_sha256)
    proof = replace(proof, said=proof.said._replace(**{field: "other"}))
    answer = verify_letter(made.pdf, roots=roots, proof=proof, log_keys=[LOG.verifier])
    assert (statuses(answer)["log"], answer.status) == ("bad", "not_valid")


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"[" * 100_000, b'{"format":"hongcai-proof/2"}', b'{"format":"hongcai-proof/1"}',
     bytes(2_000_000), json.dumps(dict.fromkeys(Proof.__slots__, 1) | {"format": "hongcai-proof/2"}).encode()],
)  # fmt: skip
def test_what_is_no_proof_says_so(data: bytes) -> None:
    with pytest.raises(ProofError) as caught:
        read_proof(data)
    assert caught.value.zh


@pytest.mark.parametrize(
    ("replayed", "line"),
    [
        ("same", "ok"),
        ("other_parameters", "unknown"),
        ("other_code", "unknown"),
        ("other_facts", "bad"),
        ("unavailable", "not_checked"),
    ],
)
def test_replay_is_reported_and_never_decides(
    letters: dict[str, Made], roots: Roots, monkeypatch: pytest.MonkeyPatch, replayed: str, line: str
) -> None:
    result = SimpleNamespace(status=replayed, amount_fen=100, difference_fen=-5, differences=("amount",))
    monkeypatch.setattr("core.policy.replay", lambda capsule, registry: result)
    answer = verify_letter(letters["award"].pdf, roots=roots, registry=SimpleNamespace())  # type: ignore[arg-type]
    assert (statuses(answer)["replay"], answer.status) == (line, "valid")
    unloaded = verify_letter(letters["award"].pdf, roots=roots)
    assert statuses(unloaded)["replay"] == "not_checked"


def test_roots_are_read_from_pem_and_der(signing: Path, tmp_path: Path, roots: Roots) -> None:
    (tmp_path / "ca.der").write_bytes(roots[0])
    assert load_roots([tmp_path / "ca.der", signing / "ca.cert.pem"]) == roots
    (tmp_path / "bad.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(ValueError, match="holds no certificate"):
        load_roots([tmp_path / "bad.pem"])


def test_the_check_code_binds_number_and_capsule(letters: dict[str, Made]) -> None:
    context = letters["award"].context
    assert context.check_code == check_code(context.number or "", context.capsule_digest)
