"""What an operator pays for the service itself (订阅): its plan, until when, and the payments. Plans are not rows: they
stand in `core/services/subscriptions/plans.yaml`."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, OperatorPrivate
from core.data.models.places import Operator
from core.data.types import UTCDateTime, choice, utcnow


class SubscriptionStatus(StrEnum):
    """What is on record. Where a subscription stands on a day is said by `core.services.subscriptions.standing`."""

    FREE = "free"  # needs no payment
    TRIAL = "trial"
    ACTIVE = "active"
    PAST_DUE = "past_due"  # a payment failed
    CANCELED = "canceled"


class SubscriptionSource(StrEnum):
    """Who says how it stands: the platform's administrators (对公转账), or Stripe."""

    HAND = "hand"
    STRIPE = "stripe"


class SubscriptionPeriod(StrEnum):
    MONTH = "month"
    YEAR = "year"


class Subscription(OperatorPrivate, Base):
    """One of an operator. All days are included: the last of the trial, the last that is paid, the last of grace."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("operator_id"),
        CheckConstraint("status <> 'trial' or trial_ends_on is not null", name="trial_ends"),
        CheckConstraint("status <> 'past_due' or grace_ends_on is not null", name="grace_ends"),
        CheckConstraint("status not in ('active', 'canceled') or paid_until is not null", name="paid_until"),
    )

    plan: Mapped[str] = mapped_column(String(40))
    status: Mapped[SubscriptionStatus] = choice(SubscriptionStatus)
    source: Mapped[SubscriptionSource] = choice(SubscriptionSource, default=SubscriptionSource.HAND)
    period: Mapped[SubscriptionPeriod | None] = choice(SubscriptionPeriod)
    trial_ends_on: Mapped[date | None]
    paid_until: Mapped[date | None]
    grace_ends_on: Mapped[date | None]
    ending: Mapped[bool] = mapped_column(default=False)  # paid until then, and not renewed
    customer: Mapped[str | None] = mapped_column(String(60), unique=True)  # Stripe's id of the operator
    stripe_subscription: Mapped[str | None] = mapped_column(String(60), unique=True)
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when Stripe was asked last

    operator: Mapped[Operator] = relationship()


class SubscriptionPayment(OperatorPrivate, Base):
    """Money that came in for a subscription; the same reference is one payment."""

    __tablename__ = "subscription_payments"
    __table_args__ = (
        UniqueConstraint("operator_id", "reference"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
    )

    plan: Mapped[str] = mapped_column(String(40))
    source: Mapped[SubscriptionSource] = choice(SubscriptionSource)
    amount_fen: Mapped[int]
    received_on: Mapped[date]
    until: Mapped[date | None]  # what was paid by hand ends with this day
    reference: Mapped[str] = mapped_column(String(80))  # 流水号, or Stripe's id of the invoice
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class SubscriptionReminder(OperatorPrivate, Base):
    """Of what an operator was told by mail, and how many days ahead (0: it is over)."""

    __tablename__ = "subscription_reminders"
    __table_args__ = (UniqueConstraint("operator_id", "about", "ends_on", "days"),)

    about: Mapped[str] = mapped_column(String(20))
    ends_on: Mapped[date]
    days: Mapped[int]
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
