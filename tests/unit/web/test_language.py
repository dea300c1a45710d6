from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import nodes

from core.config import ROOT
from core.web import catalogues

HAN = re.compile(r"[\u4e00-\u9fff]")
# Letters are Chinese documents by law; the design page is for developers.
UNTRANSLATED = ("letters", "papers", "design")
GETTEXT = {"_", "gettext", "ngettext"}


# ── which language ───────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("accept", "cookie", "expected"),
    [
        ("", None, "zh-Hans"),
        ("zh-CN,zh;q=0.9,en;q=0.8", None, "zh-Hans"),
        ("en-GB,en;q=0.9,zh;q=0.1", None, "en"),
        ("fr", None, "zh-Hans"),
        ("zh-CN", "en", "en"),
        ("en", "zh_Hans_CN", "zh-Hans"),
        ("en", "../../etc", "en"),
    ],
)
def test_choice_then_browser_then_chinese(app: Flask, accept: str, cookie: str | None, expected: str) -> None:
    client = app.test_client()
    if cookie:
        client.set_cookie("lang", cookie)
    assert f'<html lang="{expected}">' in client.get("/design/list", headers={"Accept-Language": accept}).text


def test_switching_keeps_the_page_and_is_remembered(client: FlaskClient) -> None:
    answer = client.get("/language/en", query_string={"next": "/design/list?stage=nursery"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/design/list?stage=nursery"
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]
    assert '<html lang="en">' in client.get("/design/list").text
    assert client.get("/language/xx").status_code == 404


@pytest.mark.parametrize(
    "target",
    ["", "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil", "/a\nSet-Cookie: x=1", "page"],
)
def test_the_way_back_never_leaves_this_site(client: FlaskClient, target: str) -> None:
    assert client.get("/language/en", query_string={"next": target}).headers["Location"] == "/"


# ── catalogues ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_catalogue_is_compiled_when_missing_or_older(tmp_path: Path) -> None:
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    po = folder / "messages.po"
    po.write_bytes(catalogues.HEADER + 'msgid "登录"\nmsgstr "Sign in"\n'.encode())
    assert catalogues.compile_catalogues(tmp_path) == [po.with_suffix(".mo")]
    assert catalogues.compile_catalogues(tmp_path) == []
    po.write_bytes(catalogues.HEADER + 'msgid "登录"\nmsgstr "Log in"\n'.encode())
    later = po.with_suffix(".mo").stat().st_mtime + 5
    os.utime(po, (later, later))
    assert catalogues.compile_catalogues(tmp_path) == [po.with_suffix(".mo")]
    assert b"Log in" in po.with_suffix(".mo").read_bytes()
    assert [f.name for f in folder.iterdir() if f.suffix == ".tmp"] == []


def english() -> dict[str | tuple[str, str], str | tuple[str, ...]]:
    po = catalogues.TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po"
    return {(m.id if isinstance(m.id, str) else tuple(m.id)): m.string for m in catalogues._read(po) if m.id}


def test_every_message_has_english() -> None:
    catalogue = english()
    missing = {
        str(message): sorted(files)
        for message, files in catalogues.extract().items()
        if not catalogue.get(message) or (isinstance(catalogue[message], tuple) and not all(catalogue[message]))
    }
    assert missing == {}, "add them to core/web/translations/en, then run scripts/translations.py"


def test_english_is_english_and_keeps_every_placeholder() -> None:
    placeholder = re.compile(r"%\((\w+)\)[sd]|%%\((\w+)\)s")
    for message, translation in english().items():
        if not translation or not isinstance(message, str) or not isinstance(translation, str):
            continue
        assert not HAN.search(re.sub(r"“[^”]*”", "", translation)), (message, translation)
        assert sorted(placeholder.findall(message)) == sorted(placeholder.findall(translation)), (message, translation)
        assert not re.search(r"[，。；：？！（）]", re.sub(r"“[^”]*”", "", translation)), translation


def test_chinese_uses_full_width_punctuation() -> None:
    """An ASCII mark next to a Chinese character is a typing slip: it sets too tight and wraps wrongly."""
    slip = re.compile(r"[\u4e00-\u9fff](?:[,;:?!](?!\w)|\()|[\u4e00-\u9fff][,;:?!](?=[\u4e00-\u9fff%])")
    slips = {str(m): sorted(files) for m, files in catalogues.extract().items() if slip.search(str(m))}
    assert slips == {}


# ── code ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
# Written in each language by the code itself, or the name of a language in itself.
BOTH_LANGUAGES = {"formats.py", "languages.py"}


def unmarked(source: str) -> list[tuple[int, str]]:
    """Chinese in Python that is neither a docstring nor in a call that the catalogue reads."""
    tree = ast.parse(source)
    fine: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            fine.add(id(node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in catalogues.KEYWORDS:
            fine.update(id(inner) for argument in node.args for inner in ast.walk(argument))
    literals = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in fine]
    return sorted((n.lineno, n.value) for n in literals if isinstance(n.value, str) and HAN.search(n.value))


def test_no_chinese_of_the_web_layer_outside_the_catalogue() -> None:
    files = [f for f in (ROOT / "core/web").rglob("*.py") if "design" not in f.name and f.name not in BOTH_LANGUAGES]
    assert {str(f.relative_to(ROOT)): bad for f in files if (bad := unmarked(f.read_text()))} == {}


def test_domain_errors_are_in_the_catalogue() -> None:
    assert "您的角色不能办理这一步" in catalogues.extract()
    assert unmarked('raise Conflict("已办", field="日")\nX = {1: "一", 2: N_("二")}') == [(1, "日"), (2, "一")]


# ── templates ────────────────────────────────────────────────────────────────────────────────────────────────────────
def templates() -> Iterator[Path]:
    for file in sorted((ROOT / "templates").rglob("*.html")):
        if file.relative_to(ROOT / "templates").parts[0] not in UNTRANSLATED:
            yield file


def untranslated(source: str) -> list[tuple[int, str]]:
    """Chinese in a template that is neither in a comment nor an argument of _()."""
    tree = jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)
    inside = {
        id(argument)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in GETTEXT
        for argument in call.args
    }
    literals = [(n.lineno, n.data) for n in tree.find_all(nodes.TemplateData)]
    literals += [(n.lineno, n.value) for n in tree.find_all(nodes.Const) if id(n) not in inside]
    return [(line, text.strip()) for line, text in literals if isinstance(text, str) and HAN.search(text)]


def test_no_chinese_in_a_template_outside_gettext() -> None:
    found = {str(f.relative_to(ROOT)): bad for f in templates() if (bad := untranslated(f.read_text()))}
    assert found == {}


def test_the_check_itself_sees_both_kinds() -> None:
    assert untranslated("<p>登录</p>{{ x('密码') }}{{ _('好') }}{# 注 #}") == [(1, "<p>登录</p>"), (1, "密码")]
