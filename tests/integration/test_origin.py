"""A request that another site sends in the reader's name is not done."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from core.web.origin import is_from_elsewhere

pytestmark = pytest.mark.one_engine


@pytest.mark.parametrize(
    ("fetch_site", "origin", "elsewhere"),
    [
        (None, None, False),
        ("same-origin", "https://hongcai.example", False),
        ("same-origin", "http://hongcai.example", False),  # a proxy took TLS off
        ("none", None, False),
        ("cross-site", None, True),
        ("same-site", "https://other.hongcai.example", True),
        (None, "https://evil.example", True),
        (None, "https://hongcai.example.evil.example", True),
        (None, "https://hongcai.example:8443", True),
        (None, "null", True),
        ("same-origin", "", True),
    ],
)
def test_where_a_request_comes_from(fetch_site: str | None, origin: str | None, elsewhere: bool) -> None:
    assert is_from_elsewhere(fetch_site, origin, "hongcai.example") is elsewhere


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_it_is_refused_before_anything_else(app: Flask, headers: dict[str, Any]) -> None:
    client = app.test_client()
    assert client.post("/account/login", headers=headers).status_code == 403
    assert "别的网站" in client.post("/account/login", headers=headers).get_data(as_text=True)
    assert client.get("/account/login", headers=headers).status_code == 200


def test_from_our_own_pages_it_goes_on(app: Flask) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    assert app.test_client().post("/account/login", headers=headers).status_code != 403
