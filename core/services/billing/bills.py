"""Acts on one bill."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.data.models import Bill, BillStatus
from core.data.queries.locks import lock_operator
from core.data.types import utcnow
from core.errors import Conflict, Invalid
from core.services import audit


def void(session: Session, bill: Bill, reason: str) -> None:
    """Take a bill back: it stays on record, and the next run may make its period anew (after the lease was put
    right)."""
    lock_operator(session, bill.operator_id)
    session.refresh(bill)
    for line in bill.lines:
        session.refresh(line)  # what was read before the lock may be old
    if bill.status is BillStatus.VOID:
        raise Conflict("这张账单已经作废了")
    if any(line.paid_fen for line in bill.lines):
        raise Conflict("这张账单已有收款，不能作废；请先冲销收款")
    if any(line.invoiced_fen for line in bill.lines):
        raise Conflict("这张账单有申请中或已开的发票，不能作废；请先驳回申请或红冲发票")
    if not reason.strip():
        raise Invalid("请写明作废原因", field="reason")
    bill.status, bill.void_reason, bill.voided_at = BillStatus.VOID, reason.strip(), utcnow()
    audit.record(session, "bill.void", bill, detail={"number": bill.number, "total_fen": bill.total_fen})
    session.flush()
