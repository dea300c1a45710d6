"""A round's computation as a job of the page: the operator reads what became of it where it asked for it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import asking
from core.jobs import Jobs
from core.services import rounds
from core.services.jobs import JobState
from tests.integration.jobs.conftest import Look, Until
from tests.integration.rounds.conftest import House, house

__all__ = ["house"]


@pytest.fixture
def asked(house: House, session: Session) -> m.RoundRun:
    """A run that waits for its job."""
    house.waiting()
    house.mentor("宋岩")
    it = house.open()
    with asking(session, house.scene.as_user(house.scene.manager)):
        run = rounds.ask(session, house.scene.registry, it)
    session.commit()
    return run


def state_of(session: Session, run: m.RoundRun) -> tuple[m.RunState, str | None]:
    session.expire_all()
    found = session.scalars(select(m.RoundRun).where(m.RoundRun.id == run.id)).one()
    told = (found.state, found.failure)
    session.commit()
    return told


def test_a_cancelled_run_says_so_and_is_computed_when_it_is_retried(
    asked: m.RoundRun, admin: Any, session: Session, runner: Jobs, look: Look, until: Until
) -> None:
    key = f"run_round:{asked.id}"
    admin.post(f"/admin/jobs/{key}/cancel")
    assert state_of(session, asked) == (m.RunState.FAILED, "任务被平台管理人员取消")
    admin.post(f"/admin/jobs/{key}/retry")
    assert state_of(session, asked) == (m.RunState.WAITING, None)
    runner.launch(poll_seconds=0.05)
    until(lambda: look(key).state is JobState.DONE)
    assert state_of(session, asked)[0] is m.RunState.DONE


def test_a_run_of_a_round_that_is_over_is_not_retried(
    asked: m.RoundRun, house: House, admin: Any, session: Session, look: Look
) -> None:
    key = f"run_round:{asked.id}"
    admin.post(f"/admin/jobs/{key}/cancel")
    with asking(session, house.scene.as_user(house.scene.manager)):
        rounds.discard(session, rounds.load(session, asked.round_id))
    session.commit()
    refused = admin.post(f"/admin/jobs/{key}/retry")
    assert refused.status_code == 409
    assert "轮次已经结束" in refused.text
    assert look(key).state is JobState.CANCELLED  # the queue's row went back with the refusal
