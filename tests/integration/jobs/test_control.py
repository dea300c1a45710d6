"""Cancelling and retrying: in one transaction with the trail, refused where it is too late, and nothing done twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from core.commands.setting_up import asking_as
from core.data import models as m
from core.jobs import Jobs, issuing, queue
from core.services import job_control, jobs, letters
from core.services.invariants import Violation
from core.services.jobs import JobState
from core.services.notices.kinds import KINDS, path_of
from tests.integration.jobs.conftest import Look, Until

pytestmark = pytest.mark.one_engine

Decisions = Callable[[int], list[int]]
Wrong = Callable[[], list[Violation]]


def trail(session: Session, action: str) -> list[m.AuditEvent]:
    found = session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == action).order_by(m.AuditEvent.id)).all()
    session.commit()
    return [*found]


def letters_of(session: Session) -> list[tuple[int, int, m.LetterStatus]]:
    session.expire_all()
    found = [(one.decision_id, one.seq, one.status) for one in session.scalars(select(m.Letter))]
    session.commit()
    return found


def test_a_waiting_job_is_cancelled_and_retried_with_its_events(
    admin: Any, session: Session, decisions: Decisions, runner: Jobs, look: Look, until: Until, wrong: Wrong
) -> None:
    (decision_id,) = decisions(1)
    key = f"issue_letter:{decision_id}"
    assert admin.post(f"/admin/jobs/{key}/cancel").status_code == 302
    assert look(key).state is JobState.CANCELLED
    (event,) = trail(session, "job.cancel")
    assert event.detail == {"key": key, "was": "waiting"}
    assert event.actor_id is not None
    assert "取消" in trail(session, "letter.fail")[0].detail["reason"]  # the district reads why there is no letter
    runner.launch(poll_seconds=0.05)
    again = admin.post(f"/admin/jobs/{key}/cancel")
    assert again.status_code == 409
    assert "已经取消过了" in again.text
    assert letters_of(session) == []

    assert admin.post(f"/admin/jobs/{key}/retry").status_code == 302
    until(lambda: look(key).state is JobState.DONE)
    assert letters_of(session) == [(decision_id, 1, m.LetterStatus.ISSUED)]
    assert [e.detail for e in trail(session, "job.retry")] == [{"key": key, "was": "cancelled"}]
    for act, said in (("cancel", "不能再取消"), ("retry", "不用重试")):
        refused = admin.post(f"/admin/jobs/{key}/{act}")
        assert refused.status_code == 409
        assert said in refused.text
    assert wrong() == []


def test_what_failed_is_retried_after_it_was_mended_and_makes_one_letter(
    admin: Any, session: Session, decisions: Decisions, runner: Jobs, look: Look, until: Until, wrong: Wrong
) -> None:
    (decision_id,) = decisions(1)
    key = f"issue_letter:{decision_id}"
    tenant = session.get_one(m.Decision, decision_id).case.tenant
    good, tenant.name = tenant.name, "另一名称有限公司"  # no longer the name on the licence
    session.commit()
    runner.launch(poll_seconds=0.05)
    until(lambda: look(key).state is JobState.FAILED)
    page = admin.get(f"/admin/jobs/{key}").text
    assert "营业执照" in page  # the reason, as a sentence
    assert "Conflict" not in page
    assert "另一名称" not in page  # administrators see no operator's rows
    assert "另一名称" not in admin.get("/admin/jobs").text
    # What was told leads to the job that failed: a letter that replaces another has its own.
    other = f"{key}:7"
    jobs.enqueue(session, letters.ISSUE, key=other, decision_id=decision_id)
    session.commit()
    until(lambda: look(other).state is JobState.FAILED)
    told = session.scalars(select(m.Notice).where(m.Notice.kind == "letter_job_failed").order_by(m.Notice.id)).all()
    assert [path_of(KINDS[it.kind], it.subject_id, it.params) for it in told] == [
        f"/admin/jobs/{it}" for it in (key, other)
    ]
    session.get_one(m.Tenant, tenant.id).name = good
    session.commit()
    admin.post(f"/admin/jobs/{key}/retry")
    until(lambda: look(key).state is JobState.DONE)
    assert letters_of(session) == [(decision_id, 1, m.LetterStatus.ISSUED)]
    assert wrong() == []


def _papers_are_there(session: Session) -> bool:
    session.rollback()
    return session.scalar(select(m.CasePaper.id).where(m.CasePaper.status != m.PaperStatus.ISSUED).limit(1)) is None


def test_a_letter_issued_by_hand_is_not_made_again_by_its_job(
    app: Flask, admin: Any, session: Session, decisions: Decisions, runner: Jobs, look: Look, until: Until, wrong: Wrong
) -> None:
    (decision_id,) = decisions(1)
    key = f"issue_letter:{decision_id}"
    admin.post(f"/admin/jobs/{key}/cancel")
    issuing.issue(app, decision_id)
    before = [one.file_sha256 for one in session.scalars(select(m.Letter))]
    session.commit()
    admin.post(f"/admin/jobs/{key}/retry")
    runner.launch(poll_seconds=0.05)
    until(lambda: look(key).state is JobState.DONE)
    session.expire_all()
    assert [one.file_sha256 for one in session.scalars(select(m.Letter))] == before
    until(lambda: _papers_are_there(session))  # one that is not sealed yet has a file that no row names
    assert wrong() == []


def test_a_running_job_ends_before_its_next_step_and_keeps_its_number(
    app: Flask,
    admin: Any,
    session: Session,
    decisions: Decisions,
    runner: Jobs,
    look: Look,
    until: Until,
    wrong: Wrong,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = decisions(2)
    key = f"issue_letter:{first}"
    admin.post(f"/admin/jobs/issue_letter:{second}/cancel")
    real, cancelled = issuing.press, []

    def cancelled_meanwhile(the_app: Flask, letter_id: int) -> issuing.Pressed:
        if not cancelled:
            cancelled.append(letter_id)
            with asking_as(app, "tests", write=True) as own:
                job_control.cancel(own, key)
        return real(the_app, letter_id)

    monkeypatch.setattr(issuing, "press", cancelled_meanwhile)
    runner.launch(poll_seconds=0.05)
    until(lambda: bool(cancelled) and look(key).state is JobState.CANCELLED)
    assert letters_of(session) == [(first, 1, m.LetterStatus.NUMBERED)]
    # The other letter is numbered meanwhile; the first one keeps what it has.
    admin.post(f"/admin/jobs/issue_letter:{second}/retry")
    until(lambda: look(f"issue_letter:{second}").state is JobState.DONE)
    admin.post(f"/admin/jobs/{key}/retry")
    until(lambda: look(key).state is JobState.DONE)
    issued = m.LetterStatus.ISSUED
    assert sorted(letters_of(session)) == [(first, 1, issued), (second, 2, issued)]
    assert wrong() == []


@pytest.mark.parametrize("act", ["cancel", "retry"])
def test_the_act_and_its_event_are_one_transaction(
    act: str, session: Session, decisions: Decisions, look: Look
) -> None:
    (decision_id,) = decisions(1)
    key = f"issue_letter:{decision_id}"
    if act == "retry":
        job_control.cancel(session, key)
        session.commit()
    before = look(key).state
    getattr(job_control, act)(session, key)
    session.rollback()
    assert look(key).state is before
    assert trail(session, f"job.{act}") == []
    getattr(job_control, act)(session, key)
    session.commit()
    assert look(key).state is (JobState.CANCELLED if act == "cancel" else JobState.WAITING)


def test_what_is_done_again_belongs_to_the_present_version(
    engine: Engine, session: Session, decisions: Decisions, app: Flask
) -> None:
    """A job begun under an earlier version starts afresh, so the runners of the present one must take it."""
    (decision_id,) = decisions(1)
    key = f"issue_letter:{decision_id}"
    job_control.cancel(session, key)
    job_control.retry(session, key)
    status = "workflow_status" if engine.dialect.name == "sqlite" else "dbos.workflow_status"
    version, queue = session.connection().exec_driver_sql(
        f"select application_version, queue_name from {status} where workflow_uuid = '{key}'"  # noqa: S608
    ).one()  # fmt: skip
    session.commit()
    assert (version, queue) == (app.extensions["settings"].jobs_version, "letters")


def test_nobody_but_the_platforms_administrators(
    session: Session, decisions: Decisions, client_as: Any, scene: Any
) -> None:
    (decision_id,) = decisions(1)
    manager = client_as(scene.manager)
    assert manager.get("/admin/jobs").status_code == 403
    assert manager.post(f"/admin/jobs/issue_letter:{decision_id}/cancel").status_code == 403


def test_a_job_of_a_kind_that_is_gone_is_not_retried(admin: Any, session: Session, decisions: Decisions) -> None:
    (decision_id,) = decisions(1)
    key = f"issue_letter:{decision_id}"
    assert admin.post(f"/admin/jobs/{key}/cancel").status_code == 302
    status = queue.table("workflow_status", session.get_bind().dialect.name, "workflow_uuid", "name")
    session.execute(sa.update(status).where(status.c.workflow_uuid == key).values(name="make_telegrams"))
    session.commit()
    refused = admin.post(f"/admin/jobs/{key}/retry")
    assert (refused.status_code, "已经没有了" in refused.text) == (409, True)
    assert "make_telegrams" in admin.get("/admin/jobs").text


def test_an_unknown_job_is_not_found(admin: Any) -> None:
    assert admin.get("/admin/jobs/issue_letter:99").status_code == 404
    assert admin.post("/admin/jobs/issue_letter:99/retry").status_code == 404
    assert admin.post("/admin/jobs/schedules/issue_letter/run").status_code == 404


def test_asking_for_a_letter_again_leaves_a_cancelled_job_cancelled(
    session: Session, decisions: Decisions, look: Look
) -> None:
    (decision_id,) = decisions(1)
    key = f"issue_letter:{decision_id}"
    job_control.cancel(session, key)
    letters.request_issue(session, letters.load_decision(session, decision_id))
    session.commit()
    assert look(key).state is JobState.CANCELLED


def test_what_comes_after_the_job_has_run_gets_another(
    session: Session, runner: Jobs, look: Look, until: Until
) -> None:
    key = "sign_log:2026-11-30T08:00"
    for _letter in range(2):
        jobs.enqueue_after(session, "sign_log", key=key, pause=0.5)
        session.commit()
    assert look(f"{key}:0").state is JobState.WAITING
    runner.launch(poll_seconds=0.05)
    until(lambda: look(f"{key}:0").state not in (JobState.WAITING, JobState.RUNNING))
    jobs.enqueue_after(session, "sign_log", key=key, pause=0.5)
    session.commit()
    until(lambda: look(f"{key}:1").state not in (JobState.WAITING, JobState.RUNNING))
    with pytest.raises(AssertionError, match="no job"):
        look(f"{key}:2")
