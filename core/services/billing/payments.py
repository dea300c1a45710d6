"""收款: money that came in, what it paid, and the rent it makes a fact of.

A payment goes to the bill it names first, then to what has been due longest, line by line; what is left is the tenant's
(预收) until a bill takes it. Each part that pays rent becomes a row of the book of rent received, by lease and month,
with the payer's name: the facts that subsidy rules read. A deposit is never rent.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    settle(session, payment, bill=bill)
    return payment


def settle(session: Session, payment: Payment, *, bill: Bill | None = None) -> int:
    """Put what is free of a payment to open lines: those of `bill` first, then what is due longest. Returns how much
    went (fen)."""
    if payment.reversed_at is not None:
        raise Conflict("这笔收款已经冲销")
    lock_operator(session, payment.operator_id)
    went = 0
    for line in _open_lines(session, payment.tenant_id, bill):
        part = min(payment.free_fen, line.amount_fen - line.paid_fen)
        if part <= 0:
            continue
        session.add(
            Allocation(
                operator_id=payment.operator_id,
                tenant_id=payment.tenant_id,
                payment_id=payment.id,
                line_id=line.id,
                amount_fen=part,
            )
        )
        line.paid_fen += part
        payment.free_fen -= part
        went += part
        if line.fee is Fee.RENT and line.month is not None:
            _as_rent(session, payment, line, part)
    session.flush()
    session.expire(payment, ["allocations"])
    if went:
        audit.record(session, "payment.allocate", payment, detail={"amount_fen": went})
    return went


def reverse(session: Session, payment: Payment, reason: str) -> list[str]:
    """Take a payment back, whole: its lines are open again, and the rent it was is no fact any more. Returns the
    numbers of awards in force that rest on those months: for people to look into."""
    if payment.reversed_at is not None:
        raise Conflict("这笔收款已经冲销")
    if not reason.strip():
        raise Invalid("请写明冲销原因", field="reason")
    lock_operator(session, payment.operator_id)
    awards = awards_on(session, payment)
    for it in session.scalars(select(Allocation).where(Allocation.payment_id == payment.id)):
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
    months = list(session.scalars(select(RentPayment.month).where(RentPayment.payment_id == payment.id)))
    if not months:
        return []
    with across(session, "payment") as wide:
        return awards_using(wide, [payment.tenant_id], EvidenceKind.RENT_MONTH, months)


def _open_lines(session: Session, tenant_id: int, bill: Bill | None) -> Sequence[BillLine]:
    query = (
        select(BillLine)
        .join(Bill, Bill.id == BillLine.bill_id)
        .where(
            BillLine.tenant_id == tenant_id,
            Bill.status == BillStatus.OPEN,
            BillLine.paid_fen < BillLine.amount_fen,
        )
        .order_by(Bill.due_on, Bill.id, BillLine.place)
    )
    found = list(session.scalars(query))
    return sorted(found, key=lambda line: bill is None or line.bill_id != bill.id)


def _as_rent(session: Session, payment: Payment, line: BillLine, fen: int) -> None:
    bill = session.get_one(Bill, line.bill_id)
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
