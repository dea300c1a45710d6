"""The list of jobs: all of them, narrowed, searched, by pages; and who runs them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.config import Settings
from core.jobs.executors import claim, names_for
from core.services import job_control, jobs

Decisions = Callable[[int], list[int]]


def shown(page: Any) -> list[str]:
    return re.findall(r'<a class="row-link" href="/admin/jobs/([^"]+)"', page.text)


@pytest.fixture
def many(session: Session) -> list[str]:
    made = [f"check_files:{n:03}" for n in range(60)] + ["clear_up:only"]
    for key in made:
        jobs.enqueue(session, key.partition(":")[0], key=key)
    job_control.cancel(session, "check_files:007")
    session.commit()
    return made


def test_filters_search_and_pages(admin: Any, many: list[str]) -> None:
    first = admin.get("/admin/jobs")
    assert len(shown(first)) == 50
    following = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert following is not None
    second = admin.get(following[1].replace("&amp;", "&"))
    assert sorted(shown(first) + shown(second)) == sorted(many)
    assert shown(admin.get("/admin/jobs?state=cancelled")) == ["check_files:007"]
    assert shown(admin.get("/admin/jobs?kind=clear_up")) == ["clear_up:only"]
    assert shown(admin.get("/admin/jobs?q=:05")) == [f"check_files:{n:03}" for n in range(59, 49, -1)]
    assert shown(admin.get("/admin/jobs?state=done")) == []
    # it asks again while something waits, at whatever address it then has
    assert re.search(r'id="now"[^>]* hx-get=""', first.text)


def test_a_cursor_of_another_kind_begins_at_the_beginning(admin: Any, many: list[str]) -> None:
    from core.data.queries.paging import cursor

    assert len(shown(admin.get(f"/admin/jobs?after={cursor(1, 7)}"))) == 50


def test_who_runs_jobs_and_who_does_no_more(admin: Any, engine: Engine, settings: Settings, session: Session) -> None:
    row = r"<code>executor-%d</code></td><td><span[^>]*>([^<]+)</span></td><td class=\"num\">(\d+)"
    one, two = names_for(engine.url, settings.var), names_for(engine.url, settings.var)
    try:
        claim(one), claim(two)
        text = admin.get("/admin/jobs").text
        assert [re.findall(row % n, text) for n in (1, 2)] == [[("在运行", "0")], [("在运行", "0")]]
        # looking takes nothing away from those who want a name
        two.close()
        jobs.enqueue(session, "check_files", key="check_files:x")
        status = "workflow_status" if engine.dialect.name == "sqlite" else "dbos.workflow_status"
        session.connection().exec_driver_sql(
            f"update {status} set status = 'PENDING', executor_id = 'executor-2', started_at_epoch_ms = created_at"  # noqa: S608
        )
        text = admin.get("/admin/jobs").text
        assert [re.findall(row % n, text) for n in (1, 2)] == [[("在运行", "0")], [("不在运行", "1")]]
        assert claim(two) == "executor-2"
    finally:
        one.close()
        two.close()
