"""A statement with a line that waits and one that is booked, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

from sqlalchemy.orm import Session

from core.data import models as m

NAMES = ("bank_line",)


def rows(session: Session, tenant: m.Tenant, payment: m.Payment, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    of = {"operator_id": tenant.operator_id, "received_on": date(2026, 1, 5), "remark": f"{mark}附言"}
    statement = m.BankStatement(
        operator_id=tenant.operator_id, name=f"{mark}明细.csv", sha256="0" * 64, first=date(2026, 1, 5),
        last=date(2026, 1, 5), repeated=0, outgoing=0, unread=0,
    )  # fmt: skip
    waits = m.BankLine(row=2, amount_fen=100, payer_name=f"{mark}付款人", key=f"{mark}1", **of)
    booked = m.BankLine(row=3, amount_fen=100, payer_name=f"{mark}付款人", key=f"{mark}2", payment_id=payment.id, **of)
    statement.lines = [waits, booked]
    session.add(statement)
    session.flush()
    return {"bank_line": waits}


# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "bank.book": lambda w: {"tenant_id": w.tenant.id},
    "bank.book_certain": lambda w: {"lines": str(w.bank["bank_line"].id)},
    "bank.join": lambda w: {"payment_id": w.leases["payment"].id},
    "bank.set_aside": lambda w: {"reason": "利息"},
    "bank.reverse": lambda w: {"reason": "退回"},
    "bank_imports.preview": lambda w: {"file": (BytesIO("交易日期,收入金额,摘要\n2026-01-05,5,a".encode()), "a.csv")},
}
