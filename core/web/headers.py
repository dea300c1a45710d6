"""Response headers that keep a page from being turned against its reader. By hand: these are thirty lines we can read.

The policy allows scripts only by nonce (and what they load), styles only from our own files, and nothing from other
hosts. Pages that need more ask for it by name (`allow_camera`), so that a search finds them all.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from functools import lru_cache

from flask import Flask, Response, g, request

# The features a page of ours could ever be asked to misuse; an empty list refuses each to everyone.
REFUSED_FEATURES = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen",
    "geolocation", "gyroscope", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
    "publickey-credentials-create", "publickey-credentials-get", "screen-wake-lock", "usb", "xr-spatial-tracking",
)  # fmt: skip
HSTS = "max-age=31536000; includeSubDomains"


def content_security_policy(nonce: str, form_targets: Iterable[str] = ()) -> str:
    """The Content-Security-Policy of an HTML answer; `form_targets` are other origins a form may post to (payments)."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}' 'strict-dynamic'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            " ".join(("form-action 'self'", *form_targets)),
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
        )
    )


def permissions_policy(allowed: Iterable[str] = ()) -> str:
    """Every feature off, except those this page asked for, to itself only."""
    return _permissions(frozenset(allowed))


@lru_cache(maxsize=16)
def _permissions(wanted: frozenset[str]) -> str:
    return ", ".join(f"{f}=(self)" if f in wanted else f"{f}=()" for f in REFUSED_FEATURES)


def security_headers(
    nonce: str, *, secure: bool, form_targets: Iterable[str] = (), features: Iterable[str] = ()
) -> dict[str, str]:
    """The headers of every answer. HSTS only over TLS: RFC 6797 §7.2 forbids it on plain HTTP."""
    headers = {
        "Content-Security-Policy": content_security_policy(nonce, form_targets),
        "Permissions-Policy": permissions_policy(features),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Frame-Options": "DENY",
    }
    if secure:
        headers["Strict-Transport-Security"] = HSTS
    return headers


def cache_control(*, static: bool, versioned: bool, signed_in: bool) -> str:
    """Static files named by their hash may be kept for ever, others are asked about each time; no page about a person
    is stored."""
    if static:
        return "public, max-age=31536000, immutable" if versioned else "no-cache"
    return "no-store" if signed_in else "no-cache"


def csp_nonce() -> str:
    """The nonce of this answer, made when first asked for: templates put it on the scripts, the header repeats it."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    nonce: str = g.csp_nonce
    return nonce


def allow_camera() -> None:
    """Call in a view whose page scans a QR code; the camera stays refused everywhere else."""
    g.features = (*getattr(g, "features", ()), "camera")


def init_app(app: Flask) -> None:
    """Add the headers to each answer, errors included. A header set by the view itself stands
    (downloads of uploaded files carry a stricter policy). `CSP_FORM_TARGETS` in the config lists payment origins."""

    @app.after_request
    def _add_headers(response: Response) -> Response:
        headers = security_headers(
            csp_nonce(),
            secure=request.is_secure,
            form_targets=app.config.get("CSP_FORM_TARGETS", ()),
            features=getattr(g, "features", ()),
        )
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        static = request.endpoint == "static"
        user = getattr(g, "_login_user", None)
        signed_in = bool(user is not None and user.is_authenticated)
        # Flask gives every file it sends a "no-cache": not enough for a download about a person.
        if static or signed_in or "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = cache_control(
                static=static and response.status_code < 400, versioned="v" in request.args, signed_in=signed_in
            )
        return response
