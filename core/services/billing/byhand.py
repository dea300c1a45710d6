"""Bills that no lease's calendar makes: what was owed before the operator began here (期初余额), and what is asked for
by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Bill, BillKind, BillLine, BillStatus, Fee, Lease, Tenant
from core.data.queries.locks import lock_operator
from core.errors import Conflict, Invalid
from core.policy import Month
from core.services import audit
from core.services.billing import numbering
from core.services.billing.payments import LARGEST

MOST = 20  # lines of one bill that a person fills in; of utilities there is one for each meter


@dataclass(frozen=True, slots=True)
class Asked:
    """One line: what for, fen, of which month (rent always), more words."""

    fee: Fee
    amount_fen: int
    month: Month | None = None
    what: str | None = None


def ask_for(
    session: Session,
    tenant: Tenant,
    lines: Sequence[Asked],
    *,
    kind: BillKind,
    due_on: date,
    today: date,
    lease: Lease | None = None,
    days: tuple[date, date] | None = None,
    note: str | None = None,
) -> Bill:
    """Make a bill of these lines. `days`: what it is for, first and last; else the months of its lines, else its due
    day. Raises `Invalid` for what cannot be, `Conflict` where the lease's rent of a month is billed already."""
    if not lines or (len(lines) > MOST and kind is not BillKind.UTILITIES):
        raise Invalid("请填写至少一项，最多%(most)s项", field="lines", most=MOST)
    if any(not 0 < line.amount_fen <= LARGEST for line in lines):
        raise Invalid("每项金额应大于0", field="lines")
    if kind is not BillKind.OPENING and due_on < today:
        raise Invalid("应付日期不能早于今天；以前的欠款请选期初余额", field="due_on")
    if lease is not None and lease.tenant_id != tenant.id:
        raise Invalid("请选择这家企业自己的协议", field="lease_id")
    rents = [line for line in lines if line.fee is Fee.RENT]
    if rents and lease is None:
        raise Invalid("房租要算到协议上，请选择协议", field="lease_id")
    if any(line.month is None for line in rents):
        raise Invalid("房租要写明是哪个月的", field="lines")
    lock_operator(session, tenant.operator_id)
    if lease is not None and kind is not BillKind.UTILITIES:
        _refuse_billed(session, lease, [str(line.month) for line in rents])
    months = sorted(line.month for line in lines if line.month)
    first, last = days or ((months[0].first, months[-1].last) if months else (due_on, due_on))
    scope = {"operator_id": tenant.operator_id, "tenant_id": tenant.id}
    bill = Bill(
        number=next(numbering.following(session, Bill, tenant.operator_id, Month.of(today))),
        kind=kind,
        lease_id=lease.id if lease else None,
        first=first,
        last=last,
        issued_on=today,
        due_on=due_on,
        total_fen=sum(line.amount_fen for line in lines),
        note=(note or "").strip() or None,
        lines=[
            BillLine(
                place=place,
                fee=it.fee,
                month=str(it.month) if it.month else None,
                what=(it.what or "").strip() or None,
                amount_fen=it.amount_fen,
                **scope,
            )
            for place, it in enumerate(lines, start=1)
        ],
        **scope,
    )
    session.add(bill)
    session.flush()
    audit.record(
        session, "bill.make", bill, detail={"number": bill.number, "kind": kind.value, "total_fen": bill.total_fen}
    )
    return bill


def _refuse_billed(session: Session, lease: Lease, months: list[str]) -> None:
    known = session.execute(
        select(BillLine.month, Bill.number)
        .join(Bill, Bill.id == BillLine.bill_id)
        .where(
            Bill.lease_id == lease.id,
            Bill.status == BillStatus.OPEN,
            BillLine.fee == Fee.RENT,
            BillLine.month.in_(months),
        )
        .limit(1)
    ).first()
    if known is not None:
        raise Conflict(
            "%(month)s的房租已经在账单%(number)s里，不能重复",
            field="lines",
            month=known.month,
            number=known.number,
        )
