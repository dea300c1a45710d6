"""The plans that are offered, read from one file, and whether this instance asks for subscriptions at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.data.models import SubscriptionPeriod
from core.errors import NotFound
from core.policy import Text
from core.policy.yamlfile import FileError, read_yaml

FILE = Path(__file__).parent / "plans.yaml"


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan. A limit of None is none; no price: given by hand alone."""

    key: str
    title: Text
    note: Text
    sites: int | None = None
    tenants: int | None = None
    fen: Mapping[SubscriptionPeriod, int] | None = None

    def lookup_key(self, period: SubscriptionPeriod) -> str:
        """What Stripe calls the price."""
        return f"hongcai_{self.key}_{period.value}"


@dataclass(frozen=True, slots=True)
class Offer:
    """All that an instance offers, smallest plan first."""

    plans: Mapping[str, Plan]
    trial_plan: str
    trial_days: int
    grace_days: int
    demonstration: bool  # the prices are invented

    def plan(self, key: str) -> Plan:
        """Raises `NotFound` for a plan that is not offered any more."""
        if key not in self.plans:
            raise NotFound("没有“%(key)s”这个订阅方案，请重新选择", key=key)
        return self.plans[key]

    def priced(self, lookup_key: str) -> tuple[Plan, SubscriptionPeriod] | None:
        """The plan and period of a price of Stripe's; None for one that is not ours."""
        for plan in self.plans.values():
            for period in plan.fen or ():
                if plan.lookup_key(period) == lookup_key:
                    return plan, period
        return None


def read(path: Path = FILE) -> Offer:
    """Raises `FileError`, which names the file, the reason and the remedy."""
    page = read_yaml(path)
    try:
        plans = {key: _plan(key, said) for key, said in page["plans"].items()}
        offer = Offer(
            plans, page["trial"]["plan"], int(page["trial"]["days"]), int(page["grace_days"]),
            {"demonstration": True, "published": False}[page["status"]],
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FileError(f"{path}: {error!r}. Write it as core/services/subscriptions/plans.yaml is.") from error
    if offer.trial_plan not in plans or offer.trial_days < 1 or offer.grace_days < 0:
        raise FileError(f"{path}: the trial names a plan of the file and at least one day; grace is no less than 0.")
    return offer


def _plan(key: str, said: Mapping[str, Any]) -> Plan:
    fen = {SubscriptionPeriod(period): int(price) for period, price in (said.get("fen") or {}).items()}
    limits = {name: said.get(name) for name in ("sites", "tenants")}
    for number in (*fen.values(), *limits.values()):
        if number is not None and (not isinstance(number, int) or number < 1):
            raise ValueError(f"{key}: {number!r} is no whole number above 0")
    return Plan(key, Text(**said["title"]), Text(**said["note"]), **limits, fen=fen or None)


_offer: Offer | None = None


def bind(offer: Offer | None) -> None:
    """What is offered from now on; None: every operator works without a subscription."""
    global _offer  # noqa: PLW0603  # one instance a process, like the keyring
    _offer = offer


def offered() -> Offer | None:
    return _offer
