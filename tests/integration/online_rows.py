"""A checkout of the bill, what went back of it, and a difference found, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from core.data import models as m
from core.data.types import utcnow

NAMES = ("difference",)


def rows(session: Session, bill: m.Bill, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    scope = {"operator_id": bill.operator_id, "tenant_id": bill.tenant_id}
    checkout = m.CheckoutSession(
        bill_id=bill.id, stripe_id=f"cs_{mark}{bill.id}", url=f"https://checkout.stripe.test/{mark}", amount_fen=100,
        expires_at=utcnow() + timedelta(days=1), awards=mark or None, **scope,
    )  # fmt: skip
    difference = m.StripeDifference(
        operator_id=bill.operator_id, kind=m.DifferenceKind.DISPUTE, key=f"{mark}dispute", stripe_id=f"du_{mark}",
        bill_id=bill.id, theirs_fen=100, detail=f"{mark}理由",
    )  # fmt: skip
    stray = m.StripeStray(
        kind=m.DifferenceKind.UNKNOWN, key=f"unknown:{bill.id}", stripe_id="ch_1", theirs_fen=5, detail="cny"
    )
    session.add_all([checkout, difference, stray])
    session.flush()
    session.add(
        m.OnlineReturn(
            checkout_id=checkout.id, kind=m.ReturnKind.REFUND, stripe_id=f"re_{mark}{bill.id}", amount_fen=1,
            state="pending", reason=f"{mark}理由", begun_at=utcnow(), **scope,
        )
    )  # fmt: skip
    session.flush()
    return {"checkout": checkout, "difference": difference, "stray": stray}


# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "online.refund": lambda w: {"reason": "退回"},
    "online.end": lambda w: {"reason": "已核对"},
    "online.end_stray": lambda w: {"reason": "已核对"},
}
