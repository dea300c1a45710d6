"""What auditors look at is on the trail: once, with what it was, without what it said; and for whom it is to read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.data import models as m
from core.extensions import db
from core.web import looking
from core.web.access import PUBLIC, access_of, is_open_to, roles
from core.web.views import look_words, reads
from core.web.views.lists import Table
from tests import factories as f
from tests.integration.conftest import Client
from tests.integration.looks.conftest import House, looks
from tests.integration.worlds import World, address

# Pages that auditors open and that leave nothing in the trail. This list is read by people: adding to it is a decision.
WITHOUT_A_WORD = {
    "home.index", "home.mine", "language.choose", "health.healthz",
    # Their own account, notices, leave, and what they looked at themselves.
    "auth.account", "auth.sessions", "auth.end", "auth.accept", "auth.leave",
    "security.change_password", "security.forgot_password", "security.login", "security.mf_recovery",
    "security.mf_recovery_codes", "security.reset_password", "security.two_factor_setup",
    "security.two_factor_token_validation", "security.verify", "security.logout",
    "notices.index", "notices.show", "notices.export", "officers.reads", "officers.reads_export",
    # What is the same for everybody: policies, the calendar, published notices, the heads of the log.
    "policies.index", "policies.show", "parameters.index", "parameters.export", "holidays.index", "public.verify",
    "announcements.index", "announcements.show", "announcements.paper", "calendars.feed", "transparency.index",
    "transparency.checkpoint", "transparency.public_keys", "transparency.script",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.one_engine
def test_every_page_that_opens_leaves_a_word_but_those_that_were_reviewed(
    app: Flask,
    session: Session,
    worlds: tuple[World, World],
    client_as: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[Table] = []
    narrowed_of = Table._narrowed
    monkeypatch.setattr(Table, "_narrowed", lambda table, state: (shown.append(table), narrowed_of(table, state))[1])
    auditor = worlds[0].users["auditor"]
    browser = client_as(auditor)
    silent, opened = set(), 0
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint.startswith("design.") or rule.endpoint == "static":
            continue
        before = len(looks(session, auditor))
        with browser.get(address(app, rule, worlds[0])) as answer:
            if answer.status_code != 200:
                continue
        opened += 1
        if len(looks(session, auditor)) == before:
            silent.add(rule.endpoint)
    assert opened > 60
    assert silent <= WITHOUT_A_WORD
    of_lists = {it["list"] for event in looks(session, auditor) for it in event.detail.get("lists", ())}
    assert of_lists <= {*look_words.LISTS}
    narrowed = {key for table in shown for it in table.filters for key in it.keys}
    words = {*look_words.KEYS, *look_words.OBJECTS}
    assert narrowed - {"object", "since", "read", "group"} <= words  # those are of one's own pages
    with app.app_context():
        unlogged = {
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or set())
            and (is_open_to(rule.endpoint, m.Role.AUDITOR) or access_of(rule.endpoint) == PUBLIC)
            and not looking.is_logged(rule.endpoint)
            and not rule.endpoint.startswith(("design.", "static"))
        }
    assert unlogged <= WITHOUT_A_WORD


def test_it_says_which_thing(session: Session, house: House, auditor: m.User, browser: Client) -> None:
    assert browser.get(f"/tenants/{house.tenant.id}").status_code == 200
    (page,) = looks(session, auditor)
    assert (page.action, page.subject_type, page.subject_id) == ("read.tenant", "tenant", house.tenant.id)
    assert page.detail == {"page": "tenants.show"}
    assert page.district_id == house.district.id


@pytest.mark.one_engine
def test_each_thing_that_an_address_names_has_a_word(app: Flask) -> None:
    with app.app_context():
        opened = [
            rule
            for rule in app.url_map.iter_rules()
            if is_open_to(rule.endpoint, m.Role.AUDITOR) and looking.is_logged(rule.endpoint)
        ]
    named = {name for rule in opened for name in rule.arguments}
    assert {name.removesuffix("_id") for name in named if name.endswith("_id")} <= {*look_words.OBJECTS}
    assert {name for name in named if not name.endswith("_id")} <= {*look_words.KEYS}


@pytest.mark.one_engine
def test_each_page_has_words(app: Flask) -> None:
    with app.app_context(), app.test_request_context():
        opened = {
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if is_open_to(rule.endpoint, m.Role.AUDITOR)
            and looking.is_logged(rule.endpoint)
            and access_of(rule.endpoint) != PUBLIC
        }
        assert [endpoint for endpoint in sorted(opened) if reads.page_word(endpoint) == endpoint] == []
        assert reads.page_word("letter_papers.page") == "通知书 · 图像"
        assert reads.page_word("relations.index") == "关联图"
        assert reads.page_word("gone.show") == "gone.show"


@pytest.mark.one_engine
def test_the_innermost_thing_of_an_address_and_what_it_is_in() -> None:
    named = {"case_id": 7, "document_id": 9, "number": 2}
    told = ("document", 9, {"page": "case_papers.page", "of_case": 7, "number": "2"})
    assert looking.what("case_papers.page", named, {}, []) == told
    assert looking.what("letters.index", {}, {}, [])[:2] == ("", None)


def test_the_same_within_a_minute_is_one_look(
    session: Session, house: House, auditor: m.User, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = f"/tenants/{house.tenant.id}"
    monkeypatch.setattr(looking, "AGAIN", timedelta(hours=1))  # a busy machine takes its minutes
    for _ in range(3):
        browser.get(at)
    assert len(looks(session, auditor)) == 1
    browser.get(at + "?tab=2")
    assert len(looks(session, auditor)) == 2, "not the same page"
    monkeypatch.setattr(looking, "AGAIN", timedelta(0))
    browser.get(at)
    assert len(looks(session, auditor)) == 3


def test_lists_say_filters_and_rows_and_never_what_was_typed(
    session: Session, house: House, auditor: m.User, browser: Client
) -> None:
    number = "110101199003071233"
    assert browser.get(f"/tenants?q={number}&stage=incubator&from=2026-01-01&name=张三").status_code == 200
    assert browser.get("/tenants/export?format=csv&q=zhangsan").status_code == 200
    page, file = looks(session, auditor)
    (shown,) = page.detail["lists"]
    assert (shown["list"], shown["stage"], shown["rows"]) == ("tenants", "incubator", 0)
    assert page.detail["asked"]["from"] == "2026-01-01"
    assert file.detail["asked"] == {"format": "csv"}
    assert file.detail["lists"][0]["rows"] == 0
    for event in (page, file):
        for word in (number, "张三", "zhangsan"):
            assert word not in str(event.detail)
        assert event.detail["lists"][0]["q"].startswith("#")


def test_what_cannot_be_written_is_not_shown(
    session: Session, house: House, auditor: m.User, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    monkeypatch.setattr(looking, "record", full)
    for at in (f"/tenants/{house.tenant.id}", "/tenants", "/tenants/export?format=csv"):
        answer = browser.get(at)
        assert answer.status_code == 503
        assert "查阅记录没有写成" in answer.text
        assert house.tenant.name not in answer.text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert looks(session, auditor) == []


def test_what_was_refused_or_moved_on_is_no_look(
    session: Session, house: House, auditor: m.User, browser: Client
) -> None:
    assert browser.get(f"/tenants/{house.foreign.id}").status_code == 404
    assert browser.get("/people").status_code == 403
    assert browser.get("/").status_code == 302
    assert looks(session, auditor) == []


def test_what_is_others_to_send_is_refused_with_a_sentence(session: Session, auditor: m.User, browser: Client) -> None:
    answer = browser.post("/cases/1/waiver", data={"reason": "本岗位仅一人"})
    assert answer.status_code == 403
    assert "请写成审计发现" in answer.text
    assert looks(session, auditor) == []


def test_others_leave_none(session: Session, house: House, client_as: Callable[..., Client]) -> None:
    window = f.user(session, m.Role.WINDOW, district=house.district)
    assert client_as(window).get("/letters").status_code == 200
    assert looks(session, window) == []


def test_what_a_form_gave_out_is_a_look_too(
    session: Session, house: House, auditor: m.User, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Picked rows come as a file by POST; and what the same request changed stands."""
    taken = {"ids": [house.tenant.id, house.foreign.id], "format": "csv"}
    answer = browser.post("/tenants/bulk/export", data=taken)
    assert house.tenant.name in answer.get_data().decode("utf-8-sig")
    (file,) = looks(session, auditor)
    (shown,) = file.detail["lists"]
    assert file.detail["page"] == "bulk.tenants_export"
    assert (shown["list"], shown["rows"], shown["ids"]) == ("tenants", 1, sorted(taken["ids"]))
    assert browser.post("/letters/person", data={"id_number": "110101"}).status_code == 422
    (refused,) = looks(session, auditor)[1:]
    assert refused.detail["lists"][0]["list"] == "letters", "a form that is refused shows its page again"
    assert browser.post(f"/tenants/{house.tenant.id}/bulk").status_code == 404
    assert len(looks(session, auditor)) == 2

    def full(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    monkeypatch.setattr(looking, "record", full)
    answer = browser.post("/tenants/bulk/export", data={"ids": [house.tenant.id]})
    assert answer.status_code == 503
    assert house.tenant.name.encode() not in answer.get_data()


@pytest.mark.one_engine
def test_the_look_at_a_form_does_not_take_back_what_it_did(
    app: Flask, session: Session, house: House, auditor: m.User, browser: Client
) -> None:
    def view(tenant_id: int) -> str:
        own = db.session.get_one(m.User, auditor.id)
        own.name = "新的名字"
        return "done"

    app.add_url_rule("/planted/<int:tenant_id>", "planted", roles(m.Role.AUDITOR)(view), methods=["POST"])
    assert browser.post(f"/planted/{house.tenant.id}").status_code == 200
    session.expire_all()
    assert auditor.name == "新的名字"
    (look,) = looks(session, auditor)
    assert (look.subject_type, look.subject_id) == ("tenant", house.tenant.id)


@pytest.mark.one_engine
def test_amounts_and_columns_are_told_and_what_was_typed_is_not(app: Flask) -> None:
    columns = ",".join(f"column_{letter}" for letter in "abcdefghijkl")
    asked = {"columns": columns, "from": "2026-01-01", "name": "138001", "q": "99", "seen": "7-done"}
    lists = [{"list": "letters", "amount_from": "1000.00", "amount_to": "1380013800013", "q": "110101", "rows": 3}]
    with app.app_context():
        _kind, _id, detail = looking.what("letters.index", {}, asked, lists)
    (shown,) = detail["lists"]
    assert detail["asked"]["columns"] == columns
    assert detail["asked"]["from"] == "2026-01-01"
    assert detail["asked"]["name"].startswith("#")
    assert "seen" not in detail["asked"]
    assert shown["amount_from"] == "1000.00"
    assert shown["amount_to"].startswith("#")
    assert shown["q"].startswith("#")


def test_nothing_new_is_no_look(session: Session, auditor: m.User, browser: Client) -> None:
    assert browser.get("/replays").status_code == 200
    for _ in range(2):  # no run yet, so its mark is empty
        assert browser.get("/replays?seen=", headers={"HX-Request": "true"}).status_code == 204
    assert len(looks(session, auditor)) == 1
