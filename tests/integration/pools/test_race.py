"""Many windows at once for the last of a budget, over HTTP on the server that people run: what is funded is exactly
what the pool has room for, everyone else stands in line, and nothing that was answered is lost."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.config import ROOT, Settings
from core.data import models as m
from core.web.sessions import start
from tests.integration.pools.conftest import AMOUNT, Treasury
from tests.support.profile import NIGHTLY

# `make nightly` sends four times as many.
CLIENTS = 64 if NIGHTLY else 16
REQUESTS = 20
ROOM = 200  # so many of the cases the pool can cover


@dataclass
class Browser:
    """A window of its own, signed in: what it sends, it sends as a page would."""

    port: int
    cookie: str
    token: str = ""
    answers: dict[int, int] = field(default_factory=dict)

    def send(self, method: str, path: str, body: dict[str, str] | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Cookie": self.cookie, "Origin": f"http://127.0.0.1:{self.port}"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, urlencode(body) if body is not None else None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def open(self) -> None:
        status, page = self.send("GET", "/account")
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found, f"{status}: the page has no token"
        self.token = found[1]

    def accept(self, case_id: int) -> None:
        status, _page = self.send("POST", f"/cases/{case_id}/moves/accept", {"csrf_token": self.token})
        self.answers[case_id] = status


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def server(settings: Settings, port: int) -> Iterator[subprocess.Popen[str]]:
    """`hongcai serve` as a process of its own; on PostgreSQL as two, as a busy district would."""
    several = () if settings.database_url.startswith("sqlite") else ("--workers", "2")
    environment = {
        "HONGCAI_ENV": "test",
        "HONGCAI_VAR": str(settings.var),
        "DATABASE_URL": settings.database_url,
        "HONGCAI_SECRET_KEY": settings.secret_key.hex(),
        "HONGCAI_MASTER_KEY": settings.master_key.hex(),
        "HONGCAI_BASE_URL": f"http://127.0.0.1:{port}",
        "HONGCAI_JOBS": "worker",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "core.cli", "serve", "--port", str(port), "--threads", "12", *several],
        cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    yield process
    if process.poll() is None:
        process.terminate()
    process.communicate(timeout=180)


def answering(port: int, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < end, "it does not answer"
            time.sleep(0.1)
        else:
            return


def submitted(treasury: Treasury, count: int) -> list[int]:
    """So many cases at the window, all like one that was handed in."""
    like = treasury.scene.until(m.CaseState.SUBMITTED)
    persons = like.persons
    columns = ("operator_id", "tenant_id", "district_id", "policy_key", "state", "period_from", "period_to", "answers",
               "payee_name", "payee_bank", "applied_on", "submitted_at", "facts")  # fmt: skip
    values = {name: getattr(like, name) for name in columns}
    cases = [m.Case(number=f"RACE-{n:06d}", persons=persons, **values) for n in range(count)]
    treasury.session.add_all(cases)
    treasury.session.commit()
    return [case.id for case in cases]


def windows(app: Flask, session: Session, treasury: Treasury, port: int) -> list[Browser]:
    user = treasury.scene.staff["window"]
    user.tf_primary_method = "authenticator"
    session.commit()
    data = {"_user_id": user.fs_uniquifier, "_fresh": True, "user_pk": user.id, "fs_paa": time.time()}
    with app.app_context():
        return [Browser(port, f"{app.config['SESSION_COOKIE_NAME']}={start(data)}") for _ in range(CLIENTS)]


@pytest.mark.slow
def test_the_last_of_a_budget(
    app: Flask, session: Session, treasury: Treasury, server: subprocess.Popen[str], port: int
) -> None:
    treasury.change(m.PoolChangeKind.LOWER, 100_000_000 - ROOM * AMOUNT)
    ids = submitted(treasury, CLIENTS * REQUESTS)
    browsers = windows(app, session, treasury, port)
    answering(port)
    barrier = threading.Barrier(CLIENTS)

    def race(number: int) -> None:
        browsers[number].open()
        barrier.wait(timeout=120)
        for case_id in ids[number::CLIENTS]:
            browsers[number].accept(case_id)

    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(race, range(CLIENTS)))
    server.terminate()
    said, _ = server.communicate(timeout=180)

    answers = {case_id: status for browser in browsers for case_id, status in browser.answers.items()}
    assert Counter(answers.values()) == {302: len(ids)}, said[-2000:]
    assert "locked" not in said
    assert "Traceback" not in said
    session.rollback()
    accepted = select(m.CaseEvent.case_id).where(m.CaseEvent.move == "accept", m.CaseEvent.case_id.in_(ids))
    assert sorted(session.scalars(accepted)) == sorted(ids), "an answer without its act, or an act done twice"
    funded = session.scalars(select(m.PoolEntry.case_id).where(m.PoolEntry.move == m.PoolMove.RESERVE)).all()
    waiting = session.scalars(select(m.PoolWait.case_id)).all()
    assert (len(funded), len(set(funded)), len(waiting)) == (ROOM, ROOM, len(ids) - ROOM)
    assert sorted((*funded, *waiting)) == sorted(ids)
    pool = treasury.pool()
    assert (pool.left_fen, pool.reserved_fen) == (0, ROOM * AMOUNT)
    assert treasury.sound()
