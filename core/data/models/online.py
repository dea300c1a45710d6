"""Money that comes through Stripe: checkouts of bills, what went back, the ledger of events, and differences found."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, OperatorPrivate, TenantScoped, Unscoped
from core.data.models.billing import Bill, Payment
from core.data.types import UTCDateTime, choice, utcnow


class CheckoutState(StrEnum):
    """In the order in which they can follow each other: what is heard late never leads back."""

    OPEN = "open"  # Stripe's page waits for the payer
    WAITING = "waiting"  # handed in, the money is on its way
    FAILED = "failed"  # handed in, and the money did not come
    EXPIRED = "expired"
    PAID = "paid"


class ReturnKind(StrEnum):
    REFUND = "refund"
    DISPUTE = "dispute"  # 拒付: the payer's bank wants it back


class EventOutcome(StrEnum):
    APPLIED = "applied"
    IGNORED = "ignored"  # nothing of ours, or of a kind that nothing here follows from


class DifferenceEnd(StrEnum):
    APPLIED = "applied"  # what had been missed was done, as the event would have
    GONE = "gone"  # not there any more at a later look
    PERSON = "person"  # somebody saw to it, and said how


class DifferenceKind(StrEnum):
    """What can differ between Stripe's books and ours."""

    MISSED_PAYMENT = "missed_payment"  # paid there, not recorded here
    NOT_THERE = "not_there"  # recorded here, not paid there
    AMOUNT = "amount"
    CURRENCY = "currency"
    MISSED_REFUND = "missed_refund"  # went back there, still stands here
    PART_REFUND = "part_refund"  # a part went back that bills have taken here
    FAILED_REFUND = "failed_refund"  # did not reach the payer
    ONLY_REVERSED = "only_reversed"  # taken back here, not refunded there
    TWICE = "twice"  # one payment there, two here
    STATE = "state"  # open here, ended there
    OTHER_TENANT = "other_tenant"
    UNKNOWN = "unknown"  # paid there for nothing that is known here
    DISPUTE = "dispute"


class CheckoutSession(TenantScoped, Base):
    """One page of Stripe's for one bill and one sum. What it became is asked of Stripe, never of the browser."""

    __tablename__ = "checkout_sessions"
    __table_args__ = (
        UniqueConstraint("stripe_id"),
        UniqueConstraint("payment_id"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
    )

    bill_id: Mapped[int] = mapped_column(ForeignKey("bills.id"), index=True)
    stripe_id: Mapped[str] = mapped_column(String(255))
    url: Mapped[str] = mapped_column(Text)
    amount_fen: Mapped[int]
    state: Mapped[CheckoutState] = choice(CheckoutState, default=CheckoutState.OPEN)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    payment_intent: Mapped[str | None] = mapped_column(String(255), index=True)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"))
    refund_reason: Mapped[str | None] = mapped_column(String(200))  # said before Stripe was asked for it
    awards: Mapped[str | None] = mapped_column(Text)  # that rest on what went back, for people to look into
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    bill: Mapped[Bill] = relationship()
    payment: Mapped[Payment | None] = relationship()


class OnlineReturn(TenantScoped, Base):
    """A refund or a dispute of a payment, as Stripe last told of it."""

    __tablename__ = "online_returns"
    __table_args__ = (
        UniqueConstraint("stripe_id"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
    )

    checkout_id: Mapped[int] = mapped_column(ForeignKey("checkout_sessions.id"), index=True)
    kind: Mapped[ReturnKind] = choice(ReturnKind)
    stripe_id: Mapped[str] = mapped_column(String(255))
    amount_fen: Mapped[int]
    state: Mapped[str] = mapped_column(String(40))  # Stripe's own word
    reason: Mapped[str | None] = mapped_column(String(200))
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refunds.id"))  # ours, of a part that was free
    begun_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    checkout: Mapped[CheckoutSession] = relationship()


class OnlineCustomer(TenantScoped, Base):
    """A tenant as Stripe knows it: by the company's name alone."""

    __tablename__ = "online_customers"
    __table_args__ = (UniqueConstraint("tenant_id"), UniqueConstraint("stripe_id"))

    stripe_id: Mapped[str] = mapped_column(String(255))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class StripeEvent(Unscoped, Base):
    """The ledger: an event that is in it has had its effect, in the same transaction."""

    __tablename__ = "stripe_events"
    __table_args__ = (UniqueConstraint("stripe_id"),)

    stripe_id: Mapped[str] = mapped_column(String(255))
    type: Mapped[str] = mapped_column(String(80))
    object_id: Mapped[str] = mapped_column(String(255), index=True)
    outcome: Mapped[EventOutcome] = choice(EventOutcome)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)  # at Stripe
    applied_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class _Difference:
    """What differs, found again at each look under the same `key`; figures in fen, sentences are the page's."""

    kind: Mapped[DifferenceKind] = choice(DifferenceKind)
    key: Mapped[str] = mapped_column(String(255))
    stripe_id: Mapped[str | None] = mapped_column(String(255))
    theirs_fen: Mapped[int | None]
    ours_fen: Mapped[int | None]
    detail: Mapped[str | None] = mapped_column(String(200))  # a currency, a state: Stripe's own word
    found_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended: Mapped[DifferenceEnd | None] = choice(DifferenceEnd, nullable=True)
    note: Mapped[str | None] = mapped_column(String(200))


class StripeDifference(_Difference, OperatorPrivate, Base):
    """One about an operator's bills: its managers see to it."""

    __tablename__ = "stripe_differences"
    __table_args__ = (
        UniqueConstraint("operator_id", "key"),
        CheckConstraint("(ended is null) = (ended_at is null)", name="ended_when"),
    )

    bill_id: Mapped[int | None] = mapped_column(ForeignKey("bills.id"), index=True)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"), index=True)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    bill: Mapped[Bill | None] = relationship()


class StripeStray(_Difference, Unscoped, Base):
    """Money at Stripe that belongs to no bill here: the platform's administrators see to it."""

    __tablename__ = "stripe_strays"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("(ended is null) = (ended_at is null)", name="ended_when"),
    )

    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
