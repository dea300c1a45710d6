"""The log's key: changed, its first head is signed by both; lost or in wrong hands, what it signed is judged right."""

from __future__ import annotations

import importlib.util
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.data import models as m
from core.errors import Invalid
from core.jobs import issuing, papers, signing
from core.jobs import keys as job_keys
from core.letters import keylist
from core.letters.cms import load_roots
from core.letters.errors import SigningError
from core.letters.proof import read_proof
from core.letters.verify import verify_letter
from core.services import audit
from core.services.transparency import keeping, keys, proofs
from core.transparency import checkpoint as checkpoints
from core.transparency.note import NoteError, Verifier
from tests.integration.keys.conftest import LOG, House
from tests.support.issuing import violations
from tests.support.signing import put_log

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "verify_log.py"


def ask(*arguments: object) -> int:
    """The single-file program's exit status."""
    spec = importlib.util.spec_from_file_location("verify_log", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return int(module.main([str(argument) for argument in arguments]))


def newest(house: House) -> m.LogCheckpoint:
    house.session.expire_all()
    head = keeping.newest(house.session)
    assert head is not None
    return head


def changed(house: House) -> tuple[Verifier, Verifier, m.LogCheckpoint, m.LogCheckpoint]:
    """A letter under a head of the old key; then a new key, a letter and a head more. Old and new key, both heads."""
    house.issue()
    old, before = keys.signer_in(house.settings.signing).verifier, newest(house)
    house.change(LOG, "log2027")
    signing.sign(house.app)
    return old, keys.signer_in(house.settings.signing / "log2027").verifier, before, newest(house)


def test_the_first_head_by_a_new_key_is_signed_by_the_old_one_too(house: House, tmp_path: Path) -> None:
    old, new, before, after = changed(house)
    for key in (old, new):
        assert checkpoints.read(after.note, [key]).size == after.size
    assert (before.key_id, after.key_id) == (old.id.hex(), new.id.hex())
    house.issue()
    later = newest(house)
    with pytest.raises(NoteError):
        checkpoints.read(later.note, [old])
    assert checkpoints.read(later.note, [new]).size == later.size
    assert keys.verifiers_in(house.settings.signing) == [old, new]
    (tmp_path / "old").write_text(before.note)
    (tmp_path / "new").write_text(later.note)
    (tmp_path / "new.hashes").write_bytes(b"".join(proofs.hashes(house.session, later.size)))
    house.session.commit()
    assert ask("grown", tmp_path / "old", tmp_path / "new", "--key", old, "--key", new) == 0
    assert ask("grown", tmp_path / "old", tmp_path / "new", "--key", old) == 2
    assert ask("head", tmp_path / "old", "--key", house.settings.signing / keys.PUBLIC) == 0
    assert violations(house.app) == []


def test_proofs_by_the_old_key_keep_verifying(house: House) -> None:
    letter = house.issue()
    house.change(LOG, "log2027")
    signing.sign(house.app)
    proof = read_proof(proofs.of_letter(house.session, letter))
    old = keys.signer_in(house.settings.signing).verifier
    assert proof.head([old]).signed_at is not None  # the first head that has it, which tells the time best
    house.session.commit()


def test_a_lost_key_of_the_log_stops_the_heads_and_loses_nothing(house: House) -> None:
    house.issue()
    house.adopt()
    before = newest(house)
    house.retire(LOG, "lost")
    (house.settings.signing / keys.PRIVATE).unlink()
    issuing.issue(house.app, house.approved())  # letters go on
    with pytest.raises(SigningError) as refused:
        signing.sign(house.app)
    assert "日志暂停签名" in refused.value.zh
    assert newest(house).id == before.id
    taken = house.session.scalar(select(func.count()).select_from(m.LogLeaf))
    assert taken is not None
    assert taken > before.size  # they have their places already
    house.session.commit()
    house.change(LOG, "log2027")
    signing.sign(house.app)
    head = newest(house)
    assert head.size > before.size
    new = keys.signer_in(house.settings.signing / "log2027").verifier
    assert checkpoints.read(head.note, [new]).size == head.size
    assert violations(house.app) == []


def test_what_a_key_in_wrong_hands_signed_is_no_proof(house: House) -> None:
    letter = house.issue()
    stolen = read_proof(proofs.of_letter(house.session, letter))
    house.session.commit()
    house.adopt()
    house.retire(LOG, "compromised")
    house.change(LOG, "log2027")
    signing.sign(house.app)
    known = keys.verifiers_in(house.settings.signing)
    ended = keylist.read((house.settings.signing / "keys.note").read_text(), known[1:]).ended
    roots = load_roots([house.settings.signing / "ca.cert.pem"])
    told = verify_letter(house.pdf(letter), roots=roots, proof=stolen, log_keys=known, ended=ended)
    assert (told.line("log").status, told.line("time").status, told.status) == ("unknown", "not_checked", "valid")
    fresh = read_proof(proofs.of_letter(house.session, letter))
    house.session.commit()
    told = verify_letter(house.pdf(letter), roots=roots, proof=fresh, log_keys=known, ended=ended)
    assert (told.line("log").status, told.line("time").status) == ("ok", "ok")
    with pytest.raises(NoteError):
        checkpoints.read(newest(house).note, known[:1])  # it signs nothing any more, not even beside the new one


def test_a_confirmation_that_fails_publishes_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.adopt()
    put_log(house.settings.signing / "log2027")
    key = house.propose(LOG, "log2027")
    published = (house.settings.signing / keys.PUBLIC).read_text()

    def fails() -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(house.session, "commit", fails)
        with pytest.raises(OSError, match="disk full"):
            house.confirm(key)
    house.session.rollback()
    assert (house.settings.signing / keys.PUBLIC).read_text() == published
    house.confirm(key)
    signing.sign(house.app)  # published before it signs
    assert keys.verifiers_in(house.settings.signing)[-1] == keys.signer_in(house.settings.signing / "log2027").verifier


@pytest.mark.one_engine
def test_what_is_published_is_for_everybody_to_read(house: House) -> None:
    folder, before = house.settings.signing, os.umask(0o077)
    try:
        job_keys.publish(house.app)
        keys.publish(folder, put_log(folder / "log2027").verifier)
    finally:
        os.umask(before)
    for name in (keylist.NAME, keys.PUBLIC):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o644
    assert stat.S_IMODE((folder / keys.PRIVATE).stat().st_mode) == 0o600


@pytest.mark.one_engine
def test_of_keys_published_at_once_none_is_lost(tmp_path: Path) -> None:
    made = [put_log(tmp_path / str(number)).verifier for number in range(24)]
    with ThreadPoolExecutor(8) as crew:
        list(crew.map(lambda it: keys.publish(tmp_path, it), made))
    assert {str(it) for it in keys.verifiers_in(tmp_path)} == {str(it) for it in made}


@pytest.mark.one_engine
def test_a_key_that_is_no_text_is_named(house: House) -> None:
    put_log(house.settings.signing / "log2027")
    (house.settings.signing / "log2027" / keys.PRIVATE).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Invalid, match=r"log2027/log\.key"):
        house.propose(LOG, "log2027")
    house.session.rollback()
    for written_down in (False, True):
        kept = (house.settings.signing / keys.PRIVATE).read_bytes()
        (house.settings.signing / keys.PRIVATE).write_bytes(b"\xff\xfe\x00")
        with pytest.raises(SigningError, match=r"log\.key"):
            signing.sign(house.app)
        (house.settings.signing / keys.PRIVATE).write_bytes(kept)
        if not written_down:
            house.adopt()


@pytest.mark.one_engine
def test_a_key_of_another_log_is_refused(house: House) -> None:
    put_log(house.settings.signing / "log2027", "elsewhere/log")
    with pytest.raises(Invalid, match="elsewhere/log"):
        house.propose(LOG, "log2027")
    house.session.rollback()
    (house.settings.signing / "log2027" / keys.PRIVATE).write_text("nonsense")
    with pytest.raises(Invalid, match="日志私钥的格式不对"):
        house.propose(LOG, "log2027")
    house.session.rollback()


@pytest.mark.one_engine
def test_a_statement_is_signed_by_the_log(house: House) -> None:
    house.adopt()
    house.retire(LOG, "lost")
    house.change(LOG, "log2027")
    signing.sign(house.app)
    note = (house.settings.signing / "keys.note").read_text()
    known = keys.verifiers_in(house.settings.signing)
    told = keylist.read(note, known)
    assert [it.cause for it in told.ended] == ["lost"]
    assert [it["state"] for it in told.keys if it["purpose"] == "log"] == ["lost", "in_use"]
    with pytest.raises(NoteError):
        keylist.read(note.replace('"lost"', '"compromised"', 1), known)
    with pytest.raises(NoteError):
        keylist.read(note, known[:1])  # the lost key signs no more


def test_only_the_issue_of_a_paper_says_when_it_was_there(house: House) -> None:
    """Something else with the same number in the trail does not."""
    house.approved()
    paper = house.session.scalars(select(m.CasePaper).limit(1)).one()
    other = house.session.get_one(m.Case, paper.case_id)
    audit.record(house.session, "paper.issue", other).subject_id = paper.id
    house.session.commit()
    signing.sign(house.app)
    papers.issue(house.app, paper.id)
    house.session.expire_all()
    assert paper.file_sha256 is not None
    assert proofs.logged_at(house.session, paper.file_sha256) is None
    house.session.commit()
    signing.sign(house.app)
    assert proofs.logged_at(house.session, paper.file_sha256) is not None
    house.session.commit()


@pytest.mark.one_engine
def test_public_keys_that_are_none_are_named(house: House) -> None:
    signing.sign(house.app)
    (house.settings.signing / keys.PUBLIC).write_bytes(b"\xff\xfe\x00")
    answer = house.app.test_client().get("/log/keys")
    assert (answer.status_code, "log.keys" in answer.text) == (422, True)
