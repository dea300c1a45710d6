"""Mails of notices: once each, in the reader's language, through a mail server that fails, and once a day."""

from __future__ import annotations

import smtplib
from datetime import timedelta

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.types import utcnow
from core.jobs import noticing
from core.services.notices import delivery, reading
from tests import factories as f
from tests import scenes
from tests.integration.notices.conftest import Post
from tests.scenes import Scene

S = m.DeliveryState


def states(session: Session) -> dict[str, set[tuple[S, int]]]:
    """How each person's mails stand, and how often they were tried."""
    session.expire_all()
    found: dict[str, set[tuple[S, int]]] = {}
    for it in session.scalars(select(m.NoticeDelivery)):
        found.setdefault(it.user.email, set()).add((it.state, it.tries))
    return found


def send(app: Flask, session: Session, *, daily: bool = False) -> noticing.Mailed:
    session.commit()  # it would wait for what the test has open
    return noticing.send(app, daily=daily)


def test_a_mail_server_that_fails_twice_and_then_works(app: Flask, scene: Scene, post: Post) -> None:
    session, window = scene.session, scene.staff["window"]
    tenant = scene.tenant("青禾公司")
    founder, english = scene.founder_of(tenant), f.user(session, m.Role.TENANT_MEMBER, tenant=tenant)
    english.locale = "en"
    case = scene.draft(tenant, founder)
    scene.act(founder, case, "submit", scenes.APPLIED)
    post.errors = [ConnectionRefusedError("no route"), smtplib.SMTPServerDisconnected("gone")]
    assert [send(app, session) for _ in range(3)] == [
        {"sent": 0, "reached": False}, {"sent": 0, "reached": False}, {"sent": 2, "reached": True},
    ]  # fmt: skip
    assert send(app, session) == {"sent": 0, "reached": True}  # run again, nothing goes again
    assert states(session) == {window.email: {(S.SENT, 3)}, english.email: {(S.SENT, 1)}}
    [chinese], [other] = post.to(window), post.to(english)
    assert chinese["Subject"] == f"宏才：申请件{case.number}：待受理"
    body = chinese.get_content()
    assert "“青禾公司”申请的" in body
    notice = session.scalars(select(m.Notice.id).where(m.Notice.user_id == window.id)).one()
    assert f"http://localhost/notices/{notice}\n" in body
    assert "http://localhost/account#notices" in body
    assert other["Subject"].startswith(f"Hongcai: Application {case.number}: ")
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in other.get_content().replace("青禾公司", ""))


def test_what_is_refused_interrupted_or_not_wanted(app: Flask, scene: Scene, post: Post) -> None:
    """One address that is refused keeps nobody else's mail; what a dead process claimed is not sent again; who left,
    was closed or chose otherwise meanwhile is skipped."""
    session, tenant = scene.session, scene.tenant()
    founder = scene.founder_of(tenant)
    people = [f.user(session, m.Role.TENANT_MEMBER, tenant=tenant) for _ in range(6)]
    refused, dead, left, closed, chose, later = people
    window = scene.staff["window"]
    case = scene.draft(tenant, founder)
    scene.act(founder, case, "submit", scenes.APPLIED)
    of_dead = (m.NoticeDelivery.user_id == dead.id,)
    claimed = {"state": S.SENDING, "mail_id": "<lost>", "claimed_at": utcnow() - timedelta(hours=1)}
    session.execute(update(m.NoticeDelivery).where(*of_dead).values(**claimed))
    session.execute(update(m.NoticeDelivery).where(m.NoticeDelivery.user_id == window.id).values(state=S.SKIPPED))
    left.memberships[0].ended_at = utcnow()
    closed.active = False
    reading.choose(session, chose, {m.NoticeGroup.PROGRESS: m.MailMode.NONE}, "zh_Hans_CN")
    post.errors = [
        smtplib.SMTPRecipientsRefused({refused.email: (550, b"no such user")}),
        smtplib.SMTPRecipientsRefused({later.email: (451, b"try again later")}),
    ]
    assert send(app, session) == {"sent": 0, "reached": True}
    assert states(session) == {
        refused.email: {(S.FAILED, 1)}, dead.email: {(S.FAILED, 0)}, left.email: {(S.SKIPPED, 1)},
        closed.email: {(S.SKIPPED, 1)}, chose.email: {(S.SKIPPED, 1)}, later.email: {(S.WAITING, 1)},
        window.email: {(S.SKIPPED, 0)},
    }  # fmt: skip
    assert send(app, session)["sent"] == 1
    assert [it["To"] for it in post.taken] == [later.email]
    assert session.scalars(select(m.NoticeDelivery.error).where(*of_dead)).one() == delivery.INTERRUPTED
    # Chosen so, nothing is made to be mailed at all; and what has waited for days is given up.
    scene.act(window, case, "accept", scenes.ACCEPTED)
    assert session.scalars(select(m.NoticeDelivery.id).where(m.NoticeDelivery.user_id == chose.id)).one()
    session.execute(update(m.NoticeDelivery).values(since=utcnow() - timedelta(days=4)))
    assert send(app, session)["sent"] == 0
    assert states(session)[founder.email] == {(S.FAILED, 0)}
    session.execute(update(m.Notice).values(created_at=utcnow() - timedelta(days=800)))
    assert delivery.forget(session, utcnow()) > 6
    assert session.scalars(select(m.NoticeDelivery)).all() == []


def test_once_a_day_for_those_who_want_that(app: Flask, scene: Scene, post: Post) -> None:
    session, tenant = scene.session, scene.tenant()
    founder, window = scene.founder_of(tenant), scene.staff["window"]
    daily = {m.NoticeGroup.PROGRESS: m.MailMode.DAILY, m.NoticeGroup.TURN: m.MailMode.DAILY}
    reading.choose(session, founder, daily, "zh_Hans_CN")
    assert send(app, session, daily=True)["sent"] == 0  # quiet when there is nothing
    case = scene.draft(tenant, founder)
    scene.act(founder, case, "submit", scenes.APPLIED)
    scene.act(window, case, "return", scenes.ACCEPTED, reasons=("payee",), opinion="请补正开户行")
    scene.act(founder, case, "submit", scenes.ACCEPTED)
    scene.act(window, case, "accept", scenes.ACCEPTED)
    first = session.scalars(select(m.Notice).where(m.Notice.user_id == founder.id).order_by(m.Notice.id)).first()
    assert first is not None
    assert first.kind == "case_returned"
    send(app, session)
    assert post.to(founder) == []
    assert len(post.to(window)) == 1  # two turns, one mail
    assert send(app, session, daily=True) == {"sent": 1, "reached": True}
    assert send(app, session, daily=True) == {"sent": 0, "reached": True}
    [mail] = post.to(founder)
    body = mail.get_content()
    assert mail["Subject"] == "宏才：今日通知2条"
    assert (
        body.index("【轮到我办理】") < body.index("请补正申请") < body.index("【申请进展】") < body.index("窗口已受理")
    )
    assert "开户行" not in body  # what was written about them is read on the page
