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
from sqlalchemy import select

from core.config import ROOT
from core.data import models as m
from core.data.types import utcnow
from core.services.transparency import keeping, keys
from tests.integration.findings.conftest import Auditors


@pytest.fixture
def logged(auditors: Auditors) -> Auditors:
    """All is in the log, under a signed head."""
    settings = auditors.desk.road.app.extensions["settings"]
    keeping.sign(auditors.session, keys.ensure(settings.signing, settings.log_name), utcnow(), everything=True)
    auditors.session.commit()
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


def test_who_follows_the_readme_finds_all_of_it_true(
    logged: Auditors, client_as: Callable[..., Any], tmp_path: Path
) -> None:
    whole = _taken(logged, client_as(logged.first))
    place = tmp_path / "pack"
    with zipfile.ZipFile(BytesIO(whole)) as archive:
        assert archive.testzip() is None
        archive.extractall(place)
    lines = (place / "README.txt").read_text().splitlines()
    commands = list(dict.fromkeys(line.partition("$ ")[2] for line in lines if line.startswith("    $ ")))
    assert [command.split()[:3] for command in commands] == [
        ["sha256sum", "-c", "SHA256SUMS"],
        ["python3", "verify_log.py", "head"],
        ["python3", "verify_log.py", "log"],
        ["hongcai", "verify", commands[3].split()[2]],
        ["python3", "verify_log.py", "proof"],
    ]
    # Nothing of this instance is there but the pack: no database, no settings, no keys.
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()
    bare = {
        "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
        "HONGCAI_VAR": str(nowhere),
        "LANG": "zh_CN.UTF-8",
    }
    for command in commands:
        done = _run(command, place, bare)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        if command.startswith("hongcai"):
            assert "有效" in done.stdout
        elif command.startswith("python3"):
            assert done.stdout.startswith("holds")
    assert [*nowhere.iterdir()] == []
    # Each of them finds what was changed.
    trail = place / "log" / "entries.jsonl"
    trail.write_text(trail.read_text().replace("case.approve", "case.refuse", 1))
    pdf = next(place.glob("letters/*/*.pdf"))
    pdf.write_bytes(pdf.read_bytes().replace(b"%%EOF", b"%%EOG", 1))
    for command in commands[:1] + commands[2:]:
        done = _run(command, place, bare)
        assert done.returncode != 0, command


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


@pytest.mark.one_engine
def test_the_command(logged: Auditors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.commands import audit

    app = logged.desk.road.app
    monkeypatch.setattr(audit, "application", lambda: app)
    out = tmp_path / "pack.zip"
    done = CliRunner().invoke(audit.audit, ["pack", logged.letter.number, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert hashlib.sha256(out.read_bytes()).hexdigest() in done.output
    event = logged.session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "pack.make")).one()
    assert event.district_id == logged.letter.district_id
    unknown = CliRunner().invoke(audit.audit, ["pack", "没有〔2026〕1号", "--out", str(tmp_path / "no.zip")])
    assert unknown.exit_code == 1
    assert "没有〔2026〕1号" in unknown.output
