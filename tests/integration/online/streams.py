"""Generated lives of a checkout at Stripe, and generated ways for their events to come; the same for a seed."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.services import billing
from core.services.online.seen import at
from tests import factories as f
from tests.support.stripe_server import Object, StripeServer

Act = Callable[[StripeServer, dict[str, str]], object]
OWN = ("nothing", "void", "paid before")  # what happens here before the payer pays there
LIVES = (
    "paid", "left", "expired", "later well", "later ill", "refunded", "refunded twice", "refund waits",
    "refund fails", "part refunded", "dispute open", "dispute won", "dispute lost",
)  # fmt: skip


def world(session: Session, operator: m.Operator, today: date, number: int) -> m.Bill:
    """A tenant with a bill of 500.00 rent and 100.00 fees, and an older one of 200.00."""
    tenant = m.Tenant(
        operator_id=operator.id, name=f"企业{number}", uscc=f.uscc(), kind=m.TenantKind.COMPANY, stage=m.Stage.INCUBATOR
    )
    session.add(tenant)
    session.flush()
    lease = f.lease(session, tenant, number=f"L{number}")
    scope = {"operator_id": operator.id, "tenant_id": tenant.id}

    def bill(name: str, kind: m.BillKind, due: date, *parts: tuple[m.Fee, str | None, int]) -> m.Bill:
        lines = [
            m.BillLine(place=place, fee=fee, month=month, amount_fen=fen, **scope)
            for place, (fee, month, fen) in enumerate(parts, start=1)
        ]
        made = m.Bill(
            number=f"{name}{number}", kind=kind, lease_id=lease.id, first=due, last=due, issued_on=due, due_on=due,
            total_fen=sum(fen for _fee, _month, fen in parts), lines=lines, **scope,
        )  # fmt: skip
        session.add(made)
        return made

    bill("旧", m.BillKind.EXTRA, today - timedelta(days=60), (m.Fee.SERVICE, None, 20_000))
    made = bill("新", m.BillKind.REGULAR, today, (m.Fee.RENT, f"{today:%Y-%m}", 50_000), (m.Fee.PROPERTY, None, 10_000))
    session.flush()
    return made


def page(session: Session, server: StripeServer, bill: m.Bill) -> str:
    """The payer was sent to Stripe's page of the bill."""
    item = {"quantity": "1", "price_data": {"currency": "cny", "unit_amount": str(bill.total_fen)}}
    made = server.route("POST", "checkout/sessions", {"mode": "payment", "line_items": [item]})
    session.add(
        m.CheckoutSession(
            operator_id=bill.operator_id, tenant_id=bill.tenant_id, bill_id=bill.id, stripe_id=made["id"],
            url=made["url"], amount_fen=bill.total_fen, expires_at=at(made["expires_at"]),
        )
    )  # fmt: skip
    session.flush()
    return str(made["id"])


def before(session: Session, bill: m.Bill, own: str, today: date) -> None:
    """What happens here while the payer sits before Stripe's page."""
    if own == "void":
        billing.void(session, bill, "写错")
    elif own == "paid before":
        billing.record(
            session, bill.tenant, amount_fen=60_000, received_on=today, method=m.PaymentMethod.TRANSFER, bill=bill,
            today=today, reference=f"转账{bill.id}",
        )  # fmt: skip


def life(name: str) -> list[Act]:
    """What happens at Stripe, step by step."""

    def pay(server: StripeServer, ids: dict[str, str], **how: Any) -> None:
        ids["intent"] = server.pay(ids["session"], **how)["payment_intent"]

    def refund(amount: int | None = None, state: str = "succeeded") -> Act:
        def do(server: StripeServer, ids: dict[str, str]) -> None:
            ids["refund"] = server.refund(ids["intent"], amount, state=state)["id"]

        return do

    def becomes(state: str) -> Act:
        return lambda server, ids: server.refund_becomes(ids["refund"], state)

    def dispute(server: StripeServer, ids: dict[str, str]) -> None:
        ids["dispute"] = server.dispute(ids["intent"])["id"]

    def ends(*, lost: bool) -> Act:
        return lambda server, ids: server.dispute_ends(ids["dispute"], lost=lost)

    def settle(*, well: bool) -> Act:
        return lambda server, ids: server.settle(ids["session"], well=well)

    def later(server: StripeServer, ids: dict[str, str]) -> None:
        pay(server, ids, later=True, method="alipay")

    return {
        "left": [],
        "expired": [lambda server, ids: server.expire(ids["session"])],
        "paid": [pay],
        "later well": [later, settle(well=True)],
        "later ill": [later, settle(well=False)],
        "refunded": [pay, refund()],
        "refunded twice": [pay, refund(30_000), refund(30_000)],
        "refund waits": [pay, refund(state="pending"), becomes("succeeded")],
        "refund fails": [pay, refund(state="pending"), becomes("failed")],
        "part refunded": [pay, refund(10_000)],
        "dispute open": [pay, dispute],
        "dispute won": [pay, dispute, ends(lost=False)],
        "dispute lost": [pay, dispute, ends(lost=True)],
    }[name]


def deliveries(rng: random.Random, events: list[Object]) -> list[Object]:
    """Each event one to three times, in any order."""
    found = [event for event in events for _time in range(rng.choice((1, 1, 1, 2, 3)))]
    rng.shuffle(found)
    return found


def books(session: Session) -> dict[int, dict[str, Any]]:
    """All that came of it, by tenant, without what differs from one run to the next."""
    standing = select(m.CheckoutSession.id).join(m.Payment).where(m.Payment.reversed_at.is_(None))
    noted = m.OnlineReturn.refund_id.is_not(None) & m.OnlineReturn.checkout_id.in_(standing)
    queries: dict[str, tuple[Any, ...]] = {
        "lines": (m.BillLine.tenant_id, m.BillLine.fee, m.BillLine.amount_fen, m.BillLine.paid_fen),
        "payments": (
            m.Payment.tenant_id, m.Payment.amount_fen, m.Payment.free_fen, m.Payment.refunded_fen, m.Payment.method,
            m.Payment.reversal_reason,
        ),
        "rent": (m.RentPayment.tenant_id, m.RentPayment.month, m.RentPayment.paid_fen),
        "checkouts": (
            m.CheckoutSession.tenant_id, m.CheckoutSession.state, m.CheckoutSession.payment_id.is_(None),
        ),
        "returns": (
            m.OnlineReturn.tenant_id, m.OnlineReturn.kind, m.OnlineReturn.amount_fen, m.OnlineReturn.state, noted,
        ),
    }  # fmt: skip
    found: dict[int, dict[str, Any]] = defaultdict(lambda: {name: [] for name in queries})
    for name, columns in queries.items():
        for tenant_id, *rest in session.execute(select(*columns)):
            found[tenant_id][name].append(tuple(rest))
    for book in found.values():
        for rows in book.values():
            rows.sort(key=repr)
    session.commit()
    return found
