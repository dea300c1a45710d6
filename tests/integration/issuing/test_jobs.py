"""The durable job: enqueued with the approval or not at all, run once, taken over from the dead."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from core.commands.setting_up import asking_as
from core.config import Settings
from core.data import models as m
from core.extensions import db
from core.jobs import Backlog, Jobs, backlog, issuing, keys, queue
from core.jobs.executors import claim, if_dead, names_for
from core.services import audit, jobs, letters
from core.services.invariants import Violation
from tests import scenes
from tests.scenes import Scene

Decisions = Callable[[int], list[int]]
Wrong = Callable[[], list[Violation]]


@pytest.fixture
def runner(app: Flask) -> Iterator[Jobs]:
    made = Jobs(app)
    yield made
    made.destroy(wait_seconds=0)


def state(engine: Engine) -> Backlog:
    with engine.connect() as connection:
        found = backlog(connection)
    assert found is not None
    return found


def asked(engine: Engine) -> int:
    """How many letters are asked for; moves ask for mails too."""
    status = queue.table("workflow_status", engine.dialect.name, "workflow_uuid", "name")
    with engine.connect() as connection:
        query = select(func.count()).select_from(status).where(status.c.name == letters.ISSUE)
        return connection.scalar(query) or 0


def wait_until(holds: Callable[[], bool], seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_approval_and_job_are_one_transaction(engine: Engine, scene: Scene) -> None:
    case = scene.until(m.CaseState.PUBLISHED)
    scene.session.commit()
    approver = scene.staff["approver"]
    scene.act(approver, case, "approve", scenes.APPROVED, confirmed=True)
    scene.session.rollback()
    assert asked(engine) == 0
    scene.act(approver, case, "approve", scenes.APPROVED, confirmed=True)
    scene.session.commit()
    assert asked(engine) == 1


def test_asking_twice_is_asking_once(engine: Engine, session: Session, decisions: Decisions) -> None:
    (decision_id,) = decisions(1)
    letters.request_issue(session, letters.load_decision(session, decision_id))
    session.commit()
    assert asked(engine) == 1


def test_without_a_queue_nothing_is_asked_for_in_vain(session: Session) -> None:
    before = jobs.bind(None)
    try:
        with pytest.raises(jobs.NoQueue):
            jobs.enqueue(session, "issue_letter", key="x", decision_id=1)
    finally:
        jobs.bind(before)


def test_the_worker_issues_what_was_approved(
    engine: Engine, session: Session, decisions: Decisions, wrong: Wrong, runner: Jobs
) -> None:
    decisions(3)
    runner.launch(poll_seconds=0.05)
    wait_until(lambda: state(engine).waiting + state(engine).running == 0)
    assert state(engine).failed == 0
    session.expire_all()
    assert {letter.status for letter in session.scalars(select(m.Letter))} == {m.LetterStatus.ISSUED}
    assert wrong() == []


def test_a_letter_that_cannot_be_made_is_seen_and_can_be_resumed(
    app: Flask, engine: Engine, session: Session, decisions: Decisions, wrong: Wrong, runner: Jobs
) -> None:
    (decision_id,) = decisions(1)
    tenant = session.get_one(m.Decision, decision_id).case.tenant
    good, tenant.name = tenant.name, "另一名称有限公司"  # no longer the name on the licence
    session.commit()
    runner.launch(poll_seconds=0.05)
    wait_until(lambda: state(engine).failed == 1)
    found = state(engine)
    assert found.failures == (f"issue_letter:{decision_id}",)
    session.expire_all()
    event = session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "letter.fail")).one()
    assert not event.success
    assert "营业执照" in event.detail["reason"]
    assert session.scalars(select(m.Letter)).all() == []
    tenant.name = good
    session.commit()
    issuing.issue(app, decision_id)
    wait_until(lambda: state(engine).waiting + state(engine).running == 0)  # the case's papers are made meanwhile
    assert wrong() == []


def test_a_passing_fault_is_tried_again(
    engine: Engine,
    session: Session,
    decisions: Decisions,
    wrong: Wrong,
    runner: Jobs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decisions(1)
    real, calls = keys.certify, []

    def away_once(*args: object) -> bytes:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("the disk was away")
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(keys, "certify", away_once)
    runner.launch(poll_seconds=0.05)
    wait_until(lambda: state(engine).waiting + state(engine).running == 0)
    session.expire_all()
    signed = session.scalar(select(func.count()).where(m.Letter.status == m.LetterStatus.ISSUED))
    signed += session.scalar(select(func.count()).where(m.CasePaper.status == m.PaperStatus.ISSUED))
    session.commit()
    assert len(calls) == signed + 1
    assert state(engine).failed == 0
    assert wrong() == []


def test_an_executors_name_is_held_by_one_and_freed_by_death(engine: Engine, settings: Settings) -> None:
    one, two = names_for(engine.url, settings.var), names_for(engine.url, settings.var)
    try:
        assert claim(one) == "executor-1"
        assert claim(two) == "executor-2"
        with if_dead(two, "executor-1") as dead:
            assert not dead
        one.close()
        with if_dead(two, "executor-1") as dead:
            assert dead
        assert claim(two) == "executor-1"
    finally:
        one.close()
        two.close()


def test_a_second_runner_in_one_process_is_refused(app: Flask, runner: Jobs) -> None:
    runner.launch()
    with pytest.raises(RuntimeError, match="already"):
        Jobs(app).launch()


def test_nobody_is_told_that_the_database_is_locked(
    app: Flask,
    session: Session,
    decisions: Decisions,
    wrong: Wrong,
    runner: Jobs,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Eight threads write as requests do while the worker issues: everyone waits their turn, nobody is turned away."""
    decisions(3)
    runner.launch(poll_seconds=0.05)
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(10):
                with asking_as(app, f"writer {number}", write=True) as own:
                    audit.record(own, "test.write", detail={"turn": turn})
        except BaseException as error:  # noqa: BLE001  # whatever it is, the test must show it
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        engine = db.engine
    wait_until(lambda: state(engine).waiting + state(engine).running == 0)
    assert errors == []
    assert "locked" not in caplog.text
    written = session.scalars(select(m.AuditEvent.id).where(m.AuditEvent.action == "test.write")).all()
    assert len(written) == 80
    assert wrong() == []
