"""The books behind the local server of Stripe's protocol: what the API may do, and what payers and people do at Stripe.
Each change makes the events that Stripe makes."""

from __future__ import annotations

import copy
from typing import Any

from tests.support.stripe_objects import DAY, LISTS, Object, Refused
from tests.support.stripe_subscriptions import Subscriptions


class Books(Subscriptions):
    """One account."""

    # ── the API ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def route(self, method: str, path: str, given: Object) -> Object:
        expand = given.pop("expand", [])
        if path == "account":
            return {"id": self.account, "object": "account", "livemode": self.live}
        head, _slash, act = path, "", ""
        kind = LISTS.get(path)
        if kind is not None:
            found = self._make(kind, given) if method == "POST" else self._list(path, kind, given)
        elif path == "billing_portal/sessions":
            self.get(given["customer"], "customer")
            portal = self.new("billing_portal.session", **given)
            portal["url"] = f"{self.base}/portal/{portal['id']}"
            found = portal
        else:
            for prefix, name in LISTS.items():
                if path.startswith(f"{prefix}/"):
                    head, _slash, act = path.removeprefix(f"{prefix}/").partition("/")
                    kind = name
            if kind is None:
                raise Refused(f"Unrecognized request URL ({method}: /v1/{path}).", status=404)
            found = self._one(method, kind, head, act, given)
        return self._expanded(found, expand)

    def _one(self, method: str, kind: str, stripe_id: str, act: str, given: Object) -> Object:
        if kind == "event":
            return next(it for it in self.events if it["id"] == stripe_id)
        found = self.get(stripe_id, kind)
        if act == "expire" and kind == "checkout.session":
            return self.expire(stripe_id)
        if method == "DELETE" and kind == "subscription":
            return self.cancel_subscription(stripe_id)
        if method == "POST":
            return self._change(found, given)
        return found

    def _list(self, path: str, kind: str, given: Object) -> Object:
        limit = int(given.pop("limit", 10))
        after, created = given.pop("starting_after", None), given.pop("created", {})
        payment = given.pop("payment", {})
        given |= {"payment_intent": payment["payment_intent"]} if payment else {}
        keys = given.pop("lookup_keys", None)
        given = {key: {"true": True, "false": False}.get(value, value) for key, value in given.items()}
        if given.get("status") == "all":
            del given["status"]
        found = [it for it in self.all(kind, **given) if keys is None or it.get("lookup_key") in keys]
        bounds = {"gte": lambda a, b: a >= b, "gt": lambda a, b: a > b, "lte": lambda a, b: a <= b}
        for name, bound in created.items():
            found = [it for it in found if bounds[name](it["created"], int(bound))]
        if after is not None:
            place = next(n for n, it in enumerate(found) if it["id"] == after)
            found = found[place + 1 :]
        return {"object": "list", "url": f"/v1/{path}", "has_more": len(found) > limit, "data": found[:limit]}

    def _make(self, kind: str, given: Object) -> Object:
        makers = {
            "customer": lambda: self._told("customer.created", self.new("customer", **given)),
            "checkout.session": lambda: self._checkout(given),
            "refund": lambda: self.refund(
                given.get("payment_intent") or self.get(given["charge"])["payment_intent"],
                int(given["amount"]) if "amount" in given else None,
                reason=given.get("reason"),
                metadata=given.get("metadata", {}),
            ),
            "product": lambda: self.new("product", active=True, **given),
            "price": lambda: self._price(given),
        }  # fmt: skip
        if kind not in makers:
            raise Refused(f"{kind} cannot be made here", status=404)
        return makers[kind]()

    def _price(self, given: Object) -> Object:
        if given.pop("transfer_lookup_key", "false") == "true":
            for other in self.all("price", lookup_key=given["lookup_key"]):
                other["lookup_key"] = None
        return self.new(
            "price", active=True, type="recurring" if "recurring" in given else "one_time",
            **given | {"unit_amount": int(given["unit_amount"])},
        )  # fmt: skip

    def _change(self, found: Object, given: Object) -> Object:
        if found["object"] == "subscription":
            return self._change_subscription(found, given)
        metadata = found.get("metadata", {}) | given.pop("metadata", {})
        found.update(given | {"metadata": metadata})
        if found["object"] == "customer":
            self.tell("customer.updated", found)
        return found

    def _told(self, kind: str, about: Object) -> Object:
        self.tell(kind, about)
        return about

    def _expanded(self, found: Object, paths: list[str]) -> Object:
        if not paths:
            return found
        made = copy.deepcopy(found)
        for path in paths:
            self._expand(made, path.split("."))
        return made

    def _expand(self, node: Any, steps: list[str]) -> None:
        if isinstance(node, list):
            for it in node:
                self._expand(it, steps)
            return
        if not steps or not isinstance(node, dict):
            return
        step, rest = steps[0], steps[1:]
        if node.get("object") == "charge" and step == "refunds":
            mine = [copy.deepcopy(it) for it in self.all("refund", charge=node["id"])]
            url = f"/v1/charges/{node['id']}/refunds"
            node["refunds"] = {"object": "list", "data": mine[:10], "has_more": len(mine) > 10, "url": url}
        elif isinstance(value := node.get(step), str) and value in self.objects:
            node[step] = copy.deepcopy(self.objects[value])
        self._expand(node.get(step), rest)

    # ── checkout ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def _checkout(self, given: Object) -> Object:
        items = given.pop("line_items", [])
        mode = given.get("mode", "payment")
        amount, currency, lines = 0, given.pop("currency", "cny"), []
        for item in items:
            price = self.get(item["price"], "price") if "price" in item else item["price_data"]
            fen = int(price["unit_amount"]) * int(item.get("quantity", 1))
            amount, currency = amount + fen, price["currency"]
            name = price.get("product_data", {}).get("name") or price.get("nickname") or "Subscription"
            lines.append({"name": name, "amount": fen, "price": item.get("price"), "quantity": item.get("quantity", 1)})
        if mode == "payment" and amount < 400:
            raise Refused("Amount must be at least ¥4.00 cny", code="amount_too_small")
        made = self.new(
            "checkout.session",
            **given
            | {
                "mode": mode, "status": "open", "payment_status": "unpaid", "amount_total": amount,
                "amount_subtotal": amount, "currency": currency, "payment_intent": None, "subscription": None,
                "invoice": None, "expires_at": int(given.get("expires_at", self.clock() + DAY)),
                "metadata": given.get("metadata", {}), "customer": given.get("customer"), "_lines": lines,
            },
        )  # fmt: skip
        made["url"] = f"{self.base}/pay/{made['id']}"
        return made

    def pay(self, session_id: str, *, method: str = "card", later: bool = False, amount: int | None = None) -> Object:
        """The payer pays. `later`: the money is on its way and `settle` says what came of it."""
        session = self.get(session_id, "checkout.session")
        if session["status"] != "open":
            raise Refused("This Checkout Session has ended.")
        if session["mode"] == "subscription":
            return self._subscribe(session)
        if amount is not None:
            session["amount_total"] = amount
        data = session.get("payment_intent_data", {})
        intent = self.new(
            "payment_intent", amount=session["amount_total"], currency=session["currency"],
            customer=session["customer"], metadata=data.get("metadata", {}), latest_charge=None, status="processing",
        )  # fmt: skip
        session |= {"status": "complete", "payment_intent": intent["id"], "url": None, "_method": method}
        if later:
            self.tell("checkout.session.completed", session)
            return session
        self._charged(session)
        self.tell("checkout.session.completed", session)
        return session

    def settle(self, session_id: str, *, well: bool = True) -> Object:
        """What came of money that was on its way."""
        session = self.get(session_id, "checkout.session")
        if well:
            self._charged(session)
            self.tell("checkout.session.async_payment_succeeded", session)
        else:
            self.get(session["payment_intent"])["status"] = "requires_payment_method"
            self.tell("checkout.session.async_payment_failed", session)
        return session

    def _charged(self, session: Object) -> None:
        intent = self.get(session["payment_intent"])
        charge = self.charge(intent, session.get("_method", "card"))
        session["payment_status"] = "paid"
        self.tell("charge.succeeded", charge)

    def charge(self, intent: Object, method: str = "card") -> Object:
        charge = self.new(
            "charge", amount=intent["amount"], currency=intent["currency"], payment_intent=intent["id"],
            amount_refunded=0, refunded=False, disputed=False, paid=True, status="succeeded",
            customer=intent.get("customer"), metadata=dict(intent["metadata"]),
            payment_method_details={"type": method, method: {}}, receipt_url=f"{self.base}/receipts/{intent['id']}",
        )  # fmt: skip
        intent |= {"status": "succeeded", "latest_charge": charge["id"]}
        return charge

    def expire(self, session_id: str) -> Object:
        session = self.get(session_id, "checkout.session")
        if session["status"] != "open":
            raise Refused('Only Checkout Sessions with a status in ["open"] can be expired.')
        session |= {"status": "expired", "url": None}
        self.tell("checkout.session.expired", session)
        return session

    def foreign_charge(self, amount: int, *, currency: str = "cny", metadata: Object | None = None) -> Object:
        """Money that came in by another way than a checkout of ours."""
        intent = self.new(
            "payment_intent", amount=amount, currency=currency, metadata=metadata or {}, latest_charge=None
        )
        return self.charge(intent)

    # ── money back ───────────────────────────────────────────────────────────────────────────────────────────────────
    def refund(
        self, intent_id: str, amount: int | None = None, *, state: str = "succeeded", reason: str | None = None,
        metadata: Object | None = None,
    ) -> Object:  # fmt: skip
        charge = self.get(self.get(intent_id, "payment_intent")["latest_charge"] or "", "charge")
        left = charge["amount"] - charge["amount_refunded"]
        if left == 0:
            raise Refused("Charge has already been refunded.", code="charge_already_refunded")
        amount = left if amount is None else amount
        if amount > left:
            raise Refused("Refund amount is greater than unrefunded amount on charge", code="refund_exceeds_amount")
        made = self.new(
            "refund", amount=amount, currency=charge["currency"], charge=charge["id"], payment_intent=intent_id,
            status=state, reason=reason, metadata=metadata or {},
        )  # fmt: skip
        self._counted(charge)
        self.tell("refund.created", made)
        self.tell("charge.refunded", charge)
        return made

    def refund_becomes(self, refund_id: str, state: str) -> Object:
        made = self.get(refund_id, "refund")
        made["status"] = state
        self._counted(self.get(made["charge"]))
        self.tell("refund.failed" if state == "failed" else "refund.updated", made)
        return made

    def _counted(self, charge: Object) -> None:
        mine = [it for it in self.all("refund", charge=charge["id"]) if it["status"] not in ("failed", "canceled")]
        charge["amount_refunded"] = sum(it["amount"] for it in mine)
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]

    def dispute(self, intent_id: str, *, reason: str = "fraudulent") -> Object:
        charge = self.get(self.get(intent_id)["latest_charge"])
        charge["disputed"] = True
        made = self.new(
            "dispute", amount=charge["amount"], currency=charge["currency"], charge=charge["id"],
            payment_intent=intent_id, status="needs_response", reason=reason,
        )  # fmt: skip
        self.tell("charge.dispute.created", made)
        self.tell("charge.dispute.funds_withdrawn", made)
        return made

    def dispute_ends(self, dispute_id: str, *, lost: bool) -> Object:
        made = self.get(dispute_id, "dispute")
        made["status"] = "lost" if lost else "won"
        self.tell("charge.dispute.closed", made)
        if not lost:
            self.tell("charge.dispute.funds_reinstated", made)
        return made
