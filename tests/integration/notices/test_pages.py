"""The bell, the list, opening, marking and taking that back; what is chosen; the page of mails."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

import core
from core.data import models as m
from core.data.types import utcnow
from core.services import jobs
from tests import factories as f
from tests import scenes
from tests.integration.conftest import Client
from tests.scenes import Scene

pytestmark = pytest.mark.one_engine


def bell(page: str) -> str | None:
    found = re.search(r'class="bell-count"[^>]*>(\d+)<', page)
    return found[1] if found else None


@pytest.fixture
def case(scene: Scene) -> m.Case:
    """One that was submitted, accepted and returned to nobody: the founder has not acted since."""
    made = scene.until(m.CaseState.SUBMITTED)
    scene.act(scene.staff["window"], made, "accept", scenes.ACCEPTED)
    return made


def test_reading(app: Flask, scene: Scene, case: m.Case, client_as: Callable[..., Client]) -> None:
    session = scene.session
    founder = session.get_one(m.User, case.created_by_id)
    elsewhere = f.membership(session, founder, m.Role.WINDOW, district=scene.district)
    session.refresh(founder, ["memberships"])
    window, today = scene.staff["window"], core.today().date()
    session.add(  # who stands in for somebody does not read what they were told before
        m.Delegation(
            membership_id=window.memberships[0].id, from_user_id=window.id, to_user_id=founder.id, starts_on=today,
            ends_on=today, reason="请假",
        )
    )  # fmt: skip
    notice = session.scalars(select(m.Notice).where(m.Notice.user_id == founder.id)).one()
    foreign = session.scalars(select(m.Notice).where(m.Notice.user_id == window.id)).one()
    client = client_as(founder, elsewhere)
    page = client.get("/notices")
    assert (page.status_code, bell(page.text)) == (200, "1")
    assert f"申请{case.number}：窗口已受理" in page.text
    assert case.number in client.get(f"/notices?q={case.number}&group=progress&read=no").text
    assert "没有符合条件" in client.get("/notices?group=turn").text
    with client.get("/notices/export?format=csv") as file:
        assert case.number in file.text
    assert {
        client.get(f"/notices/{foreign.id}").status_code,
        client.post(f"/notices/{foreign.id}/opening").status_code,
    } == {404}
    # It was for the other post: opening it switches, and leads to the thing.
    assert "切换岗位并打开" in client.get(f"/notices/{notice.id}").text
    answer = client.post(f"/notices/{notice.id}/opening")
    assert (answer.status_code, answer.location) == (302, f"/cases/{case.id}")
    page = client.get(answer.location)
    assert (page.status_code, bell(page.text)) == (200, None)
    assert client.get(f"/notices/{notice.id}").location == f"/cases/{case.id}"
    # Unread again, all read, and that taken back. Never another's.
    client.post("/notices/unread", data={"ids": [notice.id, foreign.id]})
    assert bell(client.get("/notices").text) == "1"
    undo = client.post("/notices/marking", data={"all": "yes"}).location
    page = client.get(undo)
    assert bell(page.text) is None
    at = re.search(r'name="at" value="([^"]+)"', page.text)
    assert at
    client.post("/notices/unmarking", data={"at": at[1]})
    assert bell(client.get("/notices").text) == "1"
    session.refresh(foreign)
    assert foreign.read_at is None
    assert client.post("/notices/marking").status_code == 422
    assert client.post("/notices/unmarking", data={"at": "2026"}).status_code == 422
    # Who has left the post reads it no more.
    founder.memberships[0].ended_at = utcnow()
    assert client.get(f"/notices/{notice.id}").status_code == 404
    assert case.number not in client.get("/notices").text


def test_choosing(scene: Scene, client_as: Callable[..., Client]) -> None:
    client, window = client_as(scene.staff["window"]), scene.staff["window"]
    page = client.get("/account").text
    assert re.findall(r'<select class="select" id="notices-\w+" name="(\w+)"', page) == ["turn", "deadline", "locale"]
    answer = client.post("/account/notices", data={"turn": "daily", "deadline": "nonsense", "locale": "en"})
    assert answer.location == "/account#notices"
    kept = scene.session.scalars(select(m.NoticePreference)).one()
    assert (kept.group, kept.mail, window.locale) == (m.NoticeGroup.TURN, m.MailMode.DAILY, "en")
    assert 'value="daily" selected' in client.get("/account").text
    assert client.post("/account/notices", data={"turn": "none", "locale": "fr"}).status_code == 422


def test_the_page_of_mails(scene: Scene, case: m.Case, client_as: Callable[..., Client]) -> None:
    """What waits and failed, with the reason and without what was said; trying again."""
    session = scene.session
    admin = client_as(f.user(session, m.Role.PLATFORM_ADMIN))
    failed = session.scalars(select(m.NoticeDelivery).limit(1)).one()
    broken = {
        "state": m.DeliveryState.FAILED,
        "error": "SMTPRecipientsRefused: 550",
        "since": utcnow() - timedelta(days=9),
    }
    session.execute(update(m.NoticeDelivery).where(m.NoticeDelivery.id == failed.id).values(**broken))
    page = admin.get("/admin/notices?state=failed").text
    assert failed.user.email in page
    assert "SMTPRecipientsRefused" in page
    assert case.number not in page
    assert case.tenant.name not in page
    session.commit()
    taken = jobs.bind(recorder := jobs.Recorder())
    try:
        assert admin.post("/admin/notices/retry", data={"ids": [failed.id]}).status_code == 302
        assert admin.post("/admin/notices/retry", data={"ids": [failed.id]}).status_code == 409
    finally:
        jobs.bind(taken)
    assert [name for name, _args in recorder.jobs.values()] == ["mail_notices"]
    session.refresh(failed)
    assert (failed.state, failed.error) == (m.DeliveryState.WAITING, None)
    trail = select(m.AuditEvent.detail).where(m.AuditEvent.action == "notice.retry")
    assert session.scalars(trail).one() == {"deliveries": [failed.id]}
    assert client_as(scene.staff["admin"]).get("/admin/notices").status_code == 403
