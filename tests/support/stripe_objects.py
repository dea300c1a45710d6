"""Objects and events of the local server of Stripe's protocol, by their ids."""

from __future__ import annotations

import copy
import itertools
import time
from typing import Any

Object = dict[str, Any]
DAY, MONTH = 86_400, 30 * 86_400
LISTS = {  # path of a list: the type of its objects
    "customers": "customer",
    "checkout/sessions": "checkout.session",
    "payment_intents": "payment_intent",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
    "products": "product",
    "prices": "price",
    "subscriptions": "subscription",
    "invoices": "invoice",
    "invoice_payments": "invoice_payment",
    "events": "event",
}
PREFIXES = {
    "customer": "cus", "checkout.session": "cs_test", "payment_intent": "pi", "charge": "ch", "refund": "re",
    "dispute": "du", "product": "prod", "price": "price", "subscription": "sub", "subscription_item": "si",
    "invoice": "in", "invoice_payment": "inpay", "event": "evt", "billing_portal.session": "bps",
}  # fmt: skip


class Refused(Exception):
    """An error that the API answers with."""

    def __init__(
        self, message: str, *, kind: str = "invalid_request_error", code: str | None = None, status: int = 400
    ) -> None:
        super().__init__(message)
        self.message, self.kind, self.code, self.status = message, kind, code, status

    def body(self) -> Object:
        return {"error": {"message": self.message, "type": self.kind, "code": self.code}}


class Objects:
    """What there is, and what was told of it."""

    def __init__(self, *, live: bool = False) -> None:
        self.live = live
        self.account = "acct_local"
        self.objects: dict[str, Object] = {}
        self.events: list[Object] = []
        self.sent = 0
        self.base = ""
        self.now: int | None = None  # a test may say what time it is at Stripe
        self._numbers = itertools.count(1)

    # ── objects ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def clock(self) -> int:
        return self.now if self.now is not None else int(time.time())

    def new(self, kind: str, **values: Any) -> Object:
        made = {
            "id": f"{PREFIXES[kind]}_{next(self._numbers):016x}",
            "object": kind,
            "created": self.clock(),
            "livemode": self.live,
            "metadata": {},
        }
        made |= values
        if kind != "event":
            self.objects[made["id"]] = made
        return made

    def get(self, stripe_id: str, kind: str | None = None) -> Object:
        found = self.objects.get(stripe_id)
        if found is None or (kind is not None and found["object"] != kind):
            raise Refused(f"No such {kind or 'object'}: '{stripe_id}'", code="resource_missing", status=404)
        return found

    def all(self, kind: str, **having: Any) -> list[Object]:
        """Objects of a type, the newest first."""
        found = self.events if kind == "event" else [it for it in self.objects.values() if it["object"] == kind]
        return [it for it in reversed(found) if all(it.get(key) == value for key, value in having.items())]

    def tell(self, kind: str, about: Object) -> Object:
        """Note an event, with its object as it is now."""
        made = self.new(
            "event",
            type=kind,
            api_version="2026-10-28.endive",
            data={"object": copy.deepcopy(about)},
            request={"id": None, "idempotency_key": None},
            pending_webhooks=1,
        )
        del made["metadata"]
        self.events.append(made)
        return made
