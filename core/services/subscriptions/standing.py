"""Where a subscription stands on a day. Pure: what is on record and the day in, the answer out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from core.data.models import Subscription, SubscriptionSource, SubscriptionStatus
from core.policy import Text
from core.services.subscriptions.book import Offer, Plan

SOON = 7  # days ahead of an end from which every page says so


class State(StrEnum):
    FREE = "free"
    TRIAL = "trial"
    ACTIVE = "active"
    PAST_DUE = "past_due"  # not paid, and still within grace: everything works
    READ_ONLY = "read_only"


class Cause(StrEnum):
    """Why it is read-only."""

    TRIAL_OVER = "trial_over"
    UNPAID = "unpaid"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Standing:
    """`until`: the last day of this state, or of a read-only one the last day on which all worked; None: no end."""

    plan: Plan
    state: State
    until: date | None
    today: date
    cause: Cause | None = None
    renews: bool = False  # what is paid is paid again by itself

    @property
    def read_only(self) -> bool:
        return self.state is State.READ_ONLY

    @property
    def days_left(self) -> int | None:
        """Days after today on which it still stands so: 0 on the last one."""
        return None if self.until is None else (self.until - self.today).days

    @property
    def ends_soon(self) -> bool:
        """Whether every page says so."""
        if self.state in (State.PAST_DUE, State.READ_ONLY):
            return True
        return self.days_left is not None and self.days_left <= SOON and not self.renews


def standing(it: Subscription, offer: Offer, today: date) -> Standing:
    """What a subscription comes to on a day.

    By hand, what is paid runs out and grace begins. What Stripe charges is paid again by itself, so its word counts
    and not the date, which news of a charge may reach after.
    """
    plan = offer.plans.get(it.plan) or unlisted(it.plan)
    match it.status:
        case SubscriptionStatus.FREE:
            return Standing(plan, State.FREE, None, today)
        case SubscriptionStatus.TRIAL:
            return _then(plan, State.TRIAL, _day(it.trial_ends_on), today, Cause.TRIAL_OVER)
        case SubscriptionStatus.ACTIVE if it.source is SubscriptionSource.STRIPE:
            return Standing(plan, State.ACTIVE, it.paid_until, today, renews=not it.ending)
        case SubscriptionStatus.ACTIVE:
            paid_until = _day(it.paid_until)
            if today <= paid_until:
                return Standing(plan, State.ACTIVE, paid_until, today)
            return _then(plan, State.PAST_DUE, paid_until + timedelta(days=offer.grace_days), today, Cause.UNPAID)
        case SubscriptionStatus.PAST_DUE:
            return _then(plan, State.PAST_DUE, _day(it.grace_ends_on), today, Cause.UNPAID)
        case SubscriptionStatus.CANCELED:
            if it.grace_ends_on is not None:  # it ended because it was not paid
                return _then(plan, State.PAST_DUE, it.grace_ends_on, today, Cause.UNPAID)
            return _then(plan, State.ACTIVE, _day(it.paid_until), today, Cause.CANCELED)


def unlisted(key: str) -> Plan:
    """A plan that the file no longer has: who is on it keeps working, and is held to no limit."""
    return Plan(key, Text(key, key), Text("", ""))


def _then(plan: Plan, state: State, until: date, today: date, cause: Cause) -> Standing:
    if today <= until:
        return Standing(plan, state, until, today)
    return Standing(plan, State.READ_ONLY, until, today, cause)


def _day(day: date | None) -> date:
    assert day is not None  # checks of the database
    return day
