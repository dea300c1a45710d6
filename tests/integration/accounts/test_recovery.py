"""A forgotten password: the mail, its link, and what nobody learns from asking."""

from __future__ import annotations

import email
import re
import time
from datetime import timedelta
from email.policy import default
from pathlib import Path

import pytest
from flask import Flask

from core.data.models import Role, User
from tests import factories
from tests.integration.accounts.conftest import is_in, sign_in

pytestmark = pytest.mark.one_engine

NEW = "Marble-Kettle-Orchard"


@pytest.fixture
def user(session) -> User:
    operator = factories.operator(session, factories.district(session))
    made = factories.user(session, Role.OPERATOR_STAFF, operator=operator, email="staff@example.org")
    session.commit()
    return made


def ask(client, address: str):
    return client.post("/account/reset", data={"email": address})


def mails(app: Flask, at_least: int = 0) -> list[email.message.EmailMessage]:
    """Mail goes out on a thread: wait until there are enough, or a moment to see that none comes."""
    folder: Path = app.extensions["mailer"].folder
    deadline = time.monotonic() + (10 if at_least else 0.3)
    while len(found := sorted(folder.glob("*.eml"))) < at_least or not at_least:
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return [email.message_from_bytes(path.read_bytes(), policy=default) for path in found]


def link(app: Flask) -> str:
    [message] = mails(app, 1)
    assert message["To"] == "staff@example.org"
    assert "重设密码" in message["Subject"]
    found = re.search(r"https?://\S+/account/reset/\S+", message.get_content())
    assert found
    assert found[0].startswith(app.extensions["settings"].base_url)
    return found[0].removeprefix(app.extensions["settings"].base_url)


def test_the_link_sets_a_new_password_once(app, client, session, user, events):
    elsewhere = app.test_client()
    sign_in(elsewhere, user)
    assert is_in(elsewhere)
    assert "一小时内有效" in ask(client, " Staff@Example.org ").text
    where = link(app)
    assert "重设密码" in client.get(where).text
    done = client.post(where, data={"password": NEW, "password_confirm": NEW}, follow_redirects=True)
    assert "密码已重设" in done.text
    assert not is_in(client)  # the link opens no door
    assert not is_in(elsewhere)  # and closes those that stood open
    sign_in(client, user)
    assert not is_in(client)
    sign_in(client, user, NEW)
    assert is_in(client)
    assert [len(events(f"account.{what}")) for what in ("reset_asked", "password_reset")] == [1, 1]
    again = app.test_client().get(where, follow_redirects=True)
    assert "已经用过" in again.text


@pytest.mark.parametrize("kind", ["unknown", "disabled", "nonsense"])
def test_nobody_learns_who_has_an_account(app, client, session, user, kind):
    factories.user(session, email="gone@example.org", active=False)
    session.commit()
    address = {"unknown": "nobody@example.org", "disabled": "gone@example.org", "nonsense": "x@@"}[kind]
    answer = ask(client, address)
    assert (answer.status_code, "一小时内有效" in answer.text) == (200, True)
    assert mails(app) == []


def test_the_link_ages(app, client, user, monkeypatch):
    ask(client, user.email)
    where = link(app)
    now = time.time()
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: now + timedelta(minutes=61).total_seconds())
    assert "超过一小时" in client.get(where, follow_redirects=True).text
    refused = client.post(where, data={"password": NEW, "password_confirm": NEW}, follow_redirects=True)
    assert "超过一小时" in refused.text
    monkeypatch.undo()
    sign_in(client, user)
    assert is_in(client)


@pytest.mark.parametrize("token", ["x", "WyJub2JvZHkiXQ.Zz.bad", "%00"])
def test_a_made_up_link_opens_nothing(client, user, token):
    assert "不完整" in client.get(f"/account/reset/{token}", follow_redirects=True).text


@pytest.mark.parametrize(
    ("password", "again", "word"),
    [
        ("short", "short", "至少需要"),
        ("staff-example-org1", "staff-example-org1", "容易被猜到"),
        (NEW, "other", "不一致"),
    ],
)
def test_a_bad_password_is_told_and_the_link_still_works(app, client, user, password, again, word):
    ask(client, user.email)
    where = link(app)
    answer = client.post(where, data={"password": password, "password_confirm": again})
    assert word in answer.text
    assert (
        "密码已重设" in client.post(where, data={"password": NEW, "password_confirm": NEW}, follow_redirects=True).text
    )


def test_a_second_factor_is_still_asked_for(app, client, session, totp_secret):
    district = factories.district(session)
    officer = factories.user(
        session, Role.APPROVER, district=district, email="staff@example.org", second_factor=totp_secret
    )
    session.commit()
    ask(client, officer.email)
    client.post(link(app), data={"password": NEW, "password_confirm": NEW})
    assert "/account/tf-validate" in sign_in(client, officer, NEW).location
    assert not is_in(client)


def test_asking_again_and_again_is_slowed_down(app, client, user):
    answers = [ask(client, user.email).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    assert len(mails(app, 3)) == 3


def test_without_mail_the_page_says_whom_to_ask(app, client, user, monkeypatch):
    monkeypatch.setitem(app.extensions, "mailer", None)
    assert "请联系本单位的管理员" in client.get("/account/reset").text
    assert ask(client, user.email).status_code == 200
