"""The worker: what waits for a key or for a time stamp is issued once there is one, without a restart."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from core.data import models as m
from core.jobs import Jobs, backlog, issuing, keys, workflows
from core.letters import keylist
from core.letters.cms import load_roots
from core.letters.roots import trusted_roots
from core.letters.stamping import TimeStampUnavailableError
from core.letters.verify import verify_letter
from tests.integration.keys.conftest import LETTERS, House
from tests.support.tsa import Service, running

pytestmark = [
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
    pytest.mark.one_engine,
]


@pytest.fixture
def runner(app: Flask) -> Iterator[Jobs]:
    made = Jobs(app)
    yield made
    made.destroy(wait_seconds=0)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path / "tsa") as it:
        yield it


def wait_until(holds: Callable[[], bool], seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def open_jobs(engine: Engine) -> int:
    with engine.connect() as connection:
        found = backlog(connection)
    assert found is not None
    return found.waiting + found.running


def stamping(house: House, service: Service, *, required: bool = True) -> None:
    """Set the service, as whoever owns the machine does before a start."""
    settings = replace(house.settings, tsa_url=service.url, tsa_trust=(service.root,), tsa_required=required)
    house.app.extensions["settings"] = house.settings = settings


def issued(house: House, decision_id: int) -> m.Letter | None:
    house.session.expire_all()
    found = house.session.scalars(select(m.Letter).where(m.Letter.decision_id == decision_id)).one_or_none()
    house.session.commit()
    return found if found is not None and found.status is m.LetterStatus.ISSUED else None


def time_of(house: House, letter: m.Letter) -> str:
    """The line about the time, to somebody who trusts the service."""
    settings = house.settings
    told = verify_letter(
        house.pdf(letter),
        roots=load_roots(trusted_roots(settings.signing)),
        stamp_roots=load_roots(settings.tsa_trust),
    )
    assert told.status == "valid"
    return told.line("time").status


def test_what_waited_for_a_key_is_issued_by_the_worker(house: House, engine: Engine, runner: Jobs) -> None:
    house.adopt()
    house.retire(LETTERS, "lost")
    waiting = house.approved()
    runner.launch(poll_seconds=0.05)
    wait_until(lambda: open_jobs(engine) == 0)
    failure = house.session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "letter.fail")).one()
    assert "已停用（遗失）" in failure.detail["reason"]
    assert issued(house, waiting) is None
    key = house.change(LETTERS, "2027")  # the worker runs on
    wait_until(lambda: issued(house, waiting) is not None)
    letter = issued(house, waiting)
    assert letter is not None
    assert letter.signed_by == key.fingerprint
    papers = house.session.scalars(select(m.CasePaper)).all()
    house.session.commit()
    assert papers
    wait_until(lambda: open_jobs(engine) == 0)
    house.session.expire_all()
    assert {it.status for it in house.session.scalars(select(m.CasePaper))} == {m.PaperStatus.ISSUED}
    house.session.commit()


def test_a_letter_waits_for_its_time_stamp_and_gets_it(
    house: House, engine: Engine, runner: Jobs, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamping(house, service)
    monkeypatch.setattr(workflows, "STAMP_PAUSES", (0.2,) * 200)
    service.up = False
    waiting = house.approved()
    runner.launch(poll_seconds=0.05)
    wait_until(lambda: service.asked >= 3)
    assert issued(house, waiting) is None
    service.up = True
    wait_until(lambda: issued(house, waiting) is not None)
    letter = issued(house, waiting)
    assert letter is not None
    assert time_of(house, letter) == "ok"
    wait_until(lambda: open_jobs(engine) == 0)


def test_where_that_is_allowed_a_letter_goes_out_without(house: House, service: Service) -> None:
    decision = house.approved()
    stamping(house, service)
    service.up = False
    with pytest.raises(TimeStampUnavailableError):
        issuing.issue(house.app, decision)
    stamping(house, service, required=False)
    issuing.issue(house.app, decision)
    letter = issued(house, decision)
    assert letter is not None
    assert time_of(house, letter) == "not_checked"
    service.up = True
    later = house.approved()
    issuing.issue(house.app, later)
    letter = issued(house, later)
    assert letter is not None
    assert time_of(house, letter) == "ok"


def test_the_daily_job_writes_down_what_signs_and_publishes_it(house: House) -> None:
    assert keys.look_after(house.app) == 0
    house.session.expire_all()
    rows = house.session.scalars(select(m.SigningKey)).all()
    house.session.commit()
    assert {(it.purpose, it.found, it.state) for it in rows} == {
        (purpose, True, m.KeyState.IN_USE) for purpose in m.KeyPurpose
    }
    assert (house.settings.signing / keylist.NAME).read_text().startswith("hongcai-keys/1\n")
    keys.look_after(house.app)
    house.session.expire_all()
    assert len(house.session.scalars(select(m.SigningKey)).all()) == 2
    house.session.commit()
