"""Subscriptions of the local server of Stripe's protocol: begun by a checkout, renewed, changed and ended."""

from __future__ import annotations

import copy

from tests.support.stripe_objects import DAY, MONTH, Object, Objects, Refused


class Subscriptions(Objects):
    """What belongs to them of the account."""

    def charge(self, intent: Object, method: str = "card") -> Object:
        raise NotImplementedError

    def _subscribe(self, session: Object) -> Object:
        data = session.get("subscription_data", {})
        trial = int(data.get("trial_period_days", 0))
        start = self.clock()
        end = start + (trial * DAY if trial else MONTH)
        items = [
            self.new(
                "subscription_item", price=copy.deepcopy(self.get(line["price"], "price")),
                quantity=int(line["quantity"]), current_period_start=start, current_period_end=end,
            )
            for line in session["_lines"]
        ]  # fmt: skip
        if session["customer"] is None:
            session["customer"] = self.new("customer")["id"]
        made = self.new(
            "subscription", customer=session["customer"], status="trialing" if trial else "active",
            items={"object": "list", "data": items, "has_more": False, "url": "/v1/subscription_items"},
            cancel_at_period_end=False, cancel_at=None, canceled_at=None, ended_at=None, start_date=start,
            trial_end=end if trial else None, metadata=data.get("metadata", {}), latest_invoice=None,
            currency=session["currency"],
        )  # fmt: skip
        invoice = self._invoice(made, paid=True, amount=0 if trial else session["amount_total"])
        session |= {
            "status": "complete", "payment_status": "paid", "subscription": made["id"], "invoice": invoice["id"],
            "url": None,
        }  # fmt: skip
        self.tell("customer.subscription.created", made)
        self.tell("checkout.session.completed", session)
        return session

    def _invoice(self, subscription: Object, *, paid: bool, amount: int) -> Object:
        made = self.new(
            "invoice", customer=subscription["customer"], status="paid" if paid else "open", amount_due=amount,
            amount_paid=amount if paid else 0, total=amount, currency=subscription["currency"],
            billing_reason="subscription_cycle" if subscription["latest_invoice"] else "subscription_create",
            hosted_invoice_url=f"{self.base}/invoices", number=f"INV-{next(self._numbers):06d}",
            parent={"type": "subscription_details", "subscription_details": {"subscription": subscription["id"]}},
        )  # fmt: skip
        subscription["latest_invoice"] = made["id"]
        if amount:
            intent = self.new(
                "payment_intent", amount=amount, currency=made["currency"], customer=made["customer"],
                latest_charge=None, status="requires_payment_method",
            )  # fmt: skip
            self.new(
                "invoice_payment", invoice=made["id"], status="paid" if paid else "open",
                payment_intent=intent["id"], payment={"type": "payment_intent", "payment_intent": intent["id"]},
            )  # fmt: skip
            if paid:
                self.charge(intent)
        self.tell("invoice.created", made)
        self.tell("invoice.paid" if paid else "invoice.payment_failed", made)
        return made

    def renew(self, subscription_id: str, *, paid: bool = True) -> Object:
        """The next period begins; its money comes, or does not."""
        made = self.get(subscription_id, "subscription")
        items = made["items"]["data"]
        for item in items:
            start = item["current_period_end"]
            item |= {"current_period_start": start, "current_period_end": start + MONTH}
        made["status"] = "active" if paid else "past_due"
        amount = sum(int(item["price"]["unit_amount"]) * item["quantity"] for item in items)
        self._invoice(made, paid=paid, amount=amount)
        self.tell("customer.subscription.updated", made)
        return made

    def cancel_subscription(self, subscription_id: str) -> Object:
        made = self.get(subscription_id, "subscription")
        made |= {"status": "canceled", "canceled_at": self.clock(), "ended_at": self.clock()}
        self.tell("customer.subscription.deleted", made)
        return made

    def _change_subscription(self, made: Object, given: Object) -> Object:
        for change in given.pop("items", []):
            items = made["items"]["data"]
            item = next((it for it in items if it["id"] == change.get("id")), None)
            if item is None:
                raise Refused("No such subscription item", code="resource_missing")
            if "price" in change:
                item["price"] = copy.deepcopy(self.get(change["price"], "price"))
            if "quantity" in change:
                item["quantity"] = int(change["quantity"])
        if "cancel_at_period_end" in given:
            ends = given.pop("cancel_at_period_end") == "true"
            last = made["items"]["data"][0]["current_period_end"]
            made |= {"cancel_at_period_end": ends, "cancel_at": last if ends else None}
        made["metadata"] = made["metadata"] | given.pop("metadata", {})
        for transient in ("proration_behavior", "payment_behavior", "billing_cycle_anchor"):
            given.pop(transient, None)
        made.update(given)
        self.tell("customer.subscription.updated", made)
        return made
