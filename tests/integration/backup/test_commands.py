"""The commands that run an instance, as an operator calls them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from core.cli import hongcai
from core.config import Settings
from core.data import models as m
from core.extensions import db
from core.services.invariants import Violation
from tests.scenes import Scene

pytestmark = pytest.mark.one_engine

ROOT = Path(__file__).resolve().parents[3]

Decisions = Callable[[int], list[int]]
Command = Callable[..., Result]


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    return {
        "HONGCAI_ENV": "test",
        "HONGCAI_VAR": str(settings.var),
        "DATABASE_URL": settings.database_url,
        "HONGCAI_SECRET_KEY": settings.secret_key.hex(),
        "HONGCAI_MASTER_KEY": settings.master_key.hex(),
        "HONGCAI_BASE_URL": settings.base_url,
    }


@pytest.fixture
def command(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """`command("audit", "verify")` on the test's instance; `.stdout`, `.stderr`, `.exit_code`."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(hongcai, arguments, catch_exceptions=False)

    return run


def test_init_makes_everything_and_does_no_harm_again(command: Command, settings: Settings, app: Flask) -> None:
    assert command("init").exit_code == 0
    keys = {p.name: p.read_bytes() for p in settings.signing.glob("*.pem")}
    assert command("init").exit_code == 0
    assert keys == {p.name: p.read_bytes() for p in settings.signing.glob("*.pem")}
    assert {"signer.key.pem", "signer.cert.pem", "ca.cert.pem"} <= keys.keys()


def test_letters_are_issued_backed_up_and_audited(
    command: Command, engine: Engine, session: Session, decisions: Decisions, tmp_path: Path
) -> None:
    decisions(2)
    issued = command("letters", "issue", "--all-approved", "--json")
    assert issued.exit_code == 0
    rows = [json.loads(line) for line in issued.stdout.splitlines()]
    # Two letters, then the papers of the two acceptances: each series has its own 1 and 2.
    assert [row["number"][-2:] for row in rows] == ["1号", "2号"] * 2
    assert ["受〔" in row["number"] for row in rows] == [False, False, True, True]
    assert command("letters", "issue", "--all-approved", "--json").stdout == ""
    assert command("audit", "verify").stdout.startswith("sound")
    replayed = command("audit", "replay", "--policy", "rent_subsidy", "--since", "2026-01-01", "--json")
    assert replayed.exit_code == 0
    assert [json.loads(line)["status"] for line in replayed.stdout.splitlines()] == ["same", "same"]
    today = command("audit", "replay", "--today", "--workers", "2", "--flips", str(tmp_path / "flips.csv"))
    assert (today.exit_code, today.stdout) == (0, "2 same\n")
    assert (tmp_path / "flips.csv").read_text("utf-8-sig").startswith("申请件,政策,结果")
    saved = command("backup", str(tmp_path))
    assert saved.exit_code == 0, saved.output
    assert "HONGCAI_MASTER_KEY" in saved.stdout
    (tar,) = tmp_path.glob("hongcai-*.tar")
    assert tar.stat().st_mode & 0o077 == 0
    session.close()
    engine.dispose()  # a restore wants the database for itself
    with pytest.raises(Exception, match="--force"):
        CliRunner().invoke(hongcai, ["restore", str(tar)], catch_exceptions=False, standalone_mode=False)
    brought = command("restore", str(tar), "--force")
    assert brought.exit_code == 0, brought.output
    assert "next number of 示人才 2026: 3" in brought.stdout


def test_one_letter_that_cannot_be_made_does_not_hold_up_the_others(
    command: Command, session: Session, decisions: Decisions
) -> None:
    first, _ = decisions(2)
    session.get_one(m.Decision, first).case.tenant.name = "另一名称有限公司"
    session.commit()
    done = command("letters", "issue", "--all-approved")
    assert done.exit_code == 2
    assert f"decision {first}" in done.stderr
    assert "营业执照" in done.stderr
    assert done.stdout.count("号") == 1 + 2  # and the papers of both acceptances


def test_audit_names_what_was_tampered_with(
    command: Command, app: Flask, session: Session, settings: Settings, decisions: Decisions
) -> None:
    decisions(1)
    command("letters", "issue", "--all-approved")
    pdf = min(p for p in settings.letters.rglob("*.pdf") if p.parent.name != "pending")
    pdf.write_bytes(pdf.read_bytes()[:-1])
    session.execute(update(m.Pool).values(left_fen=m.Pool.left_fen - 1, paid_fen=m.Pool.paid_fen + 1))
    session.execute(update(m.LetterCounter).values(last=7))
    session.commit()
    told = command("audit", "verify", "--json")
    assert told.exit_code == 1
    assert {json.loads(line)["rule"] for line in told.stdout.splitlines()} == {"I1", "I3", "I4"}


def test_doctor_says_what_to_mend(command: Command, settings: Settings, decisions: Decisions) -> None:
    decisions(1)
    well = command("doctor", "--json")
    found = {row["what"]: row for row in map(json.loads, well.stdout.splitlines())}
    assert well.exit_code == 0, well.stdout
    assert {"settings", "fonts", "libraries", "policies", "signer", "database", "jobs", "disk"} <= found.keys()
    for key in settings.signing.glob("*.pem"):
        key.unlink()
    ill = command("doctor", "--json")
    assert ill.exit_code == 1
    bad = [row for row in map(json.loads, ill.stdout.splitlines()) if row["level"] == "bad"]
    assert [row["what"] for row in bad] == ["signer"]
    assert bad[0]["remedy"]


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def started(environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`started("serve", …)`: the real command as a process of its own, stopped at the end."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **more: str) -> subprocess.Popen[str]:
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", "core.cli", *arguments], cwd=ROOT, env=os.environ | environment | more,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )
        )  # fmt: skip
        return running[-1]

    yield start
    for process in running:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=180)


def health(port: int, seconds: float = 180) -> dict[str, object]:
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
                return dict(json.load(answer))
        except OSError:
            assert time.monotonic() < end, "it does not answer"
            time.sleep(0.2)


def until_issued(
    session: Session, count: int, kind: type[m.Letter] | type[m.CasePaper] = m.Letter, seconds: float = 180
) -> None:
    end = time.monotonic() + seconds
    wanted = select(kind.id).where(kind.status == "issued")
    while len(session.scalars(wanted).all()) < count:
        session.rollback()
        assert time.monotonic() < end, "no letter came"
        time.sleep(0.2)
    session.rollback()


@pytest.mark.slow
def test_serve_answers_and_issues_and_survives_its_workers_death(
    started: Callable[..., subprocess.Popen[str]],
    port: int,
    session: Session,
    scene: Scene,
    decisions: Decisions,
    wrong: Callable[[], list[Violation]],
) -> None:
    decisions(1)
    server = started("serve", "--port", str(port))
    answer = health(port)
    assert answer["status"] == "ok"
    assert isinstance(answer["database"], dict)
    assert answer["database"]["engine"] in ("sqlite", "postgresql")
    until_issued(session, 1)
    (worker,) = children(server.pid)
    os.kill(worker, signal.SIGKILL)
    decisions(1)
    until_issued(session, 2)
    until_issued(session, 2, m.CasePaper)  # one that is not sealed yet has a file that no row names
    assert wrong() == []
    server.terminate()
    out, _ = server.communicate(timeout=180)
    assert server.returncode == 0, out
    assert "hongcai serves at" in out
    assert "Traceback" not in out
    assert "locked" not in out


@pytest.mark.slow
def test_a_worker_takes_over_from_one_that_was_killed(
    started: Callable[..., subprocess.Popen[str]],
    session: Session,
    decisions: Decisions,
    wrong: Callable[[], list[Violation]],
) -> None:
    decisions(3)
    first, second = started("worker"), started("worker")
    until_issued(session, 1)
    first.kill()
    until_issued(session, 3)
    until_issued(session, 3, m.CasePaper)  # as above
    assert wrong() == []
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=180)
    assert second.returncode == 0


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_health_says_when_the_queue_stands_still(
    app: Flask, session: Session, decisions: Decisions, client: object
) -> None:
    decisions(1)
    table = "workflow_status" if session.get_bind().dialect.name == "sqlite" else "dbos.workflow_status"
    session.execute(text(f"update {table} set created_at = created_at - 600000"))  # noqa: S608  # our own table
    session.commit()
    answer = client.get("/healthz")  # type: ignore[attr-defined]
    assert answer.status_code == 200
    assert answer.json["status"] == "slow"
    assert answer.json["jobs"]["waiting"] == 3  # the letter, the paper of the acceptance, and mails
    with app.app_context():
        db.engine.dispose()
