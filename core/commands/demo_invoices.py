"""发票 of the demonstration: issued, waiting, and one of a bill that is made less afterwards."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Bill, BillKind, CreditReason, Operator, SitePaperKind, TaxInvoice, TaxInvoiceKind
from core.services import billing
from core.services.billing import Issued
from core.services.billing.tax import ITEM_NAMES

ASKED, ISSUED = 12, 8  # bills


def write(session: Session, operator: Operator, today: date) -> None:
    """The session must be asked in by someone of the house."""
    query = select(Bill).where(Bill.operator_id == operator.id, Bill.kind == BillKind.REGULAR).order_by(Bill.id)
    bills = [bill for bill in session.scalars(query) if bill.tenant.uscc and bill.rest_fen == 0][:ASKED]
    asked = [
        it
        for bill in bills
        for it in billing.request(
            session,
            bill,
            {line.id: line.amount_fen - line.credited_fen for line in bill.lines},
            title=bill.tenant.name,
            taxpayer_no=bill.tenant.uscc,
            kind=TaxInvoiceKind.ORDINARY,
        )
    ]
    for n, it in enumerate(asked[:ISSUED], start=1):
        billing.issue(session, Path(), it, _said(it, n, today), today=today)
    last = asked[ISSUED - 1].bill
    less = {last.lines[0].id: last.lines[0].amount_fen // 10}
    billing.credit(session, last, less, kind=CreditReason.WAIVER, reason="空调检修，减免一成", today=today)


def _said(it: TaxInvoice, n: int, today: date) -> Issued:
    sites = [room.space.site for room in it.bill.lease.spaces] if it.bill.lease else it.bill.tenant.operator.sites
    paper = sites[0].paper(SitePaperKind.PROPERTY_CERTIFICATE)
    return Issued(
        f"2631200000{n:010d}",
        today,
        Decimal("0.05"),
        item_name=ITEM_NAMES[it.item],
        premises=sites[0].address,
        term_first=it.bill.first,
        term_last=it.bill.last,
        certificate=(paper.number if paper else None) or "沪房地虹字（2015）第004217号",
    )
