"""Where a subscription stands on every boundary day, and what the file of the plans may say."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.data.models import Subscription, SubscriptionSource, SubscriptionStatus
from core.policy.yamlfile import FileError
from core.services.subscriptions import State, read, standing
from core.services.subscriptions.book import FILE
from core.services.subscriptions.reminders import tier

END = date(2027, 3, 31)
HAND, STRIPE = SubscriptionSource.HAND, SubscriptionSource.STRIPE
S = SubscriptionStatus
OFFER = read()


def subscription(status: SubscriptionStatus, **more: Any) -> Subscription:
    return Subscription(**({"plan": "growth", "status": status, "source": HAND, "ending": False} | more))


def states(it: Subscription, *days: int) -> list[str]:
    """Its states so many days after END."""
    return [standing(it, OFFER, END + timedelta(days=day)).state.value for day in days]


def test_a_trial_ends_with_its_last_day() -> None:
    assert states(subscription(S.TRIAL, trial_ends_on=END), -1, 0, 1) == ["trial", "trial", "read_only"]


def test_what_was_paid_by_hand_runs_out_and_grace_of_fourteen_days_begins() -> None:
    it = subscription(S.ACTIVE, paid_until=END)
    assert states(it, 0, 1, 14, 15) == ["active", "past_due", "past_due", "read_only"]
    assert standing(it, OFFER, END + timedelta(days=1)).until == END + timedelta(days=14)


def test_what_stripe_charges_is_active_while_it_says_so() -> None:
    it = subscription(S.ACTIVE, paid_until=END, source=STRIPE)
    assert states(it, 0, 1, 400) == ["active"] * 3
    assert not standing(it, OFFER, END).ends_soon
    it.ending = True
    assert standing(it, OFFER, END).ends_soon


def test_a_failed_payment_has_its_grace() -> None:
    it = subscription(S.PAST_DUE, grace_ends_on=END, source=STRIPE)
    assert states(it, -13, 0, 1) == ["past_due", "past_due", "read_only"]
    assert standing(it, OFFER, END).ends_soon


def test_what_was_canceled_runs_to_the_end_that_is_paid_or_of_its_grace() -> None:
    paid = subscription(S.CANCELED, paid_until=END)
    assert states(paid, 0, 1) == ["active", "read_only"]
    unpaid = subscription(S.CANCELED, paid_until=END - timedelta(days=14), grace_ends_on=END)
    assert states(unpaid, 0, 1) == ["past_due", "read_only"]


def test_what_is_free_has_no_end() -> None:
    found = standing(subscription(S.FREE), OFFER, END)
    assert (found.state, found.until, found.ends_soon, tier(found)) == (State.FREE, None, False, None)


def test_the_tiers_of_reminding() -> None:
    trial = subscription(S.TRIAL, trial_ends_on=END)
    tiers = {day: tier(standing(trial, OFFER, END + timedelta(days=day))) for day in (-8, -7, -4, -3, -2, -1, 0, 1, 9)}
    assert tiers == {-8: None, -7: 7, -4: 7, -3: 3, -2: 3, -1: 1, 0: 1, 1: 0, 9: 0}
    assert tier(standing(subscription(S.ACTIVE, paid_until=END, source=STRIPE), OFFER, END)) is None


def test_a_plan_that_is_offered_no_more_limits_nothing() -> None:
    found = standing(subscription(S.FREE, plan="old"), OFFER, END).plan
    assert (found.key, found.sites, found.tenants) == ("old", None, None)


def test_the_plans_grow_and_their_prices_are_found_again() -> None:
    plans = [*OFFER.plans.values()]
    for name in ("sites", "tenants"):
        limits = [getattr(plan, name) or 10**9 for plan in plans]
        assert limits == sorted(limits)
    for plan in plans:
        for period in plan.fen or ():
            assert OFFER.priced(plan.lookup_key(period)) == (plan, period)
    assert OFFER.priced("hongcai_unknown_year") is None


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("plan: growth", "plan: unknown"),
        ("days: 30", "days: 0"),
        ("sites: 1\n", "sites: 0\n"),
        ("month: 98000", "week: 98000"),
        ("status: demonstration", "status: guessed"),
        ("title: {zh: 入门, en: Starter}", "title: 入门"),
    ],
)
def test_a_file_that_cannot_be_is_told(tmp_path: Path, was: str, becomes: str) -> None:
    text = FILE.read_text()
    assert was in text
    (tmp_path / "plans.yaml").write_text(text.replace(was, becomes, 1))
    with pytest.raises(FileError, match=r"plans\.yaml"):
        read(tmp_path / "plans.yaml")
