"""The pages of replay as an auditor uses them, and the job that they start."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.jobs import Jobs
from core.jobs.queue import InTransaction
from core.services.jobs import JobState, bind
from tests.integration.jobs.conftest import Look, Until, admin, look, runner, until
from tests.integration.replays.conftest import Desk
from tests.integration.replays.test_runs import less_rent, untrustworthy

pytestmark = pytest.mark.one_engine

__all__ = ["admin", "look", "runner", "until"]


@pytest.fixture
def auditor(desk: Desk, client_as: Callable[..., Any]) -> Any:
    return client_as(desk.scene.staff["auditor"])


def run_at(answer: Any) -> int:
    """The run that a page leads to."""
    assert answer.status_code == 302, answer.text
    return int(re.search(r"/replays/(\d+)", answer.location)[1])  # type: ignore[index]


def load(session: Session, run_id: int) -> m.ReplayRun:
    session.expire_all()
    found = session.get_one(m.ReplayRun, run_id)
    session.commit()
    return found


def test_asked_for_watched_and_read(desk: Desk, auditor: Any, recorder: Any) -> None:
    flipped = desk.decided(desk.changed(untrustworthy))
    desk.letter(flipped)
    page = auditor.get("/replays").text
    assert "还没有重算过" in page
    run_id = run_at(auditor.post("/replays", data={"policy": "rent_subsidy", "rules": "recorded"}))
    waiting = auditor.get(f"/replays/{run_id}")
    assert "停止" in waiting.text
    mark = re.search(rf"/replays/{run_id}\?seen=([\w.-]+)", waiting.text)
    assert mark is not None
    poll = {"HX-Request": "true"}
    assert auditor.get(f"/replays/{run_id}?seen={mark[1]}", headers=poll).status_code == 204
    run = load(desk.session, run_id)
    desk.compute(run)
    moved_on = auditor.get(f"/replays/{run_id}?seen={mark[1]}", headers=poll)
    assert moved_on.status_code == 200
    for said in ("事实不同", "失信", desk.case.number):
        assert said in moved_on.text
    only = auditor.get(f"/replays/{run_id}?answer=other_facts").text
    assert desk.case.number in only
    (flip,) = desk.flips(run).values()
    detail = auditor.get(f"/replays/flips/{flip.id}").text
    for said in ("决定包所载", "重新计算", "不符合", "打开通知书"):
        assert said in detail
    rows = list(
        csv.DictReader(io.StringIO(auditor.get(f"/replays/{run_id}/export?format=csv").text.removeprefix("\ufeff")))
    )
    assert len(rows) == 1
    granted = desk.plain["amount_fen"]
    assert rows[0]["差额（元）"] == f"-{granted / 100:.2f}"
    assert rows[0]["结果"] == "事实不同"
    assert auditor.get(f"/replays/{run_id}/export").data[:2] == b"PK"
    assert "租" in auditor.get("/replays").text


def test_picked_letters_and_a_letter_by_itself(desk: Desk, auditor: Any, recorder: Any) -> None:
    letters = [desk.letter(desk.decided(desk.plain)) for _ in range(3)]
    ids = [letter.id for letter in letters]
    page = auditor.get("/letters").text
    assert 'formaction="/replays/letters"' in page
    run_id = run_at(auditor.post("/replays/letters", data={"ids": ids[:2], "rules": "today"}))
    run = load(desk.session, run_id)
    assert (run.selection, run.whole, run.rules_on is not None) == ({"letters": ids[:2]}, 2, True)
    desk.compute(run)
    assert "所选通知书2份" in auditor.get(f"/replays/{run_id}").text
    assert "全部一致" in auditor.get(f"/replays/{run_id}").text
    nothing = auditor.post("/replays/letters", data={"rules": "today"}, follow_redirects=True)
    assert "请先勾选" in nothing.text


def test_a_letters_page_says_what_differs_first(desk: Desk, auditor: Any, client_as: Any, settings: Any) -> None:
    from core.letters.store import Store

    letter = desk.letter(desk.decided(desk.changed(untrustworthy)))
    letter.file_sha256 = Store(settings.letters).put(b"%PDF-1.7 not read here")
    desk.session.commit()
    page = auditor.get(f"/letters/{letter.id}").text
    for said in ("按当时的规则和参数", "按今日的规则和参数", "事实不同", "决定包所载", "重算这一件并留存"):
        assert said in page
    founder = client_as(desk.scene.founder_of(desk.case.tenant)).get(f"/letters/{letter.id}")
    assert founder.status_code == 200
    assert "重算这一件并留存" not in founder.text


def test_who_may_not(desk: Desk, client_as: Any, recorder: Any) -> None:
    for who in ("window", "approver", "payer"):
        client = client_as(desk.scene.staff[who])
        assert client.get("/replays").status_code == 403
        assert client.post("/replays", data={"rules": "recorded"}).status_code == 403
        assert "/replays/letters" not in client.get("/letters").text
    assert not recorder.jobs


def test_what_is_refused_is_said_at_the_form(desk: Desk, auditor: Any, recorder: Any) -> None:
    said = auditor.post("/replays", data={"since": "2026-05-01", "until": "2026-04-01", "rules": "recorded"})
    assert (said.status_code, "结束日期早于开始日期" in said.text) == (422, True)
    said = auditor.post("/replays", data={"until": "1999-01-01", "rules": "recorded"})
    assert (said.status_code, "没有符合这些条件的决定" in said.text) == (422, True)
    run_id = run_at(auditor.post("/replays", data={"rules": "recorded"}))
    said = auditor.post("/replays", data={"rules": "recorded"})
    assert (said.status_code, "另有一次重算在进行" in said.text) == (422, True)
    assert auditor.post(f"/replays/{run_id}/stop").status_code == 302
    assert load(desk.session, run_id).state is m.ReplayState.STOPPED
    assert "已经结束" in auditor.post(f"/replays/{run_id}/stop", follow_redirects=True).text


def test_who_is_tied_to_the_applicant_does_not_read_what_differs(desk: Desk, auditor: Any, recorder: Any) -> None:
    desk.decided(desk.changed(less_rent))
    run = desk.done()
    (flip,) = desk.flips(run).values()
    desk.session.add(
        m.DeclaredTie(
            district_id=desk.scene.district.id, user_id=desk.scene.staff["auditor"].id, tenant_id=desk.case.tenant_id,
            relation=m.Relation.FAMILY, note="配偶",
        )
    )  # fmt: skip
    desk.session.commit()
    assert auditor.get(f"/replays/flips/{flip.id}").status_code == 403


def test_as_a_job_on_all_cores(
    app: Flask, desk: Desk, auditor: Any, admin: Any, session: Session, runner: Jobs, look: Look, until: Until
) -> None:
    """More than one batch, so that processes of their own compute; cancelled by an administrator, then retried."""
    plain, changed = desk.plain, desk.changed(untrustworthy)
    for number in range(450):
        desk.decided(changed if number % 100 == 0 else plain)
    desk.session.commit()
    before = bind(InTransaction())
    try:
        run_id = run_at(auditor.post("/replays", data={"rules": "recorded"}))
        key = f"replay_decisions:{run_id}"
        admin.post(f"/admin/jobs/{key}/cancel")
        assert load(session, run_id).failure == "任务被平台管理人员取消"
        admin.post(f"/admin/jobs/{key}/retry")
        assert load(session, run_id).state is m.ReplayState.WAITING
        runner.launch(poll_seconds=0.05)
        until(lambda: look(key).state is JobState.DONE)
    finally:
        bind(before)
    run = load(session, run_id)
    assert (run.state, run.done, run.answers) == (m.ReplayState.DONE, 451, {"same": 446, "other_facts": 5})
    assert look(key).progress == (451, 451)
    assert "重算" in admin.get(f"/admin/jobs/{key}").text
    session.commit()
    events = session.scalars(select(m.AuditEvent.action).where(m.AuditEvent.subject_type == "replayrun")).all()
    assert [*events] == ["replay.run", "replay.fail", "replay.run", "replay.done"]
