"""A signed lease with its scan, a bill, and what paid and corrected it, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.data.types import utcnow
from core.services import files
from tests import factories
from tests.scenes import paper

NAMES = ("lease", "bill", "payment", "credit", "refund", "tax_invoice", "dunning")


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
        received_on=date(2026, 1, 5), amount_fen=300, free_fen=100, refunded_fen=100, method=m.PaymentMethod.TRANSFER,
        payer_name=f"{mark}付款人", reference=f"{mark}流水", **scope,
    )  # fmt: skip
    session.add_all([bill, payment])
    session.flush()
    bill.lines[0].paid_fen = bill.lines[0].credited_fen = 100
    session.add(m.Allocation(payment_id=payment.id, line_id=bill.lines[0].id, amount_fen=100, **scope))
    credit = m.CreditNote(
        number=f"{mark}DX-1", bill_id=bill.id, issued_on=date(2026, 1, 6), kind=m.CreditReason.WAIVER,
        reason=f"{mark}减免", total_fen=100, lines=[m.CreditLine(line_id=bill.lines[0].id, amount_fen=100, **scope)],
        **scope,
    )  # fmt: skip
    refund = m.Refund(
        payment_id=payment.id, amount_fen=100, refunded_on=date(2026, 1, 7), method=m.PaymentMethod.TRANSFER,
        reason=f"{mark}多付", **scope,
    )  # fmt: skip
    session.add_all([credit, refund])
    session.flush()
    invoice = _invoice(bill, scan, mark, **scope)
    session.add(invoice)
    session.flush()
    dunning = m.Dunning(
        number=f"{mark}CJ-1", level=m.DunningLevel.REMINDER, how=m.DunningHow.PRINT, sent_on=date(2026, 1, 9),
        pay_by=date(2026, 1, 16), total_fen=449_900, pay_to=f"{mark}账户",
        bills=[m.DunningBill(bill_id=bill.id, level=m.DunningLevel.REMINDER, rest_fen=449_900, days=4, **scope)],
        **scope,
    )  # fmt: skip
    hold = m.DunningHold(
        operator_id=operator.id, tenant_id=tenant.id, until=date(2026, 2, 1), reason=f"{mark}分期", lifted_at=utcnow()
    )
    move = m.AllocationMove(
        payment_id=payment.id, line_id=bill.lines[0].id, moved_on=date(2026, 1, 5), amount_fen=100, **scope
    )
    session.add_all([dunning, hold, move])
    session.flush()
    return {
        "lease": lease, "unit": unit, "bill": bill, "payment": payment, "credit": credit, "refund": refund,
        "tax_invoice": invoice, "dunning": dunning,
    }  # fmt: skip


def _invoice(bill: m.Bill, scan: m.StoredFile, mark: str, **scope: int) -> m.TaxInvoice:
    bill.lines[0].invoiced_fen = 100
    return m.TaxInvoice(
        bill_id=bill.id, item=m.TaxInvoiceItem.LEASE, kind=m.TaxInvoiceKind.ORDINARY, state=m.TaxInvoiceState.ISSUED,
        title=f"{mark}抬头", amount_fen=100, number=f"{scan.id:020d}", issued_on=date(2026, 1, 6), rate=Decimal("0.05"),
        premises=f"{mark}路1号", certificate=f"{mark}证", term_first=date(2026, 1, 1), term_last=date(2026, 1, 31),
        file_id=scan.id, lines=[m.TaxInvoiceLine(line_id=bill.lines[0].id, amount_fen=100, **scope)], **scope,
    )  # fmt: skip


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
    "corrections.credit": lambda w: {
        "credit-kind": "waiver", "credit-reason": "减免", "credit-parts-0-amount_fen": "1",
        "credit-parts-0-line_id": str(w.leases["bill"].lines[0].id),
    },
    "corrections.offset": lambda w: {"offset-amount_fen": "1", "offset-reason": "抵扣"},
    "corrections.return_deposit": lambda w: {
        "deposit-amount_fen": "1", "deposit-refunded_on": "2026-02-01", "deposit-method": "transfer",
        "deposit-reason": "退租",
    },
    "corrections.undo": lambda w: {"reason": "写错"},
    "extra_bills.create": lambda w: {
        "tenant_id": w.tenant.id, "kind": "opening", "due_on": "2025-12-31", "lines-0-fee": "other",
        "lines-0-amount_fen": "1",
    },
    "payments.create": lambda w: {
        "tenant_id": w.tenant.id, "amount_fen": "1", "received_on": "2026-01-05", "method": "transfer",
    },
    "payments.refund": lambda w: {
        "refund-amount_fen": "1", "refund-refunded_on": "2026-02-01", "refund-method": "transfer",
        "refund-reason": "多付",
    },
    "payments.reverse": lambda w: {"reason": "退回"},
    "payments.undo_refund": lambda w: {"reason": "退汇"},
    "arrears.send": lambda w: {"how": "print"},
    "arrears.hold": lambda w: {"hold-until": f"{core.today().date() + timedelta(days=9)}", "hold-reason": "分期"},
    "dunning.send_all": lambda w: {"tenant": w.tenant.id},
    "dunning.set_rules": lambda w: {
        "reminder_days": "1", "demand_days": "2", "final_days": "3", "grace_days": "4",
    },
    "bills.void": lambda w: {"reason": "写错"},
    "tax_invoices.request_for": lambda w: {
        "title": "某公司", "kind": "ordinary", f"line_{w.leases['bill'].lines[0].id}": "1",
    },
    "tax_invoices.issue": lambda w: {
        "number": "1" * 20, "issued_on": "2026-01-06", "rate": "5", "item_name": "经营租赁", "premises": "路1号",
        "term_first": "2026-01-01", "term_last": "2026-01-31", "certificate": "无",
    },
    "tax_invoices.reject": lambda w: {"reject-reason": "写错"},
    "tax_invoices.red_letter": lambda w: {
        "red-number": "2" * 20, "red-issued_on": "2026-01-06", "red-reason": "退租",
        f"red-line_{w.leases['bill'].lines[0].id}": "1",
    },
    "leases.sign": lambda w: {"sign-signed_on": "2026-01-01"},
    "leases.unsign": lambda w: {"reason": "写错"},
    "leases.notice": lambda w: {
        "notice-by": "tenant", "notice-notice_on": "2026-03-01", "notice-last_day": "2027-06-30",
    },
}  # fmt: skip
