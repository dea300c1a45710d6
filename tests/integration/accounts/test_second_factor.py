"""Codes and recovery codes: privileged roles work only with them, and each opens the door once."""

from __future__ import annotations

import re
import threading

import pytest

from core.data.models import OFFICERS, PRIVILEGED_ROLES, Role, User
from core.web.accounts import CONFIG
from tests import factories
from tests.integration.accounts.conftest import give_code, is_in, sign_in

pytestmark = pytest.mark.one_engine


@pytest.fixture
def district(session):
    return factories.district(session)


@pytest.fixture
def approver(session, district, totp_secret) -> User:
    return factories.user(session, Role.APPROVER, district=district, second_factor=totp_secret)


def test_password_alone_is_half_way(client, approver, code_of):
    assert sign_in(client, approver).location.startswith("/account/tf-validate")
    assert not is_in(client)
    assert give_code(client, code_of(approver), next="/account/leave").location == "/account/leave"
    assert is_in(client)


def test_a_code_works_once(app, client, session, approver, code_of, events):
    code = code_of(approver)
    sign_in(client, approver)
    give_code(client, code)
    other = app.test_client()
    sign_in(other, approver)
    again = give_code(other, code)
    assert "验证码不正确或已用过" in again.text
    assert not is_in(other)
    assert [e.detail for e in events("account.refused")] == [{"what": "code"}]
    # An older code within the window is worthless too.
    assert "验证码不正确或已用过" in give_code(other, code_of(approver, -1)).text
    assert give_code(other, code_of(approver, 1)).status_code == 302


def test_one_code_at_one_moment_from_two_places(app, client, session, approver, code_of):
    code = code_of(approver)
    browsers = [app.test_client(), app.test_client()]
    for browser in browsers:
        sign_in(browser, approver)
    session.commit()
    start, answers = threading.Barrier(2), []

    def enter(browser):
        start.wait()
        answers.append(super(type(browser), browser).post("/account/tf-validate", data={"code": code}).status_code)

    threads = [threading.Thread(target=enter, args=(b,)) for b in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 302]


def test_codes_far_from_now_do_not_work(client, approver, code_of):
    sign_in(client, approver)
    for steps in (-3, 3):
        assert give_code(client, code_of(approver, steps)).status_code == 200
    assert not is_in(client)


def test_guessing_codes_is_held_up(client, session, approver, code_of):
    sign_in(client, approver)
    right = code_of(approver)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    assert [give_code(client, wrong).status_code for _ in range(6)] == [200] * 5 + [429]
    assert give_code(client, right).status_code == 429
    assert not is_in(client)


@pytest.mark.parametrize("role", sorted(PRIVILEGED_ROLES))
def test_privileged_roles_do_nothing_before_a_second_factor_is_set_up(client, session, district, role):
    user = factories.user(session, role, district=None if role in OFFICERS else district)
    sign_in(client, user)
    for page in ("/account", "/people", "/", "/account/sessions", "/account/change", "/cases", "/letters"):
        assert client.get(page).location == "/account/tf-setup", page
    assert client.post("/people/invite", data={}).location == "/account/tf-setup"
    assert client.get("/account/tf-setup").status_code == 200
    assert client.post("/account/logout").status_code == 302


def test_lent_privileged_roles_need_it_too(client, session, district, approver):
    from tests.integration.accounts.test_leave import lend

    window = factories.user(session, Role.WINDOW, district=district)
    sign_in(client, window)
    assert is_in(client)
    lend(session, approver, window)
    assert client.get("/account").location == "/account/tf-setup"


def set_up(client, app) -> str:
    """Go through set-up as a person does; returns the answer's location."""
    page = client.post("/account/tf-setup", data={"setup": "authenticator"}).text
    secret = re.search(r'class="secret">([A-Z0-9 -]+)<', page)[1].replace(" ", "").replace("-", "")
    action = re.search(r'action="(/account/tf-setup/[^"]+)"', page)[1]
    with app.app_context():
        code = app.extensions["security"].totp_factory._totp(key=secret).generate().token
    return client.post(action, data={"code": code}).location


def test_set_up_then_recovery_codes_then_work(app, client, session, district, events):
    user = factories.user(session, Role.APPROVER, district=district)
    sign_in(client, user)
    assert set_up(client, app) == "/account/mf-recovery-codes"
    assert is_in(client)
    assert events("account.second_factor_set")[0].subject_id == user.id
    shown = client.post("/account/mf-recovery-codes", data={"generate_new_codes": "1"}).text
    codes = re.findall(r"<li>([0-9a-f-]{14})</li>", shown)
    assert len(codes) == len(set(codes)) == 10
    session.commit()
    stored = session.get(User, user.id).mf_recovery_codes
    assert len(stored) == 10
    assert not any(code in str(stored) or code.replace("-", "") in str(stored) for code in codes)
    assert not re.search(r"[0-9a-f]{4}-[0-9a-f]{4}", client.get("/account/mf-recovery-codes?show_codes=1").text)
    assert len(events("account.recovery_codes_made")) == 1


def test_a_session_from_before_set_up_does_not_profit_from_it(app, client, session, district):
    """Whoever knew only the password and waited on the set-up page is out."""
    user = factories.user(session, Role.APPROVER, district=district)
    waiting = app.test_client()
    sign_in(waiting, user)
    sign_in(client, user)
    set_up(client, app)
    assert is_in(client)
    assert waiting.get("/account").location.startswith("/account/login")


def recovery_codes(client) -> list[str]:
    page = client.post("/account/mf-recovery-codes", data={"generate_new_codes": "1"}).text
    return re.findall(r"<li>([0-9a-f-]{14})</li>", page)


def test_a_recovery_code_works_once(app, client, client_as, approver, events):
    first, second, *_ = recovery_codes(client_as(approver))
    for given, works in ((first.upper().replace("-", " "), True), (first, False), (second, True)):
        browser = app.test_client()
        sign_in(browser, approver)
        browser.post("/account/mf-recovery", data={"code": given})
        assert is_in(browser) is works, given
    assert [e.detail["left"] for e in events("account.recovery_code_used")] == [9, 8]
    assert [e.detail["what"] for e in events("account.refused")] == ["recovery code"]


def test_guessing_recovery_codes_is_held_up(client, approver):
    sign_in(client, approver)
    guesses = [client.post("/account/mf-recovery", data={"code": f"0000-0000-000{n}"}).status_code for n in range(6)]
    assert guesses == [200] * 5 + [429]


def test_recovery_needs_the_password_first(client):
    assert client.get("/account/mf-recovery").status_code == 302
    assert client.post("/account/mf-recovery", data={"code": "0000-0000-0000"}).location.endswith("/account/login")


def test_privileged_roles_keep_it(client_as, session, approver):
    browser = client_as(approver)
    assert 'value="disable"' not in browser.get("/account/tf-setup").text
    answer = browser.post("/account/tf-setup", data={"setup": "disable"})
    assert "不能停用" in answer.text
    session.commit()
    assert session.get(User, approver.id).tf_primary_method


def test_others_may_give_it_up(app, client_as, session, totp_secret, events):
    operator = factories.operator(session, factories.district(session))
    user = factories.user(session, Role.OPERATOR_STAFF, operator=operator, second_factor=totp_secret)
    elsewhere = client_as(user)
    browser = client_as(user)
    browser.post("/account/tf-setup", data={"setup": "disable"})
    session.commit()
    assert session.get(User, user.id).tf_primary_method is None
    assert [e.success for e in events("account.second_factor_removed")] == [True]
    assert is_in(browser)
    assert not is_in(elsewhere)


@pytest.mark.parametrize("method", ["sms", "email", "webauthn", ""])
def test_no_other_method_is_taken(client_as, session, approver, method):
    browser = client_as(approver)
    assert browser.post("/account/tf-setup", data={"setup": method}).status_code == 200
    session.commit()
    assert session.get(User, approver.id).tf_primary_method == "authenticator"


def test_changing_it_asks_for_the_password_again(client_as, session, approver, monkeypatch):
    browser = client_as(approver)
    import time

    later = time.time() + 3600
    monkeypatch.setattr(
        "flask_security.utils.aware_utcnow",
        lambda: __import__("datetime").datetime.fromtimestamp(later, __import__("datetime").UTC),
    )
    answer = browser.post("/account/tf-setup", data={"setup": "authenticator"})
    assert answer.location.startswith("/account/verify")


def test_parameters():
    options = CONFIG["SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS"]
    assert options == {"argon2__memory_cost": 19456, "argon2__time_cost": 2, "argon2__parallelism": 1}
    assert CONFIG["SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY"] == 30
