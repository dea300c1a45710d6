"""Told 90, 60 and 30 days ahead, once each; told again only when the end moves."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.jobs import reminding
from core.services.leases import reminders
from core.services.mail import FileMailer
from tests import factories as f

ENDS = date(2027, 3, 31)


@pytest.fixture
def lease(session: Session) -> m.Lease:
    operator = f.operator(session, f.district(session))
    f.user(session, m.Role.OPERATOR_MANAGER, operator=operator, email="manager@example.org")
    tenant = f.tenant(session, operator, name="青禾公司")
    f.user(session, m.Role.FOUNDER, tenant=tenant, email="founder@example.org")
    made = f.lease(session, tenant, ends_on=ENDS)
    session.commit()
    return made


def test_each_tier_once_and_again_when_the_end_moves(session: Session, lease: m.Lease) -> None:
    told = []
    for ahead in range(100, 0, -1):
        found = reminders.due(session, ENDS - timedelta(days=ahead))
        told += [(it.days, ahead) for it in found]
        reminders.mark(session, found)
    assert told == [(90, 90), (60, 60), (30, 30)]
    lease.ends_on = ENDS + timedelta(days=1)
    session.flush()
    assert [it.days for it in reminders.due(session, ENDS - timedelta(days=20))] == [30]


def test_a_renewed_lease_ends_nothing(session: Session, lease: m.Lease) -> None:
    f.lease(session, lease.tenant, starts_on=date(2027, 4, 1), ends_on=None, renews_id=lease.id)
    assert reminders.due(session, ENDS - timedelta(days=10)) == []


def test_the_mails(
    app: Flask, session: Session, lease: m.Lease, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manager at 90 days, the founder too from 60; what could not be sent is told the next day."""
    monkeypatch.setitem(app.extensions, "mailer", FileMailer(tmp_path))
    now: list[Any] = [ENDS - timedelta(days=80)]
    monkeypatch.setattr(core, "today", lambda: core.datetime.combine(now[0], core.datetime.min.time(), core.SHANGHAI))
    assert (reminding.remind(app), reminding.remind(app)) == (1, 0)
    now[0] = ENDS - timedelta(days=50)

    class Down:
        def send(self, message: object) -> None:
            raise OSError("no route")

    monkeypatch.setitem(app.extensions, "mailer", Down())
    assert reminding.remind(app) == 0
    monkeypatch.setitem(app.extensions, "mailer", FileMailer(tmp_path))
    assert (reminding.remind(app), reminding.remind(app)) == (2, 0)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(m.LeaseReminder)) == 2
    mails = sorted(path.read_text() for path in tmp_path.glob("*.eml"))
    assert len(mails) == 3
    assert sum("founder@example.org" in it for it in mails) == 1
