"""Reading what came through Stripe: checkouts of bills, what went back, differences."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import (
    Bill,
    CheckoutSession,
    OnlineReturn,
    Payment,
    StripeDifference,
    StripeEvent,
    StripeStray,
    Tenant,
)
from core.data.queries.paging import Listing


def of_payments(session: Session, payment_ids: Collection[int]) -> dict[int, CheckoutSession]:
    """The checkouts that payments came with, by the payment."""
    query = select(CheckoutSession).where(CheckoutSession.payment_id.in_(payment_ids))
    return {row.payment_id: row for row in session.scalars(query) if row.payment_id is not None}


def by_stripe_id(session: Session, bill_id: int, stripe_id: str) -> CheckoutSession | None:
    query = select(CheckoutSession).where(CheckoutSession.bill_id == bill_id, CheckoutSession.stripe_id == stripe_id)
    return session.scalars(query).one_or_none()


def returns_of(session: Session, checkout_ids: Collection[int]) -> list[OnlineReturn]:
    """Refunds and disputes of checkouts, the latest first."""
    query = select(OnlineReturn).where(OnlineReturn.checkout_id.in_(checkout_ids)).order_by(OnlineReturn.id.desc())
    return list(session.scalars(query))


def differences() -> Listing:
    """The asker's differences between Stripe's books and ours."""
    return Listing(
        statement=select(
            StripeDifference.id,
            StripeDifference.kind,
            StripeDifference.stripe_id,
            StripeDifference.theirs_fen,
            StripeDifference.ours_fen,
            StripeDifference.detail,
            StripeDifference.found_at,
            StripeDifference.ended,
            StripeDifference.ended_at,
            StripeDifference.note,
            StripeDifference.bill_id,
            Bill.number.label("bill"),
            Tenant.name.label("tenant"),
        )
        .outerjoin(Bill, Bill.id == StripeDifference.bill_id)
        .outerjoin(Payment, Payment.id == StripeDifference.payment_id)
        .outerjoin(Tenant, Tenant.id == func.coalesce(Bill.tenant_id, Payment.tenant_id)),
        key=StripeDifference.id,
        sorts={"found_at": StripeDifference.found_at, "bill": Bill.number, "theirs_fen": StripeDifference.theirs_fen},
        search=(Bill.number, Tenant.name, StripeDifference.stripe_id),
        filters={
            "state": lambda value: (
                StripeDifference.ended.is_(None) if value == "open" else StripeDifference.ended == value
            ),
            "kind": lambda value: StripeDifference.kind == value,
        },
    )


def open_differences(session: Session) -> int:
    """How many of the asker's wait for a person."""
    return session.scalar(select(func.count(StripeDifference.id)).where(StripeDifference.ended.is_(None))) or 0


def waiting(session: Session) -> tuple[int, int]:
    """How many differences wait for people, and at how many operators."""
    count, operators = session.execute(
        select(func.count(), func.count(StripeDifference.operator_id.distinct())).where(
            StripeDifference.ended.is_(None)
        )
    ).one()
    return int(count), int(operators)


def strays(session: Session, limit: int = 200) -> list[StripeStray]:
    """Money at Stripe of no bill here, what waits for a person first."""
    query = select(StripeStray).order_by(StripeStray.ended_at.is_not(None), StripeStray.id.desc()).limit(limit)
    return list(session.scalars(query))


def last_event(session: Session) -> StripeEvent | None:
    return session.scalars(select(StripeEvent).order_by(StripeEvent.id.desc()).limit(1)).one_or_none()
