"""收款: money that came in, what it paid, and the rent it makes a fact of.

A payment goes to the bill it names first, then to what has been due longest, line by line; what is left is the tenant's
(预收) until a bill takes it. Each part that pays rent becomes a row of the book of rent received, by lease and month,
with the payer's name: the facts that subsidy rules read. A deposit is never rent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.data.models import (
    Allocation,
    Bill,
    BillLine,
    BillStatus,
    EvidenceKind,
    Fee,
    Payer,
    Payment,
    PaymentMethod,
    RentPayment,
    Tenant,
)
from core.data.queries.across import across
from core.data.queries.evidence import awards_using
from core.data.queries.locks import lock_operator
from core.data.types import utcnow
from core.errors import Conflict, Invalid
from core.services import audit
from core.services.billing import journal
from core.services.imports.context import name_key

LARGEST = 10**12  # fen: ten billion yuan is a slip of the pen


def record(
    session: Session,
    tenant: Tenant,
    *,
    amount_fen: int,
    received_on: date,
    method: PaymentMethod,
    today: date,
    payer_name: str | None = None,
    reference: str | None = None,
    note: str | None = None,
    bill: Bill | None = None,
) -> Payment:
    """Note a payment and what it pays. Raises `Invalid` for sums and days that cannot be, `Conflict` where the same
    reference was recorded before."""
    if not 0 < amount_fen <= LARGEST:
        raise Invalid("金额应大于0；退款请在原来的收款上冲销", field="amount_fen")
    if received_on > today:
        raise Invalid("收款日期不能晚于今天", field="received_on")
    if bill is not None and bill.status is BillStatus.VOID:
        raise Conflict("这张账单已作废，不能收款；请在有效的账单上登记")
    lock_operator(session, tenant.operator_id)
    reference = (reference or "").strip() or None
    if reference is not None:
        same = select(Payment.id).where(
            Payment.operator_id == tenant.operator_id, Payment.reference == reference, Payment.reversed_at.is_(None)
        )
        if session.scalar(same.limit(1)) is not None:
            raise Conflict("流水号%(reference)s已经登记过，不能重复登记", field="reference", reference=reference)
    payment = Payment(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        tenant=tenant,
        received_on=received_on,
        amount_fen=amount_fen,
        free_fen=amount_fen,
        method=method,
        payer_name=(payer_name or "").strip() or None,
        reference=reference,
        note=note,
        recorded_by_id=audit.asker_of(session).user_id,
    )
    session.add(payment)
    session.flush()
    audit.record(session, "payment.record", payment, detail={"tenant": tenant.id, "amount_fen": amount_fen})
    settle(session, payment, bill=bill, on=received_on)
    return payment


def settle(session: Session, payment: Payment, *, bill: Bill | None = None, on: date | None = None) -> int:
    """Put what is free of a payment to open lines: those of `bill` first, then what is due longest. Returns how much
    went (fen). `on`: the day it went there, if not today."""
    if payment.reversed_at is not None:
        raise Conflict("这笔收款已经冲销")
    lock_operator(session, payment.operator_id)
    session.refresh(payment, ["free_fen", "reversed_at"])
    went = 0
    for line in _open_lines(session, payment.tenant_id, bill):
        part = min(payment.free_fen, line.rest_fen)
        if part <= 0:
            continue
        _allocate(session, payment, line, part)
        journal.went(session, payment, line, part, on)
        line.paid_fen += part
        payment.free_fen -= part
        went += part
        _as_rent(session, payment, line, part)
    session.flush()
    session.expire(payment, ["allocations"])
    if went:
        audit.record(session, "payment.allocate", payment, detail={"amount_fen": went})
    return went


def loosen(session: Session, line: BillLine, fen: int, on: date) -> list[tuple[Payment, int]]:
    """Make `fen` of what a line was paid free again, of the latest payment first; as rent it is no fact any more.
    Returns how much of which payment. The caller has the operator's lock."""
    found: list[tuple[Payment, int]] = []
    rows = session.scalars(
        select(Allocation)
        .join(Payment, Payment.id == Allocation.payment_id)
        .where(Allocation.line_id == line.id, Payment.reversed_at.is_(None))
        .order_by(Payment.received_on.desc(), Payment.id.desc())
    )
    for it in rows.all():
        part = min(fen, it.amount_fen)
        if part <= 0:
            break
        payment = it.payment
        _less_rent(session, payment, line, part)
        journal.came_back(session, payment, line.id, part, on)
        payment.free_fen += part
        line.paid_fen -= part
        fen -= part
        if part == it.amount_fen:
            session.delete(it)
        else:
            it.amount_fen -= part
        found.append((payment, part))
    session.flush()
    for payment, _part in found:
        session.expire(payment, ["allocations"])
    return found


def take_back(session: Session, payment: Payment, reason: str) -> list[str]:
    """What `refunds.reverse` does to every payment: its lines are open again, and the rent it was is no fact any more.
    Returns the numbers of awards in force that rest on those months."""
    if not reason.strip():
        raise Invalid("请写明冲销原因", field="reason")
    lock_operator(session, payment.operator_id)
    session.refresh(payment)  # what was read before the lock may be old
    if payment.reversed_at is not None:
        raise Conflict("这笔收款已经冲销")
    if payment.refunded_fen:
        raise Conflict("这笔收款有退款或抵扣，不能整笔冲销；请先撤销退款")
    awards = awards_on(session, payment)
    for it in session.scalars(select(Allocation).where(Allocation.payment_id == payment.id)).all():
        journal.came_back(session, payment, it.line_id, it.amount_fen, None)
        session.execute(
            update(BillLine).where(BillLine.id == it.line_id).values(paid_fen=BillLine.paid_fen - it.amount_fen)
        )
    session.execute(delete(RentPayment).where(RentPayment.payment_id == payment.id))
    payment.free_fen, payment.reversed_at, payment.reversal_reason = 0, utcnow(), reason.strip()
    audit.record(session, "payment.reverse", payment, detail={"amount_fen": payment.amount_fen, "awards": awards})
    session.flush()
    session.expire_all()
    return awards


def awards_on(session: Session, payment: Payment) -> list[str]:
    """Numbers of awards in force that use rent of the months this payment paid."""
    months = session.scalars(select(RentPayment.month).where(RentPayment.payment_id == payment.id))
    return awards_of(session, payment.tenant_id, months)


def awards_of(session: Session, tenant_id: int, months: Iterable[str]) -> list[str]:
    """Numbers of awards in force that use rent of these months."""
    if not (months := sorted(set(months))):
        return []
    with across(session, "payment") as wide:
        return awards_using(wide, [tenant_id], EvidenceKind.RENT_MONTH, months)


def _open_lines(session: Session, tenant_id: int, bill: Bill | None) -> Sequence[BillLine]:
    query = (
        select(BillLine)
        .join(Bill, Bill.id == BillLine.bill_id)
        .where(
            BillLine.tenant_id == tenant_id,
            Bill.status == BillStatus.OPEN,
            BillLine.paid_fen + BillLine.credited_fen < BillLine.amount_fen,
        )
        .order_by(Bill.due_on, Bill.id, BillLine.place)
    )
    # What was read before the lock may be old.
    found = list(session.scalars(query, execution_options={"populate_existing": True}))
    return sorted(found, key=lambda line: bill is None or line.bill_id != bill.id)


def _allocate(session: Session, payment: Payment, line: BillLine, fen: int) -> None:
    """A line may take from one payment twice: after a credit note was undone."""
    known = session.scalars(
        select(Allocation).where(Allocation.payment_id == payment.id, Allocation.line_id == line.id)
    ).one_or_none()
    if known is not None:
        known.amount_fen += fen
        return
    scope = {"operator_id": payment.operator_id, "tenant_id": payment.tenant_id}
    session.add(Allocation(payment_id=payment.id, line_id=line.id, amount_fen=fen, **scope))


def _less_rent(session: Session, payment: Payment, line: BillLine, fen: int) -> None:
    bill = session.get_one(Bill, line.bill_id)
    if line.fee is not Fee.RENT or line.month is None or bill.lease_id is None:
        return
    row = session.scalars(
        select(RentPayment).where(
            RentPayment.payment_id == payment.id,
            RentPayment.lease_id == bill.lease_id,
            RentPayment.month == line.month,
        )
    ).one()
    if (row.paid_fen or 0) > fen:
        row.paid_fen = (row.paid_fen or 0) - fen
    else:
        session.delete(row)


def _as_rent(session: Session, payment: Payment, line: BillLine, fen: int) -> None:
    bill = session.get_one(Bill, line.bill_id)
    if line.fee is not Fee.RENT or line.month is None or bill.lease_id is None:
        return
    voucher = payment.reference or f"SK-{payment.id}"
    known = session.scalars(
        select(RentPayment).where(
            RentPayment.lease_id == bill.lease_id, RentPayment.month == line.month, RentPayment.voucher == voucher
        )
    ).one_or_none()
    if known is not None and known.payment_id != payment.id:
        raise Conflict(
            "租金台账里%(month)s已有凭证“%(voucher)s”的收款，再登记会重复；请先核对台账",
            month=line.month,
            voucher=voucher,
        )
    if known is not None:
        known.paid_fen = (known.paid_fen or 0) + fen
        return
    session.add(
        RentPayment(
            operator_id=payment.operator_id,
            tenant_id=payment.tenant_id,
            lease_id=bill.lease_id,
            month=line.month,
            paid_fen=fen,
            received_on=payment.received_on,
            payer=_payer(payment),
            payer_name=payment.payer_name,
            voucher=voucher,
            payment_id=payment.id,
        )
    )


def _payer(payment: Payment) -> Payer | None:
    if payment.payer_name is None:
        return None
    return Payer.TENANT if name_key(payment.payer_name) == name_key(payment.tenant.name) else Payer.OTHER
