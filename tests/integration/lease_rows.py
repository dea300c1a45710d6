"""A signed lease with its scan, and a bill, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core.data import models as m
from core.services import files
from tests import factories
from tests.scenes import paper

NAMES = ("lease", "bill", "payment")


def rows(session: Session, root: Path, tenant: m.Tenant, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    operator = session.get_one(m.Operator, tenant.operator_id)
    unit = factories.space(session, factories.site(session, operator, name=f"{mark}租楼"), code=f"{mark}L-1")
    body = paper()
    scan = m.StoredFile(
        operator_id=operator.id, tenant_id=tenant.id, sha256=files.put(root, body), size=len(body),
        media_type="application/pdf", name=f"{mark}签署件.pdf",
    )  # fmt: skip
    session.add(scan)
    lease = factories.lease(
        session, tenant, [unit], number=f"{mark}XY-1", starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31),
        paper_sha256=scan.sha256, signed_on=date(2025, 12, 20),
    )  # fmt: skip
    scope = {"operator_id": operator.id, "tenant_id": tenant.id}
    bill = m.Bill(
        number=f"{mark}ZD-1", kind=m.BillKind.REGULAR, lease_id=lease.id, first=date(2026, 1, 1),
        last=date(2026, 1, 31), issued_on=date(2026, 1, 1), due_on=date(2026, 1, 5), total_fen=450_000,
        lines=[m.BillLine(place=1, fee=m.Fee.RENT, month="2026-01", amount_fen=450_000, **scope)], **scope,
    )  # fmt: skip
    payment = m.Payment(
        received_on=date(2026, 1, 5), amount_fen=100, free_fen=0, method=m.PaymentMethod.TRANSFER,
        payer_name=f"{mark}付款人", reference=f"{mark}流水", **scope,
    )  # fmt: skip
    session.add_all([bill, payment])
    session.flush()
    bill.lines[0].paid_fen = 100
    session.add(m.Allocation(payment_id=payment.id, line_id=bill.lines[0].id, amount_fen=100, **scope))
    session.flush()
    return {"lease": lease, "unit": unit, "bill": bill, "payment": payment}


def _terms(world: Any) -> dict[str, Any]:
    return {
        "tenant_id": world.tenant.id, "space_id": world.leases["unit"].id, "starts_on": "2028-01-01",
        "ends_on": "2028-12-31", "basis": "month", "rate": "1000", "pay_months": "1",
    }  # fmt: skip


# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "leases.create": _terms,
    "leases.edit": _terms,
    "leases.preview": _terms,
    "billing_runs.ask": lambda w: {"month": "2026-12", "from_month": "2026-12"},
    "billing_runs.preview": lambda w: {"month": "2026-12", "from_month": "2026-12"},
    "bills.pay": lambda w: {"pay-amount_fen": "1", "pay-received_on": "2026-01-05", "pay-method": "transfer"},
    "bills.reverse": lambda w: {"reason": "退回"},
    "bills.void": lambda w: {"reason": "写错"},
    "leases.sign": lambda w: {"sign-signed_on": "2026-01-01"},
    "leases.notice": lambda w: {
        "notice-by": "tenant", "notice-notice_on": "2026-03-01", "notice-last_day": "2027-06-30",
    },
}  # fmt: skip
