"""What runs when: each time once, however many look at the clock, and what came of it is kept and shown."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data import models as m
from core.data.asker import Asker, asking
from core.data.engine import reading
from core.extensions import db
from core.jobs import Jobs, overview, progress, upkeep
from core.jobs.schedules import SCHEDULES, Clock, Schedule
from core.letters.store import Store
from core.services import invariants, job_control, jobs
from core.services.jobs import JobState
from tests.integration.jobs.conftest import Look, Until

HOURLY, DAILY = Schedule("check_invariants", minute=5), Schedule("clear_up", hour=3, minute=30)
NOW = datetime(2026, 11, 29, 14, 20, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("schedule", "now", "last", "key"),
    [
        (HOURLY, NOW, NOW.replace(minute=5), "check_invariants:2026-11-29T14"),
        (HOURLY, NOW.replace(minute=5), NOW.replace(minute=5), "check_invariants:2026-11-29T14"),
        (HOURLY, NOW.replace(minute=4), NOW.replace(hour=13, minute=5), "check_invariants:2026-11-29T13"),
        (DAILY, NOW, NOW.replace(hour=3, minute=30), "clear_up:2026-11-29"),
        (DAILY, NOW.replace(hour=3, minute=29), NOW.replace(day=28, hour=3, minute=30), "clear_up:2026-11-28"),
        # 20:00 UTC is four in the morning here
        (DAILY, datetime(2026, 11, 28, 20, 0, tzinfo=UTC), NOW.replace(hour=3, minute=30), "clear_up:2026-11-29"),
    ],
)
def test_times_are_those_of_shanghai(schedule: Schedule, now: datetime, last: datetime, key: str) -> None:
    assert schedule.last(now) == last
    assert schedule.next(now) == last + schedule.every
    assert schedule.key(schedule.last(now)) == key


def keys(engine: Engine) -> list[str]:
    with reading(), engine.connect() as connection:
        return sorted(row.key for row in connection.execute(overview.listing(connection.dialect.name).statement))


def test_many_clocks_start_each_time_once(app: Flask, engine: Engine) -> None:
    clocks = [Clock(app, (HOURLY, DAILY)) for _ in range(4)]
    started: list[str] = []
    errors: list[BaseException] = []

    def look_at(clock: Clock) -> None:
        try:
            for minutes in range(0, 140, 20):
                started.extend(clock.tick(NOW + timedelta(minutes=minutes)))
        except BaseException as error:  # noqa: BLE001  # whatever it is, the test must show it
            errors.append(error)

    threads = [threading.Thread(target=look_at, args=(clock,)) for clock in clocks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert keys(engine) == [
        "check_invariants:2026-11-29T14",
        "check_invariants:2026-11-29T15",
        "check_invariants:2026-11-29T16",
        "clear_up:2026-11-29",
    ]
    assert set(started) == set(keys(engine))


def test_the_check_runs_at_its_time_and_its_result_is_kept_and_shown(
    app: Flask, engine: Engine, admin: Any, runner: Jobs, until: Until
) -> None:
    runner.launch(poll_seconds=0.05, sweep_seconds=0.2, schedules=(HOURLY,))
    until(lambda: len(keys(engine)) > 0)

    def newest() -> overview.Seen | None:
        with reading(), engine.connect() as connection:
            return overview.newest(connection, "check_invariants")

    until(lambda: (found := newest()) is not None and found.state is JobState.DONE)
    done = newest()
    assert done is not None
    assert done.result["count"] == 0
    assert invariants.FILES not in done.result["rules"]
    assert len(done.result["rules"]) > 5
    total = len(done.result["rules"])
    assert done.progress == (total, total)
    assert re.search(rf"核对{total}条规则，都成立", admin.get("/admin/jobs").text)
    assert runner.name in admin.get(f"/admin/jobs/{done.key}").text


def test_a_changed_file_is_found_by_the_check_of_files_and_shouted_about(
    app: Flask,
    admin: Any,
    session: Session,
    runner: Jobs,
    look: Look,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upkeep, "SECOND_LOOK_SECONDS", 0.0)
    session.commit()
    stray = Store(app.extensions["settings"].letters).put(b"no letter names this")
    runner.launch(poll_seconds=0.05)
    started = admin.post("/admin/jobs/schedules/check_files/run")
    assert started.status_code == 302
    key = started.location.rpartition("/")[2]
    until(lambda: look(key).state is JobState.DONE)
    assert look(key).result["count"] == 1
    page = admin.get(f"/admin/jobs/{key}").text
    assert stray in page
    assert "no letter names it" in page
    loud = f'notice-error[^§]*href="/admin/jobs/{key}"'
    assert re.search(loud, admin.get("/admin/jobs").text)
    jobs.enqueue(session, "check_files", key="check_files:next")
    job_control.cancel(session, "check_files:next")
    assert re.search(loud, admin.get("/admin/jobs").text)  # until a check finds nothing
    broken = session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "invariants.broken")).one()
    assert (broken.success, broken.detail) == (False, {"count": 1, "rules": ["I4"]})
    asked = session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "job.start")).one()
    assert asked.detail == {"key": key}
    session.commit()


def test_what_only_looks_wrong_for_a_moment_is_no_fault(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter that is being sealed has a file which no row names yet."""
    monkeypatch.setattr(upkeep, "SECOND_LOOK_SECONDS", 0.0)
    store = Store(app.extensions["settings"].letters)
    path = store.path(store.put(b"about to be sealed"))
    real = upkeep._broken
    looks: list[int] = []

    def sealed_meanwhile(the_app: Flask, rule: str) -> list[upkeep.Fault]:
        found = real(the_app, rule)
        looks.append(len(found))
        path.unlink(missing_ok=True)
        return found

    monkeypatch.setattr(upkeep, "_broken", sealed_meanwhile)
    assert upkeep.check(app, [invariants.FILES])["count"] == 0
    assert looks == [1, 0]


def test_clearing_up_forgets_old_runs_of_schedules_and_nothing_else(
    app: Flask, engine: Engine, session: Session, decisions: Callable[[int], list[int]], runner: Jobs, look: Look,
    until: Until,
) -> None:  # fmt: skip
    (decision_id,) = decisions(1)
    jobs.enqueue(session, "check_files", key="check_files:old")
    jobs.enqueue(session, "check_files", key="check_files:new")
    session.commit()
    runner.launch(poll_seconds=0.05)
    until(lambda: all(look(key).state is JobState.DONE for key in keys(engine)))
    status = "workflow_status" if engine.dialect.name == "sqlite" else "dbos.workflow_status"
    session.execute(
        text(f"update {status} set created_at = 0 where workflow_uuid in ('check_files:old', :letter)"),  # noqa: S608
        {"letter": f"issue_letter:{decision_id}"},
    )
    jobs.enqueue(session, "clear_up", key="clear_up:today")
    session.commit()
    until(lambda: look("clear_up:today").state is JobState.DONE)
    assert look("clear_up:today").result["jobs"] == 1
    left = [key for key in keys(engine) if not key.startswith(("mail_notices:", "sign_log:"))]
    assert left == ["check_files:new", "clear_up:today", f"issue_letter:{decision_id}", "issue_paper:1"]


def test_progress_is_seen_while_the_job_runs(
    app: Flask, admin: Any, runner: Jobs, look: Look, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on = threading.Event(), threading.Event()
    real, asked = upkeep._broken, []

    def stops_at_the_third(the_app: Flask, rule: str) -> list[upkeep.Fault]:
        asked.append(rule)
        if len(asked) == 3:
            reached.set()
            go_on.wait(20)
        return real(the_app, rule)

    monkeypatch.setattr(upkeep, "_broken", stops_at_the_third)
    runner.launch(poll_seconds=0.05)
    key = admin.post("/admin/jobs/schedules/check_invariants/run").location.rpartition("/")[2]
    try:
        assert reached.wait(20)
        total = len(upkeep.rules(app, files=False))
        assert look(key).progress == (2, total)
        page = admin.get(f"/admin/jobs/{key}").text
        assert re.search(rf'<meter min="0" max="{total}" value="2"', page)
        again = re.search(r'hx-get="([^"]+)"', page)
        assert again is not None
        asks = {"HX-Request": "true"}
        assert admin.get(again[1], headers=asks).status_code == 204  # nothing new
    finally:
        go_on.set()
    until(lambda: look(key).state is JobState.DONE)
    answer = admin.get(again[1], headers=asks)
    assert answer.status_code == 200
    assert "hx-get" not in answer.text.partition('id="job"')[2].partition(">")[0]  # and it asks no more


def test_progress_within_a_unit_is_refused_and_outside_of_jobs_is_nothing(app: Flask) -> None:
    progress(1, 2)
    with app.app_context(), asking(db.session(), Asker.system("tests")):
        db.session.execute(text("select 1"))
        with pytest.raises(RuntimeError, match="unit"):
            progress(1, 2)


def test_every_schedule_has_a_job_and_words() -> None:
    from core.jobs.queue import QUEUES
    from core.web.views.job_words import KINDS, PURPOSES

    assert {schedule.job for schedule in SCHEDULES} <= {*QUEUES} & {*KINDS} & {*PURPOSES}
    assert {*QUEUES} == {*KINDS}
