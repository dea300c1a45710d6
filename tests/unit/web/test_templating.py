from __future__ import annotations

import json
import re

import pytest
from flask import Flask, render_template_string

from core.config import ROOT
from core.web import templating as t


def test_icon_is_decorative_unless_named_and_escapes_its_name() -> None:
    assert 'aria-hidden="true"' in t.icon("home")
    named = t.icon("home", 20, '"><script>')
    assert 'role="img"' in named
    assert "<script>" not in named
    with pytest.raises(LookupError, match="no-such-icon"):
        t.icon("no-such-icon")


def test_every_icon_named_in_templates_and_menus_exists() -> None:
    known = json.loads((t.STATIC / "vendor" / "tabler-icons.json").read_bytes())
    used = set()
    for file in (ROOT / "templates").rglob("*.html"):
        text = file.read_text()
        used |= set(re.findall(r"\bicon\('([a-z0-9-]+)'", text))
        used |= set(re.findall(r"(?:icon_name=|'icon': )'([a-z0-9-]+)'", text))
    used |= set(re.findall(r'\), "([a-z0-9-]+)"\)', (ROOT / "core/web/navigation.py").read_text()))
    assert len(used) > 40
    assert sorted(used - set(known)) == []


def test_url_with_changes_one_thing_and_keeps_the_rest(app: Flask) -> None:
    with app.test_request_context("/design/list?stage=nursery&q=%E9%9D%92&after=12"):
        assert t.url_with(sort="-name", after=None) == "/design/list?stage=nursery&q=%E9%9D%92&sort=-name"
        assert t.url_with(stage=None, q=None, after=None) == "/design/list"


def test_assets_are_named_by_their_content(app: Flask) -> None:
    with app.test_request_context("/"):
        address = t.asset("css/tokens.css")
        assert re.fullmatch(r"/static/css/tokens\.css\?v=[0-9a-f]{12}", address)
        with pytest.raises(RuntimeError, match=r"scripts/setup\.sh"):
            t.asset("vendor/missing.js")


def test_filters_answer_in_the_readers_language(app: Flask) -> None:
    page = "{{ 123456|money }} {{ '2026-03-10'|date }} {{ 'nursery'|stage }} {{ {'zh': '甲', 'en': 'A'}|bilingual }}"
    with app.test_request_context("/", headers={"Accept-Language": "zh-CN"}):
        assert render_template_string(page) == "1,234.56 元 2026年3月10日 苗圃 甲"
    with app.test_request_context("/", headers={"Accept-Language": "en-GB"}):
        assert render_template_string(page) == "CNY 1,234.56 10 Mar 2026 Nursery A"
