"""日志核验 on the site: what is handed out is what the single-file program accepts, and who may have what."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.jobs import issuing, signing
from core.letters.proof import read_proof
from core.letters.store import Store
from core.letters.verify import verify_letter
from core.services.transparency import keys
from tests import factories as f
from tests.integration.conftest import Client
from tests.scenes import Scene
from tests.support.issuing import violations

pytestmark = pytest.mark.one_engine

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "verify_log.py"
Who = Callable[..., Client]


def ask(*arguments: object) -> int:
    """The single-file program's exit status."""
    spec = importlib.util.spec_from_file_location("verify_log", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return int(module.main([str(argument) for argument in arguments]))


@pytest.fixture
def auditor(session: Session, scene: Scene, client_as: Who) -> Client:
    return client_as(f.user(session, m.Role.AUDITOR, district=scene.district))


def test_a_letters_proof_is_accepted_by_both_verifiers(
    app: Flask, settings: Settings, letter: m.Letter, auditor: Client, tmp_path: Path
) -> None:
    answer = auditor.get(f"/letters/{letter.id}/proof")
    assert answer.status_code == 200
    assert ".pdf.proof" in answer.headers["Content-Disposition"]
    pdf = Store(settings.letters).get(letter.file_sha256 or "")
    known = keys.verifiers_in(settings.signing)
    told = verify_letter(pdf, proof=read_proof(answer.data), log_keys=known)
    assert told.line("log").status == "ok"
    (tmp_path / "letter.pdf").write_bytes(pdf)
    (tmp_path / "letter.pdf.proof").write_bytes(answer.data)
    public = app.test_client().get("/log/keys")
    assert public.status_code == 200
    assert ask("proof", tmp_path / "letter.pdf", "--key", public.text.strip()) == 0
    (tmp_path / "letter.pdf").write_bytes(pdf + b" ")
    assert ask("proof", tmp_path / "letter.pdf", "--key", public.text.strip()) == 1
    assert violations(app) == []


def test_a_letter_that_is_not_under_a_head_yet_says_when(
    app: Flask, session: Session, scene: Scene, letter: m.Letter, auditor: Client
) -> None:
    case = scene.until(m.CaseState.APPROVED)
    decision = case.decisions[-1].id
    session.commit()
    new = issuing.issue(app, decision)
    answer = auditor.get(f"/letters/{new}/proof")
    assert answer.status_code == 409
    assert "稍后再试" in answer.text


def test_what_an_auditor_takes_along_checks_itself(
    app: Flask, letter: m.Letter, auditor: Client, tmp_path: Path
) -> None:
    for name, path in (("new", "checkpoint"), ("new.hashes", "hashes"), ("entries.jsonl", "entries")):
        with auditor.get(f"/log/{path}") as answer:
            assert answer.status_code == 200
            (tmp_path / name).write_bytes(answer.data)
    key = auditor.get("/log/keys").text.strip()
    assert ask("head", tmp_path / "new", "--key", key) == 0
    assert ask("log", tmp_path / "new", tmp_path / "entries.jsonl", "--key", key) == 0
    kinds = {json.loads(json.loads(line)["entry"])[0] for line in (tmp_path / "entries.jsonl").read_text().splitlines()}
    assert kinds == {"event", "letter"}
    told = auditor.get("/log/verify_log.py")
    assert told.data == SCRIPT.read_bytes()


def test_only_the_own_districts_entries_are_handed_out(session: Session, letter: m.Letter, client_as: Who) -> None:
    other = f.district(session, name="另区")
    foreign = client_as(f.user(session, m.Role.AUDITOR, district=other))
    with foreign.get("/log/entries") as answer:
        entries = [json.loads(json.loads(line)["entry"]) for line in answer.data.splitlines()]
    # What is of all districts, the list of letters that no longer stand, is everybody's; nothing else is.
    assert [(entry[7], entry[3], entry[4]) for entry in entries] == [("revocations.sign", None, None)]


def test_a_held_head_is_compared(app: Flask, session: Session, scene: Scene, letter: m.Letter, auditor: Client) -> None:
    held = auditor.get("/log/checkpoint").text
    assert "与最新签名点一致" in auditor.post("/log/comparison", data={"note": held}).text
    scene.until(m.CaseState.APPROVED)
    session.commit()
    signing.sign(app)
    told = auditor.post("/log/comparison", data={"note": "\r\n" + held.replace("\n", "\r\n")})
    assert "一致，只增未改" in told.text
    newest = auditor.get("/log/checkpoint").text
    # Whoever owns the server cuts the log back to what it was, and everything that would tell.
    cut = int(held.split("\n")[1])
    _unguarded(session)
    session.execute(text("DELETE FROM log_leaves WHERE id >= :cut"), {"cut": cut})
    session.execute(text("DELETE FROM log_checkpoints WHERE size > :cut"), {"cut": cut})
    session.commit()
    assert "日志变短了" in auditor.post("/log/comparison", data={"note": newest}).text


def _unguarded(session: Session) -> None:
    for table in ("log_leaves", "log_checkpoints"):
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text(f"DROP TRIGGER {table}_no_delete"))
        else:
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("", "请粘贴签名点全文"),
        ("这不是签名点", "签名点不完整"),
        ("a/log\n1\nAAAA\n\n— a/log AAAAAAAA\n", "没有所信任的日志密钥的签名"),
    ],
)
def test_what_is_no_head_is_told_and_kept_in_the_form(letter: m.Letter, auditor: Client, note: str, said: str) -> None:
    answer = auditor.post("/log/comparison", data={"note": note})
    assert answer.status_code == 422
    assert said in answer.text
    assert note.split("\n", maxsplit=1)[0] in answer.text


def test_a_changed_head_is_refused(letter: m.Letter, auditor: Client) -> None:
    held = auditor.get("/log/checkpoint").text
    size = held.split("\n")[1]
    answer = auditor.post("/log/comparison", data={"note": held.replace(f"\n{size}\n", f"\n{int(size) - 1}\n")})
    assert "内容已被改动" in answer.text


def test_the_page_before_anything_is_signed(auditor: Client) -> None:
    page = auditor.get("/log")
    assert page.status_code == 200
    assert "还没有签名点" in page.text
    assert auditor.get("/log/checkpoint").status_code == 404


@pytest.mark.parametrize("role", [m.Role.APPROVER, m.Role.WINDOW, m.Role.PAYER])
def test_who_decides_does_not_take_the_log_along(session: Session, scene: Scene, client_as: Who, role: m.Role) -> None:
    client = client_as(f.user(session, role, district=scene.district))
    assert {client.get(path).status_code for path in ("/log", "/log/hashes", "/log/entries")} == {403}


def test_the_commands(session: Session, letter: m.Letter, tmp_path: Path, command: Callable[..., Result]) -> None:
    kept = tmp_path / "kept"
    session.commit()
    assert command("audit", "checkpoint", kept).exit_code == 0
    assert kept.with_name("kept.hashes").stat().st_size == 32 * int(kept.read_text().split("\n")[1])
    assert command("audit", "checkpoint").stdout == kept.read_text()
    assert command("audit", "entries", tmp_path / "all.jsonl").exit_code == 0
    key = command("audit", "keys").stdout.strip()
    assert ask("log", kept, tmp_path / "all.jsonl", "--key", key) == 0
    sound = command("audit", "verify", "--held", kept)
    assert (sound.exit_code, "I6" in sound.stdout) == (0, True)
    kept.write_text(kept.read_text().replace("signed 20", "signed 19"))
    refused = command("audit", "verify", "--held", kept)
    assert refused.exit_code != 0
    assert "the text was changed" in refused.output
