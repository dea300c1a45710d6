"""Server-side sessions: what a browser holds, how long it lasts, and that ending one is felt at the next request."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from core.data.models import Role, User, UserSession
from core.data.types import utcnow
from core.services import accounts
from core.web.sessions import ServerSession
from tests import factories
from tests.factories import PASSWORD
from tests.integration.accounts.conftest import give_code, is_in, sign_in

pytestmark = pytest.mark.one_engine

NEW_PASSWORD = "Quiet-Meadow-Train-88"


@pytest.fixture
def operator(session):
    return factories.operator(session, factories.district(session))


@pytest.fixture
def staff(session, operator) -> User:
    return factories.user(session, Role.OPERATOR_STAFF, operator=operator)


@pytest.fixture
def approver(session, operator, totp_secret) -> User:
    from core.data.models import District

    district = session.get(District, operator.district_id)
    return factories.user(session, Role.APPROVER, district=district, second_factor=totp_secret)


def token(client) -> str | None:
    cookie = client.get_cookie("sid")
    return cookie.value if cookie else None


def row_of(session, value: str) -> UserSession:
    session.commit()
    hashed = hashlib.sha256(value.encode()).hexdigest()
    return session.query(UserSession).filter_by(token_hash=hashed).one()


def test_the_table_opens_no_session(session, client, staff):
    sign_in(client, staff)
    value = token(client)
    assert len(value) >= 43  # 256 bits
    session.commit()
    for row in session.query(UserSession):
        assert value not in row.token_hash
        assert value.encode() not in row.data
    assert row_of(session, value).user_id == staff.id


def test_signing_in_changes_the_token_and_ends_the_old_one(session, client, staff):
    """Against fixation: a session planted in the victim's browser stays a stranger's."""
    client.get("/account/login")
    planted = token(client)
    sign_in(client, staff)
    assert token(client) != planted
    assert row_of(session, planted).ended_at is not None
    client.set_cookie("sid", planted)
    assert not is_in(client)


def test_the_right_password_already_changes_it(client, session, approver, code_of):
    """Who planted the session must not need the code alone."""
    client.get("/account/login")
    planted = token(client)
    sign_in(client, approver)
    half_way = token(client)
    assert half_way != planted
    give_code(client, code_of(approver))
    assert token(client) not in (planted, half_way)
    client.set_cookie("sid", planted)
    assert give_code(client, code_of(approver, 1)).location.endswith("/account/login")


def test_signing_out_ends_it(session, client, staff, events):
    sign_in(client, staff)
    value = token(client)
    assert client.post("/account/logout").location == "/"
    assert token(client) is None
    client.set_cookie("sid", value)
    assert not is_in(client)
    row = row_of(session, value)
    assert row.ended_at is not None
    assert row.data == b"{}"
    assert [e.actor_id for e in events("account.signed_out")] == [staff.id]


def test_getting_the_logout_address_does_nothing(client, staff):
    sign_in(client, staff)
    assert client.get("/account/logout").status_code == 405
    assert is_in(client)


@pytest.mark.parametrize("made_up", ["x" * 43, "", "x" * 3000, "../../etc", "'; drop table users; --"])
def test_made_up_tokens(client, staff, made_up):
    client.set_cookie("sid", made_up)
    assert not is_in(client)


class TestTime:
    def backdate(self, session, client, **columns):
        """Move times of this browser's row into the past."""
        row = row_of(session, token(client))
        session.execute(update(UserSession).where(UserSession.id == row.id).values(**columns))
        session.commit()

    @pytest.mark.parametrize(("minutes", "stays"), [(29, True), (31, False)])
    def test_idle(self, session, client, staff, minutes, stays):
        sign_in(client, staff)
        self.backdate(session, client, seen_at=utcnow() - timedelta(minutes=minutes))
        assert is_in(client) is stays

    @pytest.mark.parametrize(("minutes", "stays"), [(14, True), (16, False)])
    def test_idle_for_privileged_roles(self, session, client, approver, code_of, minutes, stays):
        sign_in(client, approver)
        give_code(client, code_of(approver))
        self.backdate(session, client, seen_at=utcnow() - timedelta(minutes=minutes))
        assert is_in(client) is stays
        assert is_in(client) is stays  # a visit does not revive it

    @pytest.mark.parametrize(("hours", "stays"), [(11, True), (13, False)])
    def test_absolute(self, session, client, staff, hours, stays):
        sign_in(client, staff)
        self.backdate(session, client, created_at=utcnow() - timedelta(hours=hours))
        assert is_in(client) is stays

    @pytest.mark.parametrize(("hours", "stays"), [(7, True), (9, False)])
    def test_absolute_for_privileged_roles(self, session, client, approver, code_of, hours, stays):
        sign_in(client, approver)
        give_code(client, code_of(approver))
        self.backdate(session, client, created_at=utcnow() - timedelta(hours=hours))
        assert is_in(client) is stays

    def test_switching_does_not_stretch_the_absolute_limit(self, session, client, staff, operator):
        other = factories.membership(session, staff, Role.OPERATOR_MANAGER, operator=operator)
        sign_in(client, staff)
        self.backdate(session, client, created_at=utcnow() - timedelta(hours=11))
        client.post("/account/workspace", data={"membership": other.id})
        assert row_of(session, token(client)).created_at < utcnow() - timedelta(hours=10)

    def test_a_visit_is_noted_but_not_every_one(self, session, client, staff):
        sign_in(client, staff)
        client.get("/account/sessions")  # the first page puts its CSRF token into the session
        first = row_of(session, token(client)).seen_at
        client.get("/account/sessions")
        assert row_of(session, token(client)).seen_at == first
        self.backdate(session, client, seen_at=utcnow() - timedelta(minutes=5))
        client.get("/account/sessions")
        assert row_of(session, token(client)).seen_at > utcnow() - timedelta(minutes=1)


class TestOwnSessions:
    def test_listed_and_ended_at_once(self, app, session, client, staff, events):
        other = app.test_client()
        sign_in(client, staff)
        other.post(
            "/account/login",
            data={"email": staff.email, "password": PASSWORD},
            headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
        )
        page = client.get("/account/sessions").text
        assert "Firefox · Linux" in page
        assert page.count(">这台设备</span>") == 1
        row = row_of(session, token(other))
        assert client.post(f"/account/sessions/{row.id}/end").status_code == 302
        assert not is_in(other)
        assert is_in(client)
        assert "Firefox" not in client.get("/account/sessions").text
        assert [e.detail for e in events("account.session_ended")] == [{"session": row.id}]

    def test_all_others(self, app, session, client, staff):
        others = [app.test_client() for _ in range(2)]
        for browser in (client, *others):
            sign_in(browser, staff)
        client.post("/account/sessions/end")
        assert [is_in(browser) for browser in (client, *others)] == [True, False, False]

    def test_not_those_of_others(self, app, session, client, client_as, staff, operator):
        sign_in(client, staff)
        row = row_of(session, token(client))
        stranger = client_as(factories.user(session, Role.OPERATOR_MANAGER, operator=operator))
        assert stranger.post(f"/account/sessions/{row.id}/end").status_code == 404
        assert is_in(client)
        stranger.post("/account/sessions/end")
        assert is_in(client)


class TestPassword:
    def change(self, client, **values):
        data = {"password": PASSWORD, "new_password": NEW_PASSWORD, "new_password_confirm": NEW_PASSWORD}
        return client.post("/account/change", data=data | values)

    def test_changing_it_ends_all_other_sessions(self, app, session, client, client_as, staff, events):
        other = client_as(staff)
        sign_in(client, staff)
        before = token(client)
        assert self.change(client).location == "/account"
        assert is_in(client)
        assert token(client) != before
        assert not is_in(other)
        assert row_of(session, before).ended_at is not None
        assert row_of(session, token(other)).ended_at is not None  # not only useless, but gone from the list
        assert [e.subject_id for e in events("account.password_changed")] == [staff.id]
        fresh = app.test_client()
        assert sign_in(fresh, staff).status_code == 200  # the old password
        sign_in(fresh, staff, NEW_PASSWORD)
        assert is_in(fresh)

    def test_the_wrong_present_password(self, client_as, staff, events):
        browser = client_as(staff)
        assert "密码不正确" in self.change(browser, password="wrong password here").text
        assert [e.detail for e in events("account.refused")] == [{"what": "password"}]
        for _ in range(4):
            self.change(browser, password="wrong password here")
        assert self.change(browser).status_code == 429

    @pytest.mark.parametrize(
        ("new", "sentence"),
        [
            ("short", "密码太短"),
            ("password123456", "容易被猜到"),
            ("x" * 129, "密码太长"),
            (PASSWORD, "相同"),
        ],
    )
    def test_new_passwords_that_are_refused(self, client_as, staff, new, sentence):
        answer = self.change(client_as(staff), new_password=new, new_password_confirm=new)
        assert answer.status_code == 200
        assert sentence in answer.text

    def test_two_that_differ(self, client_as, staff):
        assert "两次输入的新密码不一致" in self.change(client_as(staff), new_password_confirm="another one 4711").text

    def test_made_of_the_own_organisation(self, session, client_as):
        operator = factories.operator(session, factories.district(session), name="Zhihui Valley")
        browser = client_as(factories.user(session, Role.OPERATOR_STAFF, operator=operator))
        answer = self.change(browser, new_password="zhihuivalley2026", new_password_confirm="zhihuivalley2026")
        assert "容易被猜到" in answer.text


class TestEndedAtTheNextRequest:
    """Rights are looked up at each request, so what was taken away is gone with the next one."""

    def test_role_ended(self, session, client_as, staff):
        browser = client_as(staff)
        assert browser.get("/tenants").status_code == 200
        accounts.end_membership(session, staff.memberships[0], reason="离职")
        session.commit()
        assert browser.get("/tenants").status_code == 403
        assert browser.post("/people/invite").status_code == 403

    def test_last_day_is_over(self, session, client_as, staff):
        browser = client_as(staff)
        staff.memberships[0].ends_on = staff.memberships[0].starts_on
        session.commit()
        assert browser.get("/tenants").status_code == 403

    def test_account_closed(self, session, client_as, staff):
        browser = client_as(staff)
        accounts.set_active(session, staff, active=False)
        session.commit()
        assert browser.get("/tenants").location.startswith("/account/login")
        accounts.set_active(session, staff, active=True)
        session.commit()
        assert browser.get("/tenants").location.startswith("/account/login")  # the old session stays ended


def test_a_session_ended_meanwhile_is_not_written_to(app, session, client, staff):
    """A slow request that finishes after its session was ended does not bring data back into it."""
    sign_in(client, staff)
    row = row_of(session, token(client))
    with app.test_request_context():
        interface = app.session_interface
        slow = ServerSession({"user_pk": staff.id, "secret": "x"}, token(client), row.created_at, row.seen_at)
        slow.modified = True
        session.execute(update(UserSession).where(UserSession.id == row.id).values(ended_at=utcnow(), data=b"{}"))
        session.commit()
        interface.save_session(app, slow, app.response_class())
    session.expire_all()
    assert session.get(UserSession, row.id).data == b"{}"


def test_rows_of_passers_by_are_swept_away(session, client, staff):
    client.get("/account/login")
    session.execute(update(UserSession).values(seen_at=utcnow() - timedelta(hours=2)))
    session.commit()
    client.delete_cookie("sid")
    sign_in(client, staff)
    session.commit()
    assert [row.user_id for row in session.query(UserSession)] == [staff.id]


def test_cookie_flags(app, client, staff):
    cookie = sign_in(client, staff).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie


class TestOverTls:
    @pytest.fixture
    def settings(self, settings):
        return replace(settings, base_url="https://localhost")

    def test_the_cookie_is_bound_to_the_host(self, app, client):
        assert app.config["SESSION_COOKIE_NAME"] == "__Host-sid"
        answer = client.get("/account/login", base_url="https://localhost")
        [cookie] = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Host-sid=")]
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie


def test_visitors_without_a_reason_get_no_cookie(client):
    assert "Set-Cookie" not in client.get("/").headers
