"""What Stripe's subscriptions come to: a pure function of its objects."""

from __future__ import annotations

from datetime import date, datetime
from itertools import permutations
from typing import Any

import stripe

import core
from core.data.models import SubscriptionPeriod, SubscriptionStatus
from core.services.subscriptions import read
from core.services.subscriptions.online import Charged, charged

OFFER = read()
S = SubscriptionStatus


def at(day: int, hour: int = 10) -> int:
    return int(datetime(2026, 12, day, hour, tzinfo=core.SHANGHAI).timestamp())


def subscription(status: str, **more: Any) -> stripe.Subscription:
    price = {"id": "price_1", "object": "price", "lookup_key": more.pop("price", "hongcai_scale_month")}
    item = {"id": "si_1", "object": "subscription_item", "price": price}
    item |= {"current_period_start": more.pop("start", at(1)), "current_period_end": more.pop("end", at(31))}
    values = {
        "id": "sub_1", "object": "subscription", "status": status, "created": at(1), "cancel_at": None,
        "cancel_at_period_end": False, "ended_at": None, "latest_invoice": invoice("paid"),
        "items": {"object": "list", "data": [item]},
    }  # fmt: skip
    return stripe.Subscription.construct_from(values | more, "sk_test")


def invoice(status: str, day: int = 1) -> dict[str, Any]:
    return {"id": "in_1", "object": "invoice", "status": status, "created": at(day)}


def came(*found: stripe.Subscription) -> Charged:
    it = charged(found, OFFER)
    assert it is not None
    return it


def test_active_and_trialing_last_to_the_day_that_holds_the_end() -> None:
    for word in ("active", "trialing"):
        it = came(subscription(word))
        assert it == Charged(
            "sub_1", S.ACTIVE, "scale", SubscriptionPeriod.MONTH, date(2026, 12, 31), None, ending=False
        )
    assert came(subscription("active", end=at(31, 0))).paid_until == date(2026, 12, 30)
    assert came(subscription("active", cancel_at_period_end=True)).ending


def test_grace_begins_with_the_invoice_that_failed() -> None:
    late = came(subscription("past_due", start=at(1), latest_invoice=invoice("open", day=3)))
    assert (late.status, late.grace_ends_on) == (S.PAST_DUE, date(2026, 12, 17))
    # An upgrade in the middle of a period that was not paid: not from the period's begin.
    upgraded = came(subscription("unpaid", start=at(1), latest_invoice=invoice("uncollectible", day=20)))
    assert upgraded.grace_ends_on == date(2027, 1, 3)
    assert came(subscription("past_due", latest_invoice=None)).grace_ends_on == date(2026, 12, 15)


def test_what_ended_lasted_to_its_end_or_to_the_grace_of_what_is_owed() -> None:
    ended = came(subscription("canceled", ended_at=at(20)))
    assert (ended.status, ended.paid_until, ended.grace_ends_on) == (S.CANCELED, date(2026, 12, 20), None)
    owed = came(subscription("canceled", ended_at=at(4), latest_invoice=invoice("open", day=1)))
    assert owed.grace_ends_on == date(2026, 12, 15)


def test_what_never_began_is_nothing() -> None:
    assert charged([], OFFER) is None
    assert charged([subscription("incomplete"), subscription("incomplete_expired")], OFFER) is None


def test_the_best_counts_in_whatever_order_they_come() -> None:
    them = [
        subscription("canceled", id="sub_old", ended_at=at(2)),
        subscription("past_due", id="sub_late", created=at(9), latest_invoice=invoice("open")),
        subscription("active", id="sub_first", created=at(3)),
        subscription("active", id="sub_newer", created=at(5), price="hongcai_growth_year"),
        subscription("incomplete", id="sub_new", created=at(30)),
    ]
    for order in permutations(them):
        it = came(*order)
        assert (it.subscription, it.plan, it.period) == ("sub_newer", "growth", SubscriptionPeriod.YEAR)


def test_a_price_of_somebody_else_is_no_plan() -> None:
    it = came(subscription("active", price=None))
    assert (it.status, it.plan, it.period) == (S.ACTIVE, None, None)
