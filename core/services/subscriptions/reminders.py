"""Telling an operator's managers that a trial, what was paid, or the grace after it ends: 7, 3 and 1 days ahead, and
when it is over; once each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Subscription, SubscriptionReminder
from core.data.queries import subscriptions as reads
from core.services.subscriptions.book import offered
from core.services.subscriptions.standing import Standing, standing

AHEAD = (1, 3, 7)
OVER = 0


@dataclass(frozen=True, slots=True)
class Due:
    """What an operator is to be told, at which of the tiers."""

    subscription: Subscription
    standing: Standing
    days: int

    @property
    def ends_on(self) -> date:
        assert self.standing.until is not None
        return self.standing.until


def due(session: Session, today: date) -> list[Due]:
    """What has not been told yet. A subscription that first comes to 2 days before its end is told of once, at 3."""
    offer = offered()
    if offer is None:
        return []
    found = []
    for row in session.scalars(select(Subscription).order_by(Subscription.id)):
        it = standing(row, offer, today)
        days = tier(it)
        if days is not None and not _told(session, row, it, days):
            found.append(Due(row, it, days))
    return found


def tier(it: Standing) -> int | None:
    """At which tier it is time to say that this ends; None where it is not, or does not end by itself."""
    if it.read_only:
        return OVER
    if it.days_left is None or it.renews:
        return None
    return next((days for days in AHEAD if it.days_left <= days), None)


def _told(session: Session, row: Subscription, it: Standing, days: int) -> bool:
    same = select(SubscriptionReminder.id).where(
        SubscriptionReminder.operator_id == row.operator_id,
        SubscriptionReminder.about == it.state.value,
        SubscriptionReminder.ends_on == it.until,
        SubscriptionReminder.days <= days,
    )
    return session.scalar(same.limit(1)) is not None


def by_reader(session: Session, found: Iterable[Due], today: date) -> list[tuple[str, Due]]:
    """Whom to tell what: every manager of the operator."""
    return [(address, it) for it in found for address in reads.managers(session, it.subscription.operator_id, today)]


def mark(session: Session, found: Iterable[Due]) -> None:
    """They were told."""
    for it in found:
        session.add(
            SubscriptionReminder(
                operator_id=it.subscription.operator_id, about=it.standing.state.value, ends_on=it.ends_on,
                days=it.days,
            )
        )  # fmt: skip
    session.flush()
