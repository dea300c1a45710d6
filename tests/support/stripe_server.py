"""A server that speaks Stripe's protocol, on this machine and in memory: the real library talks to it.

    server = StripeServer(secret="whsec_…", webhook="http://127.0.0.1:8000/stripe/webhook")
    with served(server) as url: …               over HTTP; `url` goes into HONGCAI_STRIPE_API_BASE
    make_client(settings, InProcess(server))    the same without a socket, for thousands of requests

It has what the product uses: form-encoded bodies with brackets, idempotency keys with kept answers, lists in pages,
`expand`, error bodies, Stripe's hosted pages in HTML, and signed events. `server.fail = [500, 429, "timeout", …]` lets
the next requests fail so; `server.pay(…)`, `server.refund(…)` and the like are what payers and people do at Stripe.
Events gather in `server.events`; `server.deliver(event, post)` sends one; with `webhook` set each goes out by itself.

What it does not do, Stripe does: taxes, Connect, real cards. Unknown parameters are kept on the object, not checked.
"""

from __future__ import annotations

import copy
import json
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import stripe
from werkzeug.serving import make_server
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from tests.support import stripe_pages
from tests.support.stripe_books import Books
from tests.support.stripe_objects import Refused

Post = Callable[[bytes, dict[str, str]], int]
Object = dict[str, Any]


class StripeServer(Books):
    """The account, and the WSGI application in front of it."""

    def __init__(self, *, secret: str = "whsec_local", webhook: str = "", live: bool = False) -> None:
        super().__init__(live=live)
        self.secret, self.webhook = secret, webhook
        self.fail: list[int | str] = []  # how the next requests to the API end
        self.requests: list[tuple[str, str, Object]] = []  # method, path, parameters: what went over the border
        self.answers: dict[str, tuple[str, Object, int, Object]] = {}  # by idempotency key
        self.base = "https://checkout.stripe.test"
        self.wait = 30.0  # seconds that a "timeout" takes, where nobody hangs up before
        self._lock = threading.RLock()

    # ── the API ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        request = Request(environ)
        if request.path.startswith("/v1/"):
            response = self._api(request)
        else:
            response = stripe_pages.answer(self, request)
        return response(environ, start)

    def _api(self, request: Request) -> Response:
        if self.fail and (trouble := self.fail.pop(0)) != "ok":
            return self._trouble(trouble)
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return self._error(Refused("no API key", status=401))
        given = nested(parse_qsl(request.query_string.decode(), keep_blank_values=True))
        if request.method == "POST":
            given |= nested(parse_qsl(request.get_data(as_text=True), keep_blank_values=True))
        key = request.headers.get("Idempotency-Key")
        with self._lock:
            self.requests.append((request.method, request.path, given))
            if request.method == "POST" and key in self.answers:
                path, before, status, kept = self.answers[key]
                if (path, before) != (request.path, given):
                    said = "Keys for idempotent requests can only be used with the same parameters."
                    return self._error(Refused(said, kind="idempotency_error"))
                return self._json(kept, status, {"Idempotent-Replayed": "true"})
            try:
                body, status = self.route(request.method, request.path.removeprefix("/v1/"), given), 200
            except Refused as refused:
                body, status = refused.body(), refused.status
            body = copy.deepcopy(body)
            if request.method == "POST" and key:
                self.answers[key] = (request.path, given, status, body)
        self.flush()
        return self._json(body, status)

    def _trouble(self, trouble: int | str) -> Response:
        if trouble == "timeout":
            time.sleep(self.wait)
            trouble = 500
        kinds = {429: "rate_limit", 401: "invalid_request_error"}
        return self._error(Refused("trouble", kind=kinds.get(int(trouble), "api_error"), status=int(trouble)))

    def _error(self, refused: Refused) -> Response:
        # As Stripe does for most of its own faults: the library is not to try again by itself.
        return self._json(refused.body(), refused.status, {"Stripe-Should-Retry": "false"})

    @staticmethod
    def _json(body: Object, status: int, headers: Mapping[str, str] | None = None) -> Response:
        made = Response(json.dumps(body), status, mimetype="application/json")
        made.headers["Request-Id"] = "req_local"
        made.headers.update(headers or {})
        return made

    # ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def flush(self) -> None:
        """Send what has not been sent, where there is an address to send to."""
        while self.webhook and self.sent < len(self.events):
            event = self.events[self.sent]
            self.sent += 1
            threading.Thread(target=self.deliver, args=(event, self._post), daemon=True).start()

    def deliver(self, event: Object, post: Post, **how: Any) -> int:
        """Send an event as Stripe does; returns the status of the answer. `secret` and `at` (a time) can be others."""
        body, headers = self.signed(event, **how)
        return post(body, headers)

    def signed(
        self, event: Object, *, secret: str | None = None, at: int | None = None
    ) -> tuple[bytes, dict[str, str]]:
        body = json.dumps(event, indent=2)
        signature = stripe.WebhookSignature.generate_signature_header(
            body, self.secret if secret is None else secret, at or int(time.time())
        )
        return body.encode(), {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}

    def _post(self, body: bytes, headers: dict[str, str]) -> int:
        for wait in (0.1, 0.5, 2.0):  # Stripe tries for three days
            time.sleep(wait)
            try:
                answer = requests.post(self.webhook, data=body, headers=headers, timeout=20)
                answer.raise_for_status()
                return answer.status_code
            except requests.RequestException as error:
                logging.getLogger(__name__).info("webhook not taken: %s", error)
        return 0


class InProcess(stripe.HTTPClient):
    """The library's way to the server without a socket."""

    name = "in-process"

    def __init__(self, server: StripeServer) -> None:
        super().__init__()
        self.client = Client(server)

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, **_more: Any) -> Any:
        parts = urlsplit(url)
        plain = {key: str(value) for key, value in (headers or {}).items()}
        answer = self.client.open(
            parts.path, query_string=parts.query, method=method.upper(), headers=plain, data=post_data or b""
        )
        return answer.get_data(), answer.status_code, answer.headers

    def close(self) -> None:
        return None


@contextmanager
def served(server: StripeServer, port: int = 0) -> Iterator[str]:
    """The server at an address of this machine."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    http = make_server("127.0.0.1", port, server, threaded=True)
    server.base = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, name="stripe", daemon=True)
    thread.start()
    try:
        yield server.base
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


def nested(pairs: list[tuple[str, str]]) -> Object:
    """`a[b][0]=c` as {"a": {"b": ["c"]}}."""

    def tree() -> Any:
        return defaultdict(tree)

    root = tree()
    for name, value in pairs:
        head, *rest = name.replace("]", "").split("[")
        at = root
        steps = [head, *rest]
        for number, step in enumerate(steps[:-1]):
            at = at[step or str(number)]
        last = steps[-1]
        at[last or str(len(at))] = value
    plain: Object = _plain(root)
    return plain


def _plain(node: Any) -> Any:
    if not isinstance(node, defaultdict):
        return node
    if node and all(key.isdigit() for key in node):
        return [_plain(node[key]) for key in sorted(node, key=int)]
    return {key: _plain(value) for key, value in node.items()}
