"""证据包: the same content is the same bytes, nobody is named in it, and its README is true word for word."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

import core
from core.config import ROOT
from core.data import models as m
from core.data.types import utcnow
from core.jobs import signing
from core.services.transparency import entries
from tests import factories
from tests.integration.findings.conftest import Auditors
from tests.support.asked import asked

pytestmark = pytest.mark.one_engine


@pytest.fixture
def logged(auditors: Auditors) -> Auditors:
    """All is in the log, under a signed head."""
    signing.sign(auditors.desk.road.app, everything=True)
    return auditors


def _taken(auditors: Auditors, client: Any) -> bytes:
    with client.get(f"/letters/{auditors.letter.id}/pack") as sent:
        assert sent.status_code == 200
        return bytes(sent.data)


def _run(command: str, place: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S602 - as somebody types it
        command,
        shell=True,
        check=False,
        cwd=place,
        env=env,
        capture_output=True,
        text=True,
    )


def _unpacked(whole: bytes, place: Path) -> list[str]:
    """The commands of its README."""
    with zipfile.ZipFile(BytesIO(whole)) as archive:
        assert archive.testzip() is None
        archive.extractall(place)
    lines = (place / "README.txt").read_text().splitlines()
    return list(dict.fromkeys(line.partition("$ ")[2] for line in lines if line.startswith("    $ ")))


def _bare(nowhere: Path) -> dict[str, str]:
    """Nothing of this instance is there but the pack: no database, no settings, no keys."""
    nowhere.mkdir()
    path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
    return {"PATH": path, "HONGCAI_VAR": str(nowhere), "LANG": "zh_CN.UTF-8", "PYTHONPATH": str(ROOT)}


def test_who_follows_the_readme_finds_all_of_it_true(
    logged: Auditors, client_as: Callable[..., Any], tmp_path: Path
) -> None:
    place, nowhere = tmp_path / "pack", tmp_path / "nowhere"
    commands = _unpacked(_taken(logged, client_as(logged.first)), place)
    assert [command.split()[:3] for command in commands] == [
        ["sha256sum", "-c", "SHA256SUMS"],
        ["python3", "verify_log.py", "head"],
        ["python3", "verify_log.py", "listed"],
        ["python3", "verify_log.py", "log"],
        ["hongcai", "verify", commands[4].split()[2]],
        ["python3", "verify_log.py", "proof"],
    ]
    bare = _bare(nowhere)
    for command in commands:
        done = _run(command, place, bare)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        if command.startswith("hongcai"):
            assert "有效" in done.stdout
            assert "✓ 撤销" in done.stdout
        elif command.startswith("python3"):
            assert done.stdout.startswith("holds")
    assert [*nowhere.iterdir()] == []
    # Each of them finds what was changed.
    trail = place / "log" / "entries.jsonl"
    trail.write_text(trail.read_text().replace("case.approve", "case.refuse", 1))
    pdf = next(place.glob("letters/*/*.pdf"))
    pdf.write_bytes(pdf.read_bytes().replace(b"%%EOF", b"%%EOG", 1))
    listed = place / "log" / "revocations.txt"
    listed.write_text(listed.read_text().replace("list 1", "list 2"))
    for command in commands[:1] + commands[2:]:
        done = _run(command, place, bare)
        assert done.returncode != 0, command


def test_of_a_letter_that_no_longer_stands_not_valid_is_the_right_answer(
    auditors: Auditors, client_as: Callable[..., Any], tmp_path: Path
) -> None:
    award = auditors.session.get_one(m.Award, auditors.letter.award_id)
    award.revoked_at = utcnow()
    auditors.session.commit()
    signing.sign(auditors.desk.road.app, everything=True)
    place = tmp_path / "pack"
    commands = _unpacked(_taken(auditors, client_as(auditors.first)), place)
    day = core.today().date().isoformat()
    told = json.loads((place / "manifest.json").read_text())["letters"][0]
    assert told["standing"] == {"state": "revoked", "since": day, "successor": ""}
    assert f"{auditors.letter.number}: 核定已于{day}撤销" in (place / "README.txt").read_text()
    done = {command.split()[0]: _run(command, place, _bare(tmp_path / command.split()[0])) for command in commands[4:]}
    assert done["hongcai"].returncode == 1
    assert "无效" in done["hongcai"].stdout
    assert [
        line.split()[1].partition("：")[0]
        for line in done["hongcai"].stdout.splitlines()
        if line.lstrip().startswith("✗")
    ] == ["撤销"]
    assert done["python3"].returncode == 0


def test_entries_are_read_in_blocks(logged: Auditors, client_as: Callable[..., Any]) -> None:
    session = logged.session
    rows = session.scalars(select(m.AuditEvent.id)).all()
    connection = session.connection()
    found = dict(entries.of(connection, m.LeafKind.EVENT, [*rows, max(rows) + 1]))
    assert found == {it: entries.one(connection, m.LeafKind.EVENT, it) for it in rows}
    session.commit()
    with asked(session) as statements:
        pack = _taken(logged, client_as(logged.first))
    with zipfile.ZipFile(BytesIO(pack)) as archive:
        assert len(archive.read("log/entries.jsonl").splitlines()) > 10
    assert len([sql for sql in statements if "FROM audit_events t WHERE t.id" in sql]) == 1


def _copied(session: Session, row: Any, **values: Any) -> Any:
    taken = {it.key: getattr(row, it.key) for it in inspect(type(row)).column_attrs if it.key != "id"}
    made = type(row)(**taken | values)
    session.add(made)
    session.flush()
    return made


def test_the_same_content_is_the_same_bytes(logged: Auditors, client_as: Callable[..., Any]) -> None:
    client = client_as(logged.first)
    first, again = _taken(logged, client), _taken(logged, client)
    assert hashlib.sha256(first).hexdigest() == hashlib.sha256(again).hexdigest()
    taken = logged.session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "pack.download")).all()
    assert [event.detail["letters"] for event in taken] == [[logged.letter.id]] * 2
    assert taken[0].detail["sha256"] == hashlib.sha256(first).hexdigest()
    with zipfile.ZipFile(BytesIO(first)) as archive:
        names = archive.namelist()
        assert names == sorted(names)
        manifest = json.loads(archive.read("manifest.json"))
        assert set(manifest["files"]) | {"manifest.json", "SHA256SUMS"} == set(names)
        told = manifest["letters"][0]
        assert (told["replay"], told["in_log"], told["amount_fen"]) == ("same", True, logged.letter.amount_fen)
        folder = f"letters/{told['folder']}"
        papers = archive.read(f"{folder}/papers.csv").decode("utf-8-sig")
        kept = {document.file.sha256 for document in logged.case.documents}
        assert all(sha256 in papers for sha256 in kept)
        assert any(name.startswith(f"{folder}/papers/") for name in names)
        # What is made here names no person and no account: those who are insured, who founded, who works at a desk.
        made = [name for name in names if "/papers/" not in name and not name.endswith((".pdf", ".py"))]
        said = "".join(archive.read(name).decode(errors="replace") for name in made)
        people = logged.session.scalars(select(m.InsuredPerson)).all()
        assert people
        hidden = [it.id_number for it in people] + [it.name for it in people] + [logged.first.name, "6222000012345678"]
        assert [word for word in hidden if word and word in said] == []


def test_who_may_take_it(logged: Auditors, client_as: Callable[..., Any]) -> None:
    path = f"/letters/{logged.letter.id}/pack"
    for user in (logged.manager, logged.desk.road.staff["payer"]):
        assert client_as(user).get(path).status_code == 403
    with client_as(logged.desk.road.staff["admin"]).get(path) as sent:
        assert sent.status_code == 200


def test_before_it_is_in_the_log(auditors: Auditors, client_as: Callable[..., Any]) -> None:
    whole = _taken(auditors, client_as(auditors.first))
    with zipfile.ZipFile(BytesIO(whole)) as archive:
        assert not json.loads(archive.read("manifest.json"))["letters"][0]["in_log"]
        assert "verify_log.py proof" not in archive.read("README.txt").decode().split("Evidence pack")[0]


def test_the_command(logged: Auditors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.commands import audit

    app = logged.desk.road.app
    monkeypatch.setattr(audit, "application", lambda: app)
    out = tmp_path / "pack.zip"
    done = CliRunner().invoke(audit.audit, ["pack", logged.letter.number, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert hashlib.sha256(out.read_bytes()).hexdigest() in done.output
    taken = select(m.AuditEvent).where(m.AuditEvent.action == "pack.make").order_by(m.AuditEvent.id)
    assert logged.session.scalars(taken).one().district_id == logged.letter.district_id
    # Of letters of two districts each learns what was taken of its own.
    decision = _copied(logged.session, logged.letter.decision, capsule_digest=f"sha256:{1:064d}")
    elsewhere = {"district_id": factories.district(logged.session).id, "decision_id": decision.id, "award_id": None}
    own = {"seq": 99, "number": "外〔2026〕99号", "check_code": "OTHER", "capsule_digest": decision.capsule_digest}
    other = _copied(logged.session, logged.letter, **elsewhere, **own)
    logged.session.commit()
    done = CliRunner().invoke(audit.audit, ["pack", logged.letter.number, other.number, "--out", str(out)])
    assert done.exit_code == 0, done.output
    events = logged.session.scalars(taken).all()[1:]
    assert {it.district_id: it.detail["letters"] for it in events} == {
        it.district_id: [it.id] for it in (logged.letter, other)
    }
    logged.session.commit()
    unknown = CliRunner().invoke(audit.audit, ["pack", "没有〔2026〕1号", "--out", str(tmp_path / "no.zip")])
    assert unknown.exit_code == 1
    assert "没有〔2026〕1号" in unknown.output
