from __future__ import annotations

import re

import pytest
from flask import Flask, Response, g
from flask.testing import FlaskClient

from core.web.headers import allow_camera, cache_control, content_security_policy, permissions_policy

from .conftest import make_app


def directives(policy: str) -> dict[str, list[str]]:
    parts = [d.split() for d in policy.split(";")]
    return {name: values for name, *values in parts}


def test_policy_starts_from_nothing() -> None:
    policy = directives(content_security_policy("N0nce"))
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["'nonce-N0nce'", "'strict-dynamic'"]
    assert policy["style-src"] == ["'self'", "'nonce-N0nce'"]
    assert policy["img-src"] == ["'self'", "data:"]
    for name in ("frame-ancestors", "base-uri", "object-src"):
        assert policy[name] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert "unsafe" not in content_security_policy("N0nce")


def test_forms_may_post_to_a_named_payment_page_only() -> None:
    policy = directives(content_security_policy("n", ["https://checkout.stripe.com"]))
    assert policy["form-action"] == ["'self'", "https://checkout.stripe.com"]


def test_every_feature_is_off_but_those_asked_for() -> None:
    assert "(self)" not in permissions_policy()
    assert "camera=()" in permissions_policy()
    assert re.findall(r"([a-z-]+)=\(self\)", permissions_policy(["camera"])) == ["camera"]


@pytest.mark.parametrize("path", ["/design/", "/nowhere", "/static/css/tokens.css", "/design/errors/500"])
def test_every_answer_carries_the_headers(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:  # closes the file of a static answer
        headers = answer.headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert "camera=()" in headers["Permissions-Policy"]


def test_hsts_only_over_tls(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/design/").headers
    secure = client.get("/design/", base_url="https://localhost").headers
    assert secure["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_the_nonce_on_the_page_is_the_one_in_the_header_and_never_the_same_twice(client: FlaskClient) -> None:
    seen = set()
    for _ in range(2):
        answer = client.get("/design/list")
        in_header = re.findall(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
        on_page = re.findall(r'nonce="([^"]+)"', answer.text)
        assert len(on_page) >= 2
        assert set(on_page) == set(in_header)
        assert len(in_header[0]) >= 22
        seen |= set(on_page)
    assert len(seen) == 2


def test_cache_control() -> None:
    assert cache_control(static=True, versioned=True, signed_in=True) == "public, max-age=31536000, immutable"
    assert cache_control(static=True, versioned=False, signed_in=False) == "no-cache"
    assert cache_control(static=False, versioned=True, signed_in=True) == "no-store"
    assert cache_control(static=False, versioned=False, signed_in=False) == "no-cache"


def test_static_files_are_kept_only_under_their_hash(client: FlaskClient) -> None:
    def kept(path: str) -> str:
        with client.get(path) as answer:
            return answer.headers["Cache-Control"]

    assert "immutable" in kept("/static/css/tokens.css?v=1")
    assert kept("/static/css/tokens.css") == "no-cache"
    assert "immutable" not in kept("/static/missing.css?v=1")


class SomeUser:
    is_authenticated = True


@pytest.fixture(scope="module")
def special() -> Flask:
    app = make_app(CSP_FORM_TARGETS=["https://checkout.stripe.com"])

    @app.get("/scan")
    def scan() -> str:
        allow_camera()
        return ""

    @app.get("/mine")
    def mine() -> str:
        g._login_user = SomeUser()
        return ""

    @app.get("/upload")
    def upload() -> Response:
        return Response(b"", headers={"Content-Security-Policy": "sandbox; default-src 'none'"})

    return app


def test_a_view_can_ask_for_the_camera_keep_a_stricter_policy_and_is_not_stored_for_a_person(special: Flask) -> None:
    client = special.test_client()
    assert "camera=(self)" in client.get("/scan").headers["Permissions-Policy"]
    assert client.get("/upload").headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert client.get("/mine").headers["Cache-Control"] == "no-store"
    assert "https://checkout.stripe.com" in client.get("/mine").headers["Content-Security-Policy"]
