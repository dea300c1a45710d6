"""A tenant that rents, as `conftest.tenant` makes it: what is done to its bills, and what comes of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data import models as m
from core.policy import Month
from core.services import billing

TODAY, BEGIN = date(2026, 12, 20), Month.parse("2026-12")
TRANSFER = m.PaymentMethod.TRANSFER


def pay(session: Session, tenant: m.Tenant, fen: int, **more: Any) -> m.Payment:
    said = {"received_on": TODAY, "method": TRANSFER, "today": TODAY, **more}
    return billing.record(session, tenant, amount_fen=fen, **said)


def rent(session: Session) -> dict[str, int]:
    rows = session.execute(select(m.RentPayment.month, func.sum(m.RentPayment.paid_fen)).group_by(m.RentPayment.month))
    return {month: int(fen) for month, fen in rows}


def bill_of(session: Session, kind: m.BillKind) -> m.Bill:
    return session.scalars(select(m.Bill).where(m.Bill.kind == kind)).one()
