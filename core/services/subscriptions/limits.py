"""What a plan has room for. Asked wherever a site or a tenant in residence is added, under the operator's lock, so that
two who add at once take turns. What is there is never taken away: an operator above its plan only adds no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from core.data.queries import subscriptions as reads
from core.data.queries.locks import lock_operator
from core.errors import N_, Invalid
from core.services.subscriptions.book import Offer, Plan, offered
from core.services.subscriptions.standing import unlisted


@dataclass(frozen=True, slots=True)
class Use:
    """How many there are. A tenant counts from the day its 实体入驻 is on record until that has ended."""

    sites: int
    tenants: int

    def above(self, plan: Plan) -> list[tuple[str, int, int]]:
        """What there is more of than the plan has room for: which, how many, at most."""
        pairs = (("sites", self.sites, plan.sites), ("tenants", self.tenants, plan.tenants))
        return [(what, count, most) for what, count, most in pairs if most is not None and count > most]


class Full(Invalid):
    """The plan has no room for one more."""


FULL = {
    "sites": N_("“%(plan)s”订阅方案最多%(most)s处载体，现有%(count)s处；要再增加，请先到“订阅”升级方案"),
    "tenants": N_(
        "“%(plan)s”订阅方案最多%(most)s家在孵企业，现有%(count)s家（含已登记、尚未入驻的）；"
        "要再增加，请先到“订阅”升级方案"
    ),
}


def use(session: Session, operator_id: int, today: date) -> Use:
    return Use(reads.sites(session, operator_id), reads.residents(session, operator_id, today))


@contextmanager
def within(session: Session, operator_id: int, today: date, *, field: str | None = None) -> Iterator[None]:
    """Whatever is added in this block has room in the operator's plan, or `Full` is raised at its end."""
    plan = plan_of(session, operator_id)
    if plan is None:
        yield
        return
    lock_operator(session, operator_id)
    before = use(session, operator_id, today)
    yield
    session.flush()
    for what, _count, most in above(plan, before, use(session, operator_id, today)):
        raise Full(FULL[what], field=field, plan=plan.title, count=getattr(before, what), most=most)


def above(plan: Plan, before: Use, after: Use) -> list[tuple[str, int, int]]:
    """What was added above the plan: which, how many there are now, at most. What was above before may stay."""
    return [(what, count, most) for what, count, most in after.above(plan) if count > getattr(before, what)]


def plan_of(session: Session, operator_id: int) -> Plan | None:
    """The plan that limits an operator; None where nothing does."""
    offer = offered()
    if offer is None:
        return None
    found = reads.of(session, operator_id)
    return _plan(offer, found.plan) if found is not None else None


def _plan(offer: Offer, key: str) -> Plan:
    return offer.plans.get(key) or unlisted(key)


def require_room(session: Session, operator_id: int, plan: Plan, today: date) -> None:
    """For a change to a smaller plan: refuse while there is more than it has room for, and say what must go first."""
    lock_operator(session, operator_id)
    now = use(session, operator_id, today)
    if now.above(plan):
        raise Invalid(
            "“%(plan)s”最多%(most_sites)s处载体、%(most_tenants)s家在孵企业，现有%(sites)s处、%(tenants)s家，不能改用；"
            "请先为多出的企业办理退出，载体有多的请联系平台",
            field="plan", plan=plan.title, sites=now.sites, tenants=now.tenants,
            most_sites=plan.sites or "∞", most_tenants=plan.tenants or "∞",
        )  # fmt: skip
