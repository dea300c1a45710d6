"""What holds for every request, from the URL map: reading writes nothing, nothing is written without a token, each
answer carries its headers, what is not there is not found, and what is too large or no letter is told so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from core.config import Settings
from core.data import models as m
from core.extensions import csrf
from core.web.access import PUBLIC, SIGNED_IN, access_of
from core.web.downloads import TAKEN
from tests.integration.asking import contents, reads_that_write
from tests.integration.conftest import Client
from tests.integration.worlds import OWN_ACCOUNT, ROWS, World, address
from tests.scenes import Scene, paper

pytestmark = pytest.mark.one_engine

MB = 1024 * 1024
UNKNOWN = 999_999
# What is posted by no page of ours, and so without a token: Stripe's signature stands in its place. This list is read
# by people.
WITHOUT_TOKEN = {"online.webhook"}


def every_rule(app: Flask, method: str) -> list[Rule]:
    """All rules with this method, the account pages too; the design pages are not part of the product."""
    known = [r for r in app.url_map.iter_rules() if r.endpoint != "static" and not r.endpoint.startswith("design.")]
    return [r for r in known if method in (r.methods or set())]


@pytest.fixture
def clients(app: Flask, worlds: tuple[World, World], client_as: Callable[..., Client]) -> dict[str, Client]:
    """A browser of each role of one's own world, and of nobody."""
    return {"anonymous": app.test_client()} | {role: client_as(user) for role, user in worlds[0].users.items()}  # type: ignore[dict-item]


@pytest.fixture
def who_may(app: Flask, worlds: tuple[World, World]) -> Callable[[Rule], str]:
    """`who_may(rule)`: a role that may open it."""

    def role(rule: Rule) -> str:
        with app.app_context():
            access = access_of(rule.endpoint)
        if access == PUBLIC or access is None:
            return "anonymous"
        if access == SIGNED_IN:
            return "founder"
        users = worlds[0].users
        return next(name for name, user in users.items() if user.memberships[0].role in access)

    return role


@pytest.mark.slow
def test_reading_writes_nothing(
    app: Flask, engine: Engine, worlds: tuple[World, World], clients: dict[str, Client]
) -> None:
    addresses = [address(app, rule, worlds[0]) for rule in every_rule(app, "GET")]
    assert len(addresses) > 30
    assert reads_that_write(engine, clients, addresses) == []
    signed_out = [role for role, client in clients.items() if client.get("/account").status_code != 200]
    assert signed_out == ["anonymous"], "reading ends no session either"


def test_taking_a_list_is_on_the_trail(
    session: Session, worlds: tuple[World, World], clients: dict[str, Client]
) -> None:
    mine = worlds[0]
    with clients["operator"].get("/tenants/export?format=csv") as answer:
        assert mine.tenant.name in answer.text
    event = session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == TAKEN)).one()
    assert event.actor_id == mine.users["operator"].id
    assert event.operator_id == mine.scene.operator.id
    assert event.detail == {"list": "tenants", "rows": 1, "format": "csv"}


def exempted(app: Flask, endpoint: str) -> bool:
    view = app.view_functions[endpoint]
    return f"{view.__module__}.{view.__name__}" in csrf._exempt_views


@pytest.mark.usefixtures("csrf")
def test_without_a_token_nothing_is_posted(
    app: Flask,
    session: Session,
    engine: Engine,
    worlds: tuple[World, World],
    clients: dict[str, Client],
    who_may: Callable[[Rule], str],
) -> None:
    session.commit()
    before = contents(engine)
    answers = {}
    exempt = {rule.endpoint for rule in every_rule(app, "POST") if exempted(app, rule.endpoint)}
    assert exempt == WITHOUT_TOKEN
    for rule in every_rule(app, "POST"):
        if rule.endpoint in exempt:
            continue
        for role in {"anonymous", who_may(rule)}:
            for token in ({}, {"csrf_token": "made-up"}):
                answers[f"{role} {rule} {token}"] = clients[role].post(address(app, rule, worlds[0]), data=token)
    assert len(answers) > 60
    assert {where: a.status_code for where, a in answers.items() if a.status_code != 400} == {}
    assert contents(engine) == before


@pytest.mark.usefixtures("csrf")
def test_a_token_is_worth_nothing_in_another_browser(clients: dict[str, Client], worlds: tuple[World, World]) -> None:
    mine = worlds[0]
    data = {"opinion": "意见意见", "csrf_token": clients["second"].token("/home/desk")}
    at = f"/cases/{mine.case.id}/moves/close"
    assert clients["payer"].post(at, data=data).status_code == 400
    # With one's own the request is judged on its merits: the step is not possible yet.
    data["csrf_token"] = clients["payer"].token("/home/desk")
    assert clients["payer"].post(at, data=data).status_code == 409


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def wrong_headers(headers: Any, *, signed_in: bool) -> Iterator[str]:
    for name, value in HEADERS.items():
        if headers.get(name) != value:
            yield f"{name}: {headers.get(name)}"
    policy = headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "unsafe" in policy:
        yield f"Content-Security-Policy: {policy}"
    if "camera=" not in headers.get("Permissions-Policy", ""):
        yield "Permissions-Policy"
    if signed_in and "no-store" not in headers.get("Cache-Control", ""):
        yield f"Cache-Control: {headers.get('Cache-Control')}"
    for cookie in headers.getlist("Set-Cookie"):
        if "HttpOnly" not in cookie or "SameSite=Lax" not in cookie:
            yield f"Set-Cookie: {cookie.partition('=')[0]}"


def test_every_answer_carries_the_headers(
    app: Flask, worlds: tuple[World, World], clients: dict[str, Client], who_may: Callable[[Rule], str]
) -> None:
    """Of every route: to who may open it, to nobody in particular, and to a method it does not have."""
    problems, statuses = [], set()
    for rule in every_rule(app, "GET") + every_rule(app, "POST"):
        for role, method in ((who_may(rule), "GET"), ("anonymous", "GET"), ("platform", "DELETE")):
            with clients[role].open(address(app, rule, worlds[0]), method=method) as answer:
                statuses.add(answer.status_code)
                found = wrong_headers(answer.headers, signed_in=role != "anonymous")
                problems += [f"{role} {method} {rule} {answer.status_code}: {p}" for p in found]
    assert problems == []
    assert {200, 302, 404, 405} <= statuses


@pytest.mark.parametrize(("language", "word"), [("zh_Hans_CN", "没有找到"), ("en", "Not found")])
def test_what_is_not_there_is_not_found_in_the_readers_language(
    app: Flask,
    worlds: tuple[World, World],
    clients: dict[str, Client],
    who_may: Callable[[Rule], str],
    language: str,
    word: str,
) -> None:
    asked = [
        (rule, method, address(app, rule, worlds[0], **dict.fromkeys(rule.arguments & ROWS, UNKNOWN)))
        for method in ("GET", "POST")
        for rule in every_rule(app, method)
        if rule.arguments & ROWS and not rule.endpoint.startswith(OWN_ACCOUNT)
    ]
    assert len(asked) >= 12
    for rule, method, at in asked:
        client = clients[who_may(rule)]
        client.set_cookie("lang", language)
        not_found(client.open(at, method=method), word, language)
    for role in ("anonymous", "window"):
        clients[role].set_cookie("lang", language)
        not_found(clients[role].get("/no/such/page"), word, language)
        not_found(clients[role].get("/policies/no-such-policy"), word, language)


def not_found(answer: Any, word: str, language: str) -> None:
    assert answer.status_code == 404, answer.request.path
    page = answer.get_data(as_text=True)
    assert word in page
    assert f'<html lang="{"en" if language == "en" else "zh-Hans"}">' in page
    if language == "en":
        told = re.search(r"<article.*</article>", page, re.DOTALL)
        assert told, page
        assert not re.search(r"[\u4e00-\u9fff]", told[0]), f"{answer.request.path} answers in Chinese: {told[0]}"


# ── too large ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def draft(app: Flask, session: Session, settings: Settings) -> tuple[m.User, m.Case]:
    with app.app_context():
        scene = Scene(session, app.extensions["registry"], settings.files)
        founder = scene.founder_of(tenant := scene.tenant())
        return founder, scene.empty_draft(tenant, founder)


def send(client: Client, at: str, size: int, name: str = "大.pdf") -> TestResponse:
    """Upload a PDF of so many bytes: a blank page, and spaces after it."""
    body = paper()
    answer = client.post(at, data={"file": (BytesIO(body + b" " * (size - len(body))), name)})
    answer.request.environ["wsgi.input"].close()  # the test client forgets the file it sent from
    return answer


@pytest.mark.parametrize(("size", "status"), [(20 * MB + 1, 422), (21 * MB, 413)])
def test_a_paper_that_is_too_large_is_told_so(
    draft: tuple[m.User, m.Case],
    client_as: Callable[..., Client],
    settings: Settings,
    session: Session,
    size: int,
    status: int,
) -> None:
    founder, case = draft
    answer = send(client_as(founder), f"/cases/{case.id}/documents/lease", size)
    assert answer.status_code == status
    assert re.search(r"20 ?MB", answer.text)
    assert "压缩" in answer.text
    assert session.query(m.StoredFile).count() == 0
    assert not any(settings.files.rglob("*"))


def test_a_paper_that_is_just_not_too_large_is_taken(
    draft: tuple[m.User, m.Case], client_as: Callable[..., Client], session: Session
) -> None:
    """Twenty megabytes are allowed, and then so is what the form needs around them."""
    founder, case = draft
    answer = send(client_as(founder), f"/cases/{case.id}/documents/lease", 20 * MB)
    assert answer.status_code == 302, answer.text
    assert session.query(m.StoredFile.size).scalar() == 20 * MB


def test_a_workbook_that_is_too_large_is_told_so(worlds: tuple[World, World], client_as: Callable[..., Client]) -> None:
    answer = send(client_as(worlds[0].users["operator"]), "/imports", 21 * MB, "大.xlsx")
    assert answer.status_code == 413
    assert "20 MB" in answer.text


# ── no letter ────────────────────────────────────────────────────────────────────────────────────────────────────────
NO_LETTERS = {
    "garbage": (b"\x00\xff garbage", "无法判断"),
    "a web page": (b"<html>" * 1000, "无法判断"),
    "the header alone": (b"%PDF-1.7\n", "无效"),
    "another PDF": (paper(), "无效"),
    "half a PDF": (paper()[: len(paper()) // 2], "无效"),
}


@pytest.mark.parametrize("what", NO_LETTERS)
def test_what_is_no_letter_is_never_valid(client: Client, what: str) -> None:
    body, word = NO_LETTERS[what]
    answer = client.post("/verify", data={"file": (BytesIO(body), "通知书.pdf")})
    assert answer.status_code == 200
    verdict = re.search(r'class="verdict[^"]*".*?<b>(.*?)</b>', answer.text, re.DOTALL)
    assert verdict, answer.text
    assert verdict[1] == word


@pytest.mark.parametrize("name", [None, "", "空.pdf"])
def test_nothing_to_verify_is_told_so(client: Client, name: str | None) -> None:
    answer = client.post("/verify", data={} if name is None else {"file": (BytesIO(b""), name)})
    assert answer.status_code == 422
    assert "没有收到文件" in answer.text


def test_a_letter_that_is_too_large_is_told_so(client: Client) -> None:
    answer = send(client, "/verify", 25 * MB)
    assert answer.status_code == 413
    assert "20 MB" in answer.text
