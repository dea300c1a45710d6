"""撤销列表 of an instance: what falls is on the next list, the log has that list, and the page for everyone says it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.data.asker import Asker, asking
from core.data.types import utcnow
from core.jobs import signing
from core.letters.revocation import digest, following, read
from core.letters.store import Store
from core.services import audit
from core.services.invariants import Violation, check
from core.services.transparency import keys, revoked
from tests.integration.conftest import Client
from tests.integration.transparency.test_pages import ask


@pytest.fixture
def fallen(app: Flask, letter: m.Letter, session: Session) -> m.Letter:
    """A letter whose award was revoked."""
    award = session.get_one(m.Award, letter.award_id)
    award.revoked_at = utcnow()
    session.commit()
    return letter


def known(settings: Settings) -> list[object]:
    return [*keys.verifiers_in(settings.signing)]


def test_a_revoked_letter_is_on_the_next_list_and_the_log_has_that_list(
    app: Flask, letter: m.Letter, session: Session, settings: Settings
) -> None:
    first = session.get_one(m.RevocationNote, 1)
    found = read(first.note, known(settings))  # type: ignore[arg-type]
    assert (found.number, found.entries) == (1, ())
    assert found.issuers == tuple(session.scalars(select(m.Issuer.name).order_by(m.Issuer.name)))
    award = session.get_one(m.Award, letter.award_id)
    award.revoked_at = utcnow()
    session.commit()
    signing.sign(app)
    second = session.get_one(m.RevocationNote, 2)
    (entry,) = read(second.note, known(settings)).entries  # type: ignore[arg-type]
    assert (entry.number, entry.kind, entry.file_sha256) == (letter.number, "revoked", letter.file_sha256)
    assert letter.tenant.name not in second.note
    event = session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == revoked.ACTION)).all()[-1]
    assert event.detail == {"list": 2, "entries": 1, "digest": digest(second.note)}
    assert session.scalars(select(m.LogLeaf).where(m.LogLeaf.subject_id == event.id, m.LogLeaf.kind == "event")).one()
    session.commit()
    signing.sign(app)  # nothing fell since
    assert session.scalars(select(m.RevocationNote.id)).all() == [1, 2]
    session.expunge_all()
    shown = revoked.newest(session)
    assert shown is not None
    assert "note" in inspect(shown).unloaded  # a page that names the list does not read all of it


def test_a_list_is_signed_again_each_day_and_kept_as_it_was(
    app: Flask, letter: m.Letter, session: Session, settings: Settings
) -> None:
    signer = keys.signer_in(settings.signing)
    assert revoked.sign(session, signer, utcnow() + timedelta(hours=23)).id == 1
    assert revoked.sign(session, signer, utcnow() + timedelta(hours=25)).id == 2
    session.commit()
    for change in ("UPDATE revocation_notes SET entries = 9", "DELETE FROM revocation_notes"):
        with pytest.raises(DatabaseError, match="append-only"):
            session.execute(text(change))
        session.rollback()


def test_anybody_gets_the_list_and_the_page_says_that_the_letter_fell(
    fallen: m.Letter, app: Flask, settings: Settings, client: Client
) -> None:
    signing.sign(app)
    note = client.get("/revocations")
    assert note.status_code == 200
    assert "revocations-2.txt" in note.headers["Content-Disposition"]
    assert read(note.get_data(as_text=True), known(settings)).number == 2  # type: ignore[arg-type]
    page = client.get("/verify").get_data(as_text=True)
    assert "第2号" in page
    assert "共1份" in page
    body = Store(settings.letters).get(fallen.file_sha256 or "")
    told = client.post(
        "/verify", data={"file": (BytesIO(body), "通知书.pdf")}, content_type="multipart/form-data"
    ).get_data(as_text=True)
    assert "撤销，通知书不再有效（本系统截至" in told
    assert "文件是原件，但已不再有效" in told
    assert "文件本身没有改动，但所载核定自撤销之日起不再有效" in told
    assert "不是原件" not in told


def test_the_commands_and_the_single_file_agree(
    fallen: m.Letter, session: Session, settings: Settings, command: Callable[..., Result], tmp_path: Path
) -> None:
    old = command("letters", "revocations", "--out", tmp_path / "now.txt")
    assert old.exit_code == 0, old.output
    assert "list 2, 1 letters" in old.output
    (tmp_path / "first.txt").write_bytes(session.get_one(m.RevocationNote, 1).note.encode())
    session.commit()
    assert fallen.file_sha256
    letter = Store(settings.letters).path(fallen.file_sha256)
    assert command("verify", letter, "--revocations", tmp_path / "first.txt").exit_code == 0
    gone = command("verify", letter, "--revocations", tmp_path / "now.txt", "--held", tmp_path / "first.txt")
    assert gone.exit_code == 1
    back = command("verify", letter, "--revocations", tmp_path / "first.txt", "--held", tmp_path / "now.txt")
    assert "old one" in back.output
    assert command("audit", "entries", tmp_path / "entries.jsonl").exit_code == 0
    key = ("--key", settings.signing / "log.keys")
    entries = ("--entries", tmp_path / "entries.jsonl")
    assert ask("listed", tmp_path / "now.txt", *key, "--held", tmp_path / "first.txt", *entries) == 0
    assert ask("listed", tmp_path / "now.txt", *key, "--letter", letter) == 1
    assert ask("listed", tmp_path / "first.txt", *key, "--letter", letter) == 0
    assert ask("listed", tmp_path / "first.txt", *key, *entries) == 2  # the log has a newer one
    assert ask("listed", tmp_path / "first.txt", *key, "--held", tmp_path / "now.txt") == 1
    # Made anew with the log's own key, and shorter: the log has another list of that number.
    short = revoked_anew(settings, tmp_path / "first.txt")
    (tmp_path / "short.txt").write_text(short)
    assert ask("listed", tmp_path / "short.txt", *key) == 0
    assert ask("listed", tmp_path / "short.txt", *key, *entries) == 1
    assert ask("listed", tmp_path / "short.txt", *key, "--held", tmp_path / "now.txt") == 1
    forged = (tmp_path / "now.txt").read_text().replace("list 2", "list 3")
    (tmp_path / "forged.txt").write_text(forged)
    assert ask("listed", tmp_path / "forged.txt", *key) == 1
    assert ask("listed", letter.with_name("none"), *key) == 2


def revoked_anew(settings: Settings, first: Path) -> str:
    note = first.read_text()
    before = read(note, known(settings))  # type: ignore[arg-type]
    made = following((before, note), origin=before.origin, at=utcnow(), issuers=before.issuers, entries=[])
    return made.signed(keys.signer_in(settings.signing))


def test_a_list_that_was_shortened_or_left_a_letter_off_is_found(
    app: Flask, letter: m.Letter, session: Session, settings: Settings
) -> None:
    with asking(session, Asker.system("test")):
        award = session.get_one(m.Award, letter.award_id)
        award.revoked_at = utcnow()
        audit.record(session, "award.revoke", award, detail={})
    session.commit()
    assert {(it.rule, it.thing) for it in wrong_of(session, settings)} == set()  # no list was made since
    signing.sign(app)
    assert wrong_of(session, settings) == []
    signer, kept = keys.signer_in(settings.signing), session.get_one(m.RevocationNote, 2)
    before = read(kept.note, known(settings))  # type: ignore[arg-type]
    later = utcnow() + timedelta(hours=1)
    short = following((before, kept.note), origin=before.origin, at=later, issuers=before.issuers, entries=[])
    note = short.signed(signer)
    session.add(m.RevocationNote(id=3, as_of=short.as_of, entries=0, key_id=signer.verifier.id.hex(), note=note))
    session.commit()
    assert {(it.thing, it.detail.partition(":")[0]) for it in wrong_of(session, settings)} == {
        ("revocation list 3", "is not the one that the trail has under this number"),
        ("revocation list 3", "lacks what was on the one before it"),
        (letter.number, "no longer stands, and is not on list 3 of such letters"),
    }


def wrong_of(session: Session, settings: Settings) -> list[Violation]:
    known = {"store": settings.letters, "uploads": settings.files, "log_keys": keys.verifiers_in(settings.signing)}
    found = [it for it in check(session, **known) if it.rule == "I6"]
    session.commit()
    return found
