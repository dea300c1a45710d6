"""kill -9 of the server and of the worker in turn, while approvals come in over HTTP and their letters are issued:
afterwards every approval that was answered is there, each award has one letter that opens, numbers are 1 … n.

`make nightly` kills 500 times over 2,000 letters; KILLS and LETTERS say how often and how many. The seed is printed and
can be given as KILL_SEED.
"""

from __future__ import annotations

import http.client
import os
import queue
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import core
from core.config import Settings
from core.data import models as m
from core.extensions import db
from core.jobs import backlog
from core.letters.store import Store
from core.services.invariants import Violation
from core.web.sessions import start
from tests.faults.issuing.published import published
from tests.faults.issuing.test_kill import NIGHTLY, ROOT, environment_of, zygote
from tests.integration.pools.test_race import Browser, answering, port
from tests.scenes import Scene

__all__ = ["port"]
KILLS = {"sqlite": 500 if NIGHTLY else 20, "postgresql": 100 if NIGHTLY else 10}
LETTERS = {"sqlite": 2_000 if NIGHTLY else 100, "postgresql": 400 if NIGHTLY else 40}
CLIENTS = 4
WHOLE = 12  # of so many kills of the server, one takes all of its processes and not just the one that answers

pytestmark = [pytest.mark.slow, pytest.mark.one_engine]


@dataclass
class Server:
    """`hongcai serve`, jobs elsewhere, as processes that can be killed."""

    settings: Settings
    port: int
    process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        environment = environment_of(self.settings) | {
            "HONGCAI_BASE_URL": f"http://127.0.0.1:{self.port}", "HONGCAI_JOBS": "worker"
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-m", "core.cli", "serve", "--port", str(self.port), "--threads", "8"],
            cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        answering(self.port, 180)

    def answerers(self) -> list[int]:
        """The processes that answer requests: children of the one that was started."""
        assert self.process is not None
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in found.split()]

    def kill(self, *, whole: bool) -> None:
        assert self.process is not None
        answerers = self.answerers()
        if whole:
            self.process.kill()
            self.process.wait()
        for pid in answerers:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if whole:
            self.begin()

    def end(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(timeout=180)


@contextmanager
def serving(settings: Settings, port: int) -> Iterator[Server]:
    server = Server(settings, port)
    try:
        server.begin()
        yield server
    finally:
        server.end()


@dataclass
class Approvers:
    """Clients that approve one case after the other, and ask again where they got no answer."""

    browsers: list[Browser]
    waiting: queue.SimpleQueue[int]
    answers: dict[int, int] = field(default_factory=dict)
    lost: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    pause: float = 0.05

    def work(self, browser: Browser) -> None:
        while True:
            try:
                case_id = self.waiting.get_nowait()
            except queue.Empty:
                return
            try:
                if not browser.token:
                    browser.open()
                status, page = browser.send(
                    "POST", f"/cases/{case_id}/moves/approve", {"csrf_token": browser.token, "confirmed": "yes"}
                )
            except (OSError, http.client.HTTPException, AssertionError) as error:
                self.lost[type(error).__name__] += 1
                self.waiting.put(case_id)
            else:
                self.answers[case_id] = status
                if status not in (302, 409):
                    self.wrong.append(f"{case_id}: {status} {page[:300]}")
            time.sleep(self.pause)


def approvers(app: Flask, scene: Scene, port: int, ids: list[int]) -> Approvers:
    user = scene.staff["approver"]
    user.tf_primary_method = "authenticator"
    scene.session.commit()
    data = {"_user_id": user.fs_uniquifier, "_fresh": True, "user_pk": user.id, "fs_paa": time.time()}
    with app.app_context():
        cookies = [f"{app.config['SESSION_COOKIE_NAME']}={start(data)}" for _ in range(CLIENTS)]
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for case_id in ids:
        waiting.put(case_id)
    return Approvers([Browser(port, cookie) for cookie in cookies], waiting)


def test_killed_server_and_worker_lose_no_approval_and_double_no_letter(
    app: Flask,
    session: Session,
    settings: Settings,
    scene: Scene,
    wrong: Callable[[], list[Violation]],
    port: int,
) -> None:
    seed = int(os.environ.get("KILL_SEED", random.SystemRandom().randrange(1 << 30)))
    print(f"KILL_SEED={seed}")
    rng, engine = random.Random(seed), session.get_bind().dialect.name
    kills, letters = int(os.environ.get("KILLS", KILLS[engine])), int(os.environ.get("LETTERS", LETTERS[engine]))
    ids = published(scene, letters, ends_on=core.today().date() - timedelta(days=1))
    crowd, killed = approvers(app, scene, port, ids), Counter[str]()
    began = time.monotonic()
    with serving(settings, port) as server, zygote(settings) as live:
        threads = [threading.Thread(target=crowd.work, args=(browser,)) for browser in crowd.browsers]
        for thread in threads:
            thread.start()
        for n in range(kills):
            if n % 2:
                killed["worker"] += live("jobs", rng.uniform(0.05, 1.2))["status"] == -9
            else:
                time.sleep(rng.uniform(0.02, 0.4))
                server.kill(whole=n % (2 * WHOLE) == 2)
                killed["server"] += 1
            assert [v for v in wrong() if v.rule == "I3" or (v.rule == "I4" and v.thing.startswith("letter"))] == []
        print(f"{time.monotonic() - began:.0f} s, kills {dict(killed)}, {len(crowd.answers)} answers")
        for thread in threads:
            thread.join(timeout=600)
        assert live("jobs", None)["status"] == 0
    print(f"{time.monotonic() - began:.0f} s, {letters} letters, unanswered {dict(crowd.lost)}")

    assert crowd.wrong == []
    assert killed["server"] == (kills + 1) // 2
    assert killed["worker"] > kills // 4
    session.rollback()
    approved = select(m.CaseEvent.case_id).where(m.CaseEvent.move == "approve", m.CaseEvent.case_id.in_(ids))
    assert sorted(session.scalars(approved)) == sorted(ids), "an answer without its act, or an act done twice"
    assert sorted(crowd.answers) == sorted(ids)
    made = session.scalars(select(m.Letter).order_by(m.Letter.seq)).all()
    awards = session.scalars(select(m.Award.id).where(m.Award.case_id.in_(ids))).all()
    assert sorted(letter.award_id or 0 for letter in made) == sorted(awards)
    assert [letter.seq for letter in made] == [*range(1, letters + 1)]
    assert {letter.status for letter in made} == {m.LetterStatus.ISSUED}
    for letter in made:
        with pikepdf.open(BytesIO(Store(settings.letters).path(letter.file_sha256 or "").read_bytes())) as pdf:
            assert len(pdf.pages) >= 1
    issued = session.scalar(select(func.count()).where(m.AuditEvent.action == "letter.issue"))
    assert issued == letters
    session.commit()
    assert wrong() == []
    with app.app_context(), db.engine.connect() as connection:
        left = backlog(connection)
    assert left is not None
    assert (left.waiting, left.running, left.failed) == (0, 0, 0)
