"""The design pages show every component, so checking them checks the components."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.config import ROOT
from core.web.blueprints.design import ERRORS, SECURITY_PAGES
from core.web.templating import STATIC

VOID = {"meta", "link", "input", "br", "hr", "img", "path", "circle", "rect", "source", "line", "ellipse", "polyline"}
PAGES = (
    "/design/",
    "/design/?notice=1",
    "/design/list",
    "/design/list?q=none-such",
    "/design/list?stage=nursery&sort=-area_cm2",
    "/design/case",
    *(f"/design/errors/{code}" for code in ERRORS),
    *(f"/design/security/{name}" for name in SECURITY_PAGES),
    "/design/security/login_user?error=1",
    "/design/security/two_factor_setup?chosen=1",
    "/design/security/mf_recovery_codes?codes=1",
)


class Page(HTMLParser):
    """Reads a page strictly: every element closed in its order, and what refers to what."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.wanted: set[str] = set()
        self.inline: list[str] = []
        self.h1 = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        assert len(values) == len(attrs), f"<{tag}> has an attribute twice: {attrs}"
        if tag not in VOID:
            self.open.append(tag)
        if tag == "h1":
            self.h1 += 1
        if values.get("id"):
            self.ids.append(values["id"] or "")
        for name in ("for", "aria-labelledby", "aria-describedby", "data-dialog", "data-reveal", "form"):
            self.wanted |= set((values.get(name) or "").split())
        self.inline += [f"{tag} {name}" for name in values if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and not values.get("src")):
            self.inline.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing, line {self.getpos()[0]}"
        assert self.open.pop() == tag, f"</{tag}> closes something else, line {self.getpos()[0]}"


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_is_sound(client: FlaskClient, path: str, lang: str) -> None:
    answer = client.get(path, headers={"Accept-Language": lang})
    assert answer.status_code == (int(path.rsplit("/", 1)[1]) if "/errors/" in path else 200)
    page = Page(answer.text)
    assert page.open == []
    assert page.inline == [], "the Content-Security-Policy refuses inline scripts, styles and handlers"
    assert len(page.ids) == len(set(page.ids)), "two elements with one id"
    assert page.wanted - set(page.ids) == set(), "a label or a button points at nothing"
    assert page.h1 == 1 or path.startswith("/design/?") or path == "/design/"
    if lang == "zh":
        assert "None" not in re.sub(r"<[^>]*>", "", answer.text), "a missing value was printed"


@pytest.mark.parametrize("code", ERRORS)
def test_an_error_says_what_why_and_what_to_do(client: FlaskClient, code: int) -> None:
    html = client.get(f"/design/errors/{code}").text.partition("<article")[2].partition("</article>")[0]
    assert re.search(r"<h1 data-error-what>[^<]{4,}</h1>", html)
    assert len(re.findall(r"<dd[^>]*>[^<]{6,}</dd>", html)) == 2
    assert "4f6c1f0e9a" in html


def test_an_error_page_needs_nothing_but_its_code(app: Flask) -> None:
    """When the database is down there is no shell, no user and no request id."""
    with app.test_request_context("/x"):
        html = app.jinja_env.get_template("errors/error.html").render(code=500)
    assert "系统出错了" in html
    with app.test_request_context("/x"):
        assert "请求没有看懂" in app.jinja_env.get_template("errors/error.html").render(code=418)


def test_every_text_from_outside_is_escaped(client: FlaskClient) -> None:
    canary = "\"><svg/onload=alert(1)>'"
    html = client.get("/design/list", query_string={"q": canary}).text
    assert "<svg/onload" not in html
    assert Page(html).inline == []


def test_the_list_says_its_state_to_those_who_cannot_see_it(client: FlaskClient) -> None:
    html = client.get("/design/list?sort=-rent_fen&stage=nursery").text
    assert html.count('aria-sort="descending"') == 1
    assert re.search(r'href="[^"]*sort=rent_fen[^"]*"', html)
    assert re.search(r'stage=nursery[^>]*aria-current="true"', html)
    assert 'name="stage" value="nursery"' in html, "a search keeps the chosen filter"
    assert "共 10 条" in html
    # the phone's cards name each cell by its column
    assert html.count('data-label="月租（元）"') == 10


def test_an_empty_list_tells_a_narrow_search_from_nothing_yet(client: FlaskClient) -> None:
    assert "没有符合条件的记录" in client.get("/design/list?q=nothing").text


def test_pages_by_cursor(client: FlaskClient) -> None:
    first = client.get("/design/list").text
    assert 'rel="next"' in first
    assert 'rel="prev"' not in first
    last = client.get("/design/list?after=48").text
    assert 'rel="prev"' in last
    assert 'rel="next"' not in last


def test_the_underlying_tabler_is_the_version_the_styles_name() -> None:
    named = re.search(r"tabler\.min\.css\?v=([\d.]+)", (STATIC / "css/tokens.css").read_text())
    assert named
    assert f"Tabler v{named[1]}" in (STATIC / "vendor/tabler.min.css").read_text()[:300]
    assert f"v='{named[1]}'" in (ROOT / "templates/base.html").read_text(), "the preload must name the same address"


def test_htmx_is_held_back() -> None:
    base = (ROOT / "templates/base.html").read_text()
    for setting in ('"includeIndicatorStyles":false', '"allowEval":false', '"selfRequestsOnly":true'):
        assert setting in base
    hx_on = [f for f in (ROOT / "templates").rglob("*.html") if re.search(r"hx-on|hx-vals=.js:", f.read_text())]
    assert hx_on == []


def test_every_class_in_a_template_has_a_rule() -> None:
    """A class without a rule is a typing slip, or a part that nobody has drawn yet."""
    plain = {
        "checks",
        "docs",
        "files",
        "meter-label",
        "mark-neutral",
        "table-evidence",
        "field-check",
    }  # containers that need none
    sheets = "".join(f.read_text() for f in (STATIC / "css").glob("*.css"))
    known = set(re.findall(r"\.([a-zA-Z][\w-]*)", sheets)) | plain
    unknown: dict[str, set[str]] = {}
    for file in (ROOT / "templates").rglob("*.html"):
        if file.relative_to(ROOT / "templates").parts[0] not in ("letters", "papers"):  # these have sheets of their own
            for value in re.findall(r'class="([^"{]*)["{]', file.read_text()):
                words = value.split() if value.endswith(" ") or "{" not in value else value.split()[:-1]
                unknown.setdefault(file.name, set()).update(w for w in words if w not in known and not w.endswith("-"))
    assert {name: found for name, found in unknown.items() if found} == {}
