"""The log's head by mail: auditors get it once a week, whole enough to be held against the log years later."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from core.config import Every, Settings, UnsafeSettings
from core.data import models as m
from core.data.asker import Asker, asking
from core.jobs import noticing, signing
from core.services import notices
from core.services.notices import reading
from core.services.transparency import keeping, keys, proofs
from core.transparency import checkpoint
from tests import factories as f
from tests.integration.notices.conftest import Post, Told
from tests.scenes import Scene

MONDAY, SUNDAY, NEXT = date(2026, 11, 30), date(2026, 12, 6), date(2026, 12, 7)


@pytest.fixture
def auditor(scene: Scene) -> m.User:
    return scene.staff["auditor"]


def told_on(scene: Scene, day: date, every: Every = Every.WEEK) -> int:
    with asking(scene.session, Asker.system("test")):
        head = keeping.newest(scene.session)
        assert head is not None
        found = notices.of_checkpoint(scene.session, head, every, day)
    scene.session.commit()
    return found


def test_an_auditor_gets_the_head_by_mail_and_can_hold_it_against_the_log(
    app: Flask, scene: Scene, settings: Settings, auditor: m.User, post: Post, told: Told
) -> None:
    session = scene.session
    english = f.user(session, m.Role.AUDITOR, district=scene.district)
    english.locale = "en"
    session.commit()
    assert noticing.tell_checkpoint(app) == 0  # nothing was signed yet
    signing.sign(app)
    assert noticing.tell_checkpoint(app) == 2
    assert noticing.tell_checkpoint(app) == 0
    assert told() == {auditor.email: {"checkpoint"}, english.email: {"checkpoint"}}
    session.commit()
    assert noticing.send(app)["sent"] == 2
    [mail], [other] = post.to(auditor), post.to(english)
    assert mail["Subject"].startswith("宏才：请留存日志签名点（")
    assert other["Subject"].startswith("Hongcai: ")
    known = keys.verifiers_in(settings.signing)
    for text in (mail.get_content(), other.get_content()):
        body = text[text.index(settings.log_name) :].split("\n\n----")[0].strip("\n") + "\n"
        held = checkpoint.read(body, known)
        assert "/notices/" in text
    # Much later the log has grown, and what was mailed still is its beginning.
    with asking(session, Asker.system("test")):
        f.user(session, m.Role.WINDOW, district=scene.district)
    session.commit()
    signing.sign(app)
    with asking(session, Asker.system("test")):
        found = proofs.compare(session, body, known)
    session.commit()
    assert found.held == held
    assert found.what in {"same", "grown"}


def test_once_a_week_a_month_or_a_day_and_never(app: Flask, scene: Scene, auditor: m.User) -> None:
    scene.session.commit()
    signing.sign(app)
    assert [told_on(scene, day) for day in (MONDAY, MONDAY, SUNDAY, NEXT)] == [1, 0, 0, 1]
    assert [told_on(scene, day, Every.MONTH) for day in (MONDAY, SUNDAY, NEXT)] == [1, 1, 0]
    assert [told_on(scene, day, Every.DAY) for day in (MONDAY, SUNDAY, SUNDAY)] == [1, 1, 0]
    assert told_on(scene, date(2027, 3, 1), Every.NEVER) == 0


def test_who_chose_no_mail_has_the_notice_alone(app: Flask, scene: Scene, auditor: m.User, post: Post) -> None:
    session = scene.session
    with asking(session, Asker.system("test")):
        reading.choose(session, auditor, {m.NoticeGroup.LOG: m.MailMode.NONE}, "zh_Hans_CN")
    session.commit()
    signing.sign(app)
    assert told_on(scene, MONDAY) == 1
    assert noticing.send(app)["sent"] == 0
    notice = session.scalars(select(m.Notice)).one()
    assert (notice.group, notice.subject_type) == (m.NoticeGroup.LOG, "logcheckpoint")


def test_the_setting_is_checked() -> None:
    assert Settings.load({"HONGCAI_ENV": "test", "HONGCAI_CHECKPOINT_MAILS": "off"}).checkpoint_mails is Every.NEVER
    with pytest.raises(UnsafeSettings, match="weekly, monthly or off"):
        Settings.load({"HONGCAI_ENV": "test", "HONGCAI_CHECKPOINT_MAILS": "hourly"})
