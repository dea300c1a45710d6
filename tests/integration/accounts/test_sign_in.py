"""The door: password, generic answers, waiting after wrong guesses, safe return addresses, demonstration accounts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from core.config import Environment
from core.data.models import Role, Throttle, User
from core.data.types import utcnow
from core.services import passwords
from tests import factories
from tests.integration.accounts.conftest import is_in, sign_in

pytestmark = pytest.mark.one_engine


@pytest.fixture
def staff(session) -> User:
    operator = factories.operator(session, factories.district(session))
    return factories.user(session, Role.OPERATOR_STAFF, operator=operator, email="staff@example.org")


def sentence(response) -> str:
    """The error of the sign-in page, without what differs by itself (tokens, nonces)."""
    start = response.text.index('role="alert"')
    return response.text[start : response.text.index("</div>", start)]


def test_password_opens_the_door_and_the_trail_says_so(client, staff, events):
    answer = sign_in(client, staff)
    assert answer.status_code == 302
    assert answer.location == "/"
    assert is_in(client)
    [event] = events("account.signed_in")
    assert (event.actor_id, event.subject_type, event.subject_id) == (staff.id, "user", staff.id)
    assert event.request_id


def test_email_is_found_however_it_is_written(client, staff):
    sign_in(client, "  Staff@Example.ORG ")
    assert is_in(client)


@pytest.mark.parametrize("kind", ["wrong password", "unknown", "disabled", "no password", "no input"])
def test_every_failure_looks_the_same(client, session, staff, kind):
    other = factories.user(session, email="other@example.org", active=kind != "disabled")
    if kind == "no password":
        other.password = None
    known = sentence(sign_in(client, staff, "wrong password here"))
    match kind:
        case "wrong password":
            answer = sign_in(client, other, "another wrong one")
        case "unknown":
            answer = sign_in(client, "nobody@example.org")
        case "no input":
            answer = client.post("/account/login", data={"email": "", "password": ""})
            assert "请输入邮箱和密码" in answer.text
            return
        case _:
            answer = sign_in(client, other)
    assert answer.status_code == 200
    assert sentence(answer) == known
    assert not is_in(client)


def test_failures_are_committed_to_the_trail(client, staff, events):
    sign_in(client, staff, "wrong password here")
    sign_in(client, "nobody@example.org")
    known, unknown = events("account.refused")
    assert not known.success
    assert (known.subject_id, known.detail) == (staff.id, {"what": "password"})
    assert unknown.subject_id is None
    assert set(unknown.detail) == {"what", "address"}
    assert "nobody" not in str(unknown.detail)


def test_unknown_accounts_take_a_hash_too(client, session, staff, monkeypatch):
    """Time must not tell who has an account: both ways verify exactly one hash made with the same parameters."""
    seen = []
    verify = passwords._hasher.verify
    monkeypatch.setattr(
        passwords, "_hasher", type("H", (), {"verify": staticmethod(lambda h, p: seen.append(h) or verify(h, p))})
    )
    sign_in(client, staff, "wrong password here")
    sign_in(client, "nobody@example.org", "wrong password here")
    assert len(seen) == 2
    for stored in seen:
        assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_five_wrong_guesses_and_then_a_wait_that_grows(client, session, staff, monkeypatch):
    now = utcnow()
    monkeypatch.setattr("core.web.sign_in.utcnow", lambda: now)
    for _ in range(5):
        assert sign_in(client, staff, "wrong password here").status_code == 200
    waits = []
    for _ in range(4):
        held = sign_in(client, staff)
        assert held.status_code == 429  # the right password, too soon
        waits.append(int(held.headers["Retry-After"]))
        now += timedelta(seconds=waits[-1])
        assert sign_in(client, staff, "wrong password here").status_code == 200
    assert waits == [5, 10, 20, 40]
    now += timedelta(seconds=80)
    assert sign_in(client, staff).status_code == 302
    assert is_in(client)


def test_unknown_accounts_are_held_up_alike(client, staff):
    answers = []
    for email in (staff.email, "nobody@example.org"):
        codes = [sign_in(client, email, "wrong password here").status_code for _ in range(6)]
        answers.append(codes)
    assert answers == [[200] * 5 + [429]] * 2


def test_a_stranger_elsewhere_locks_nobody_out(client, session, staff):
    for _ in range(8):
        client.post(
            "/account/login",
            data={"email": staff.email, "password": "wrong password here"},
            environ_base={"REMOTE_ADDR": "203.0.113.9"},
        )
    assert sign_in(client, staff).status_code == 302


def test_one_address_guessing_at_many_accounts_is_held_up(client, session, monkeypatch):
    monkeypatch.setattr(passwords, "verify", lambda stored, password: False)  # thirty hashes would show no more
    for n in range(30):
        assert sign_in(client, f"person{n}@example.com", "wrong password here").status_code == 200
    assert sign_in(client, "person31@example.com", "wrong password here").status_code == 429


def test_a_busy_office_is_not_held_up_by_its_own_sign_ins(app, client, session, staff, monkeypatch):
    monkeypatch.setattr(passwords, "verify", lambda stored, password: True)
    for _ in range(35):
        assert sign_in(app.test_client(), staff).status_code == 302
    session.commit()
    assert [t.failures for t in session.query(Throttle)] == [0]


def test_counters_name_nobody(client, session, staff):
    sign_in(client, staff, "wrong password here")
    session.commit()
    keys = [t.key for t in session.query(Throttle)]
    assert len(keys) == 3
    assert all(len(key) == 64 and "staff" not in key for key in keys)


AWAY = [
    "/\\evil.example",
    "//evil.example",
    "///evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "https://evil.example/",
    "http:evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "//localhost@evil.example",
    "https://localhost.evil.example/",
    "evil.example",
]


@pytest.mark.parametrize("how", ["query", "form"])
def test_next_never_leaves_the_site(app, client, session, staff, how):
    data = {"email": staff.email, "password": factories.PASSWORD}
    for target in AWAY:
        sent = {"query_string": {"next": target}} if how == "query" else {}
        answer = client.post("/account/login", data=data if sent else {**data, "next": target}, **sent)
        assert (answer.status_code, answer.location) == (400, None), target
    assert client.get("/account/login", query_string={"next": AWAY[0]}).status_code == 400
    assert not is_in(client)


def test_next_that_looks_odd_but_stays(client, staff):
    """An encoded slash is part of a path; the browser does not decode it."""
    location = sign_in(client, staff, next="/%09/evil.example").location
    assert location.startswith("/%25")


def test_next_is_followed_on_this_site(client, staff):
    assert client.get("/account/sessions?x=1").location == "/account/login?next=/account/sessions?x%3D1"
    answer = sign_in(client, staff, next="/account/sessions?x=1")
    assert answer.location == "/account/sessions?x=1"


@pytest.mark.usefixtures("csrf")
def test_sign_in_and_out_need_their_token(client, staff):
    data = {"email": staff.email, "password": factories.PASSWORD}
    assert client.post("/account/login", data=data).status_code == 400
    before = client.token()
    assert client.post("/account/login", data={**data, "csrf_token": before}).status_code == 302
    assert client.post("/account/logout").status_code == 400
    assert (
        client.post("/account/logout", data={"csrf_token": before}).status_code == 400
    )  # a planted token is worthless
    assert is_in(client)
    token = client.token("/account/change")
    assert client.post("/account/logout", data={"csrf_token": token}).status_code == 302
    assert not is_in(client)


def test_json_is_not_taken_for_a_form(client, staff):
    answer = client.post("/account/login", json={"email": staff.email, "password": factories.PASSWORD})
    assert answer.status_code == 415
    assert not is_in(client)


def test_no_token_but_a_session_signs_in(app, client, session, staff):
    session.commit()
    with app.test_request_context():
        token = session.get(User, staff.id).get_auth_token()
    assert client.get("/account", headers={"Authentication-Token": token}).status_code == 302
    assert client.get("/account", query_string={"auth_token": token}).status_code == 302


@pytest.mark.parametrize("page", ["/account/tf-rescue", "/account/tf-select"])
def test_pages_of_the_library_that_we_do_not_use_are_closed(client, client_as, staff, page):
    assert client.get(page).status_code == 302
    assert client_as(staff).get(page).status_code == 403


class TestDemonstrationAccounts:
    @pytest.fixture
    def visitor(self, session, totp_secret) -> User:
        return factories.user(
            session,
            Role.APPROVER,
            district=factories.district(session),
            demonstration=True,
            second_factor=totp_secret,
        )

    @pytest.fixture
    def production(self, app, settings):
        """The same application, told that it is in production."""
        app.extensions["settings"] = replace(settings, environment=Environment.PRODUCTION)

    def test_the_code_is_shown_so_that_a_visitor_needs_no_authenticator(self, client, visitor, code_of):
        assert sign_in(client, visitor).location == "/account/tf-validate?next=/"
        page = client.get("/account/tf-validate").text
        assert code_of(visitor) in page

    def test_the_code_shown_is_one_that_works_also_right_after_another(self, app, client, visitor, code_of):
        for _ in range(2):
            browser = app.test_client()
            sign_in(browser, visitor)
            [code] = re.findall(r"\b\d{6}\b(?=</code>)", browser.get("/account/tf-validate").text)
            assert browser.post("/account/tf-validate", data={"code": code}).status_code == 302
            assert is_in(browser)

    def test_nobody_else_is_shown_a_code(self, client, session, totp_secret, code_of):
        real = factories.user(session, Role.APPROVER, district=factories.district(session), second_factor=totp_secret)
        sign_in(client, real)
        page = client.get("/account/tf-validate")
        assert page.status_code == 200
        assert "demonstration-code" not in page.text
        assert code_of(real) not in page.text

    @pytest.mark.usefixtures("production")
    def test_refused_in_production_like_any_wrong_password(self, client, visitor, staff):
        refused = sign_in(client, visitor)
        assert refused.status_code == 200
        assert sentence(refused) == sentence(sign_in(client, staff, "wrong password here"))
        assert not is_in(client)

    def test_out_at_once_where_a_site_becomes_production(self, app, settings, client_as, visitor):
        browser = client_as(visitor)
        assert is_in(browser)
        app.extensions["settings"] = replace(settings, environment=Environment.PRODUCTION)
        assert not is_in(browser)

    def test_no_code_in_production_even_half_way_in(self, app, settings, client, visitor, code_of):
        sign_in(client, visitor)
        app.extensions["settings"] = replace(settings, environment=Environment.PRODUCTION)
        assert code_of(visitor) not in client.get("/account/tf-validate").text
