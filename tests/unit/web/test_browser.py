"""The components in a real Chromium: accessible by axe, no wider than a phone, and alive under the keyboard."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, Response, jsonify, render_template_string, request
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright
from werkzeug.serving import make_server

from tests.support.browser import DESKTOP, PHONE, launch

from .conftest import make_app

# A browser that leaves a page hangs up while a file is still being sent; Werkzeug leaves the file to the collector.
pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")]
PAGES = (
    "/design/?notice=1",
    "/design/list",
    "/design/list?q=none-such",
    "/design/case",
    "/design/errors/409",
    "/design/security/login_user?error=1",
    "/design/security/two_factor_setup?chosen=1",
    "/design/security/mf_recovery_codes?codes=1",
    "/design/security/change_password",
)
DRAFT = """{% extends "base.html" %}
{% from "components/forms.html" import autosave_status %}
{% block content %}<h1>x</h1><form data-autosave="/draft" method="post" action="/draft">
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}"><input type="hidden" name="version" value="1">
<div class="field"><label for="n">n</label><input id="n" name="name"></div>{{ autosave_status() }}</form>
{% endblock %}"""
UPLOAD = """{% extends "base.html" %}
{% from "components/files.html" import dropzone %}
{% block content %}<h1>x</h1><form method="post" action="/upload" enctype="multipart/form-data">
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
{{ dropzone('letter', 'x', accept='.pdf', multiple=false, max_mb=1) }}</form>{% endblock %}"""


def pages(app: Flask, seen: dict[str, list[dict[str, str]]]) -> None:
    """Two pages that answer: a draft that saves itself, and an upload."""

    @app.get("/draft")
    def draft() -> str:
        return render_template_string(DRAFT)

    @app.post("/draft")
    def save() -> tuple[Response, int] | Response:
        seen["draft"].append(dict(request.form))
        if request.form["name"] == "taken":
            return Response(status=409)
        if request.form["name"] == "bad":
            return jsonify(errors={"name": "sentence"}), 422
        return jsonify(version=int(request.form["version"]) + 1)

    @app.get("/upload")
    def upload() -> str:
        return render_template_string(UPLOAD)


@pytest.fixture(scope="module")
def seen() -> dict[str, list[dict[str, str]]]:
    return {"draft": []}


@pytest.fixture(scope="module")
def server(seen: dict[str, list[dict[str, str]]]) -> Iterator[str]:
    app = make_app()
    pages(app, seen)
    http = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


# what the browser reported of each page
complaints: dict[Page, list[str]] = {}


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """A desk-sized page that fails the test when the browser reports a refused script, style or a script error."""
    context = browser.new_context(viewport=DESKTOP, locale="zh-CN", base_url=server)
    page = context.new_page()
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if "Content Security" in message.text else None)
    complaints[page] = found
    yield page
    context.close()
    assert complaints.pop(page) == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_accessible_and_no_wider_than_the_screen(page: Page, path: str, size: dict[str, int]) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert complaints[page] == []
    result = Axe().run(page)
    complaints[page].clear()  # axe measures with inline styles, which our policy rightly refuses
    grave = [
        (v["id"], [n["target"] for n in v["nodes"]][:5])
        for v in result.response["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    assert grave == [], json.dumps(grave, ensure_ascii=False)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_the_accessibility_check_finds_a_planted_fault(page: Page) -> None:
    page.goto("/design/errors/404")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert "button-name" in [v["id"] for v in Axe().run(page).response["violations"]]
    complaints[page].clear()


def test_search_refreshes_in_place_and_the_address_follows(page: Page) -> None:
    page.goto("/design/list")
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    with page.expect_response(lambda r: "q=" in r.url and r.request.headers.get("hx-request") == "true"):
        page.keyboard.type("青禾")
    expect(page.locator("tbody tr")).to_have_count(4)
    expect(page.locator("[data-search]")).to_be_focused()  # the box outlives the refresh
    assert "q=%E9%9D%92%E7%A6%BE" in page.url
    page.get_by_role("link", name="毕业").click()
    page.wait_for_url("**/*stage=graduated*")
    assert "q=%E9%9D%92%E7%A6%BE" in page.url
    page.get_by_role("link", name="面积").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("面积")
    page.go_back()
    page.wait_for_url("**/*stage=graduated*")
    expect(page.locator("[data-search]")).to_have_value("青禾")


def test_rows_by_keyboard_and_by_click(page: Page) -> None:
    page.goto("/design/list")
    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("tbody tr").nth(1).locator(".row-link")).to_be_focused()
    address = page.locator("tbody tr").nth(1).locator(".row-link").get_attribute("href")
    page.keyboard.press("Enter")
    assert page.url.endswith(address or "?")
    page.locator("tbody tr").nth(4).locator("td").nth(2).click()
    assert page.url.endswith(page.locator("tbody tr").nth(4).locator(".row-link").get_attribute("href") or "?")


def test_help_and_menus_close_with_escape(page: Page) -> None:
    page.goto("/design/list")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("j")  # not while a window is open
    expect(page.locator("tbody .row-link:focus")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.locator("summary.user").click()
    expect(page.locator(".menu-user .menu-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".menu-user .menu-panel")).to_be_hidden()
    expect(page.locator("summary.user")).to_be_focused()


def test_confirm_dialog_keeps_and_returns_the_focus(page: Page) -> None:
    page.goto("/design/case")
    opener = page.get_by_role("button", name="退回补正").first
    opener.focus()
    page.keyboard.press("Space")
    dialog = page.locator("#sample-danger")
    expect(dialog).to_be_visible()
    expect(dialog.locator("textarea")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_dialog_without_scripts_is_shown_by_its_address(browser: Browser, server: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN", base_url=server)
    page = context.new_page()
    page.goto("/design/case#sample-danger")
    expect(page.locator("#sample-danger")).to_be_visible()
    page.goto("/design/list")
    page.locator("[data-search]").fill("青禾")
    page.get_by_role("button", name="搜索").click()
    expect(page.locator("tbody tr")).to_have_count(4)
    context.close()


def test_phone_navigation(page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto("/design/list")
    expect(page.locator(".side")).to_be_hidden()
    bar = page.get_by_role("navigation", name="手机导航")
    expect(bar).to_be_visible()
    bar.get_by_text("更多").click()
    expect(bar.get_by_text("账单收款")).to_be_visible()
    expect(page.locator("thead")).not_to_be_in_viewport()
    assert page.locator("tbody td").nth(2).evaluate("e => getComputedStyle(e, '::before').content") == '"载体"'


def test_draft_saves_itself_and_says_when_it_cannot(page: Page, seen: dict[str, list[dict[str, str]]]) -> None:
    page.goto("/draft")
    status = page.locator("[data-autosave-status]")
    page.locator("#n").fill("one")
    expect(status).to_have_attribute("data-state", "saved")
    assert seen["draft"][-1]["name"] == "one"
    expect(page.locator("[name=version]")).to_have_value("2")
    page.locator("#n").fill("bad")
    expect(page.locator("[data-autosave-error]")).to_have_text("sentence")
    expect(page.locator("#n")).to_have_attribute("aria-invalid", "true")
    page.locator("#n").fill("taken")
    expect(status).to_have_attribute("data-state", "conflict")
    page.route("**/draft", lambda route: route.abort())
    page.locator("#n").fill("two")
    expect(status).to_have_attribute("data-state", "failed")
    page.unroute("**/draft")
    saved: list[str] = []

    def again(route: Route) -> None:
        saved.append(route.request.post_data or "")
        route.continue_()

    page.route("**/draft", again)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(status).to_have_attribute("data-state", "saved")
    assert len(saved) == 1
    assert "two" in saved[0]


def test_a_refused_file_is_named_and_not_kept(page: Page) -> None:
    page.goto("/upload")
    chosen = page.locator("input[type=file]")
    chosen.set_input_files({"name": "a.exe", "mimeType": "application/pdf", "buffer": b"x"})
    expect(page.locator("[data-drop-names]")).to_contain_text("a.exe 的格式不能用，请换成：PDF。")
    chosen.set_input_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"x" * 1_100_000})
    expect(page.locator("[data-drop-names]")).to_contain_text("a.pdf 超过 1 MB")
    assert chosen.evaluate("e => e.files.length") == 0
    chosen.set_input_files({"name": "通知书.pdf", "mimeType": "application/pdf", "buffer": b"x" * 2048})
    expect(page.locator("[data-drop-names]")).to_have_text("通知书.pdf · 2 KB")
    assert chosen.evaluate("e => e.files.length") == 1


def test_a_password_can_be_looked_at(page: Page) -> None:
    page.goto("/design/security/login_user")
    page.locator("#password").fill("correct horse")
    page.get_by_role("button", name="显示").click()
    expect(page.locator("#password")).to_have_attribute("type", "text")
    page.get_by_role("button", name="显示").click()
    expect(page.locator("#password")).to_have_attribute("type", "password")


def test_print_shows_the_paper_alone(page: Page) -> None:
    page.goto("/design/case")
    page.emulate_media(media="print")
    for hidden in (".side", ".top", ".head-tools", ".toasts"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.get_by_role("heading", name="计算")).to_be_visible()
