"""退款: money of a tenant that goes back, or, of a deposit, becomes money for what is owed (押金抵扣).

Only what is free of a payment can go back. What bills have taken becomes free by a credit note.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import (
    Bill,
    BillLine,
    BillStatus,
    CreditNote,
    CreditReason,
    Fee,
    Payment,
    PaymentMethod,
    Refund,
)
from core.data.queries.locks import lock_operator
from core.data.types import utcnow
from core.errors import Conflict, Invalid
from core.services import audit
from core.services.billing.corrections import credit, undo_credit
from core.services.billing.payments import record, settle, take_back


def refund(
    session: Session,
    payment: Payment,
    *,
    amount_fen: int,
    refunded_on: date,
    method: PaymentMethod,
    reason: str,
    today: date,
    reference: str | None = None,
    into: Payment | None = None,
) -> Refund:
    """Note that a free part of a payment went back. Raises `Invalid` where that is more than is free."""
    lock_operator(session, payment.operator_id)
    session.refresh(payment)
    if payment.reversed_at is not None:
        raise Conflict("这笔收款已经冲销，没有可退的金额")
    if not 0 < amount_fen <= payment.free_fen:
        raise Invalid(
            "退款应大于0且不超过未使用的部分；已付账单的，请先在账单上开贷项单，或整笔冲销", field="amount_fen"
        )
    if not payment.received_on <= refunded_on <= today:
        raise Invalid("退款日期应在收款日期与今天之间", field="refunded_on")
    if not reason.strip():
        raise Invalid("请写明退款原因", field="reason")
    made = Refund(
        operator_id=payment.operator_id,
        tenant_id=payment.tenant_id,
        payment_id=payment.id,
        amount_fen=amount_fen,
        refunded_on=refunded_on,
        method=method,
        reference=(reference or "").strip() or None,
        reason=reason.strip(),
        into_id=into.id if into else None,
        recorded_by_id=audit.asker_of(session).user_id,
    )
    payment.free_fen -= amount_fen
    payment.refunded_fen += amount_fen
    session.add(made)
    session.flush()
    audit.record(session, "refund.record", made, detail={"payment": payment.id, "amount_fen": amount_fen})
    return made


def undo_refund(session: Session, it: Refund, reason: str) -> None:
    """The money is here after all (退汇, or written down by mistake): free again."""
    if it.into_id is not None:
        raise Conflict("这是押金抵扣；请冲销抵扣形成的那笔收款")
    _undo(session, it, reason)


def deposit_held(bill: Bill) -> int:
    """What was paid of a bill's deposit and is still held (fen)."""
    return sum(line.paid_fen for line in bill.lines if line.fee is Fee.DEPOSIT)


def return_deposit(
    session: Session,
    bill: Bill,
    *,
    amount_fen: int,
    refunded_on: date,
    method: PaymentMethod,
    reason: str,
    today: date,
    reference: str | None = None,
) -> list[Refund]:
    """退还押金: it is no longer asked for, and goes back, one refund for each payment it came with."""
    _note, freed, _awards = credit(
        session, bill, _of_deposit(bill, amount_fen), kind=CreditReason.DEPOSIT, reason=reason, today=today
    )
    return [
        refund(
            session,
            payment,
            amount_fen=fen,
            refunded_on=refunded_on,
            method=method,
            reference=reference,
            reason=reason,
            today=today,
        )
        for payment, fen in freed
    ]


def offset_deposit(session: Session, bill: Bill, *, amount_fen: int, reason: str, today: date) -> Payment:
    """押金抵扣: of the deposit held, so much pays what the tenant owes. From that day on what it pays of rent is rent.
    Raises `Invalid` where it is more than is held or owed."""
    if bill.rest_fen:
        raise Conflict("押金还没有收齐；请先对未收的部分开贷项单，再抵扣")
    lock_operator(session, bill.operator_id)
    owed = session.scalars(
        select(BillLine)
        .join(Bill, Bill.id == BillLine.bill_id)
        .where(BillLine.tenant_id == bill.tenant_id, Bill.status == BillStatus.OPEN, Bill.id != bill.id)
    )
    rest = sum(line.rest_fen for line in owed)
    if amount_fen > rest:
        raise Invalid("抵扣不能多于所欠的%(rest)s元；多余的押金请退还", field="amount_fen", rest=f"{rest / 100:.2f}")
    note, freed, _awards = credit(
        session, bill, _of_deposit(bill, amount_fen), kind=CreditReason.DEPOSIT, reason=reason, today=today
    )
    payers = {payment.payer_name for payment, _fen in freed}
    made = record(
        session,
        bill.tenant,
        amount_fen=amount_fen,
        received_on=today,
        method=PaymentMethod.OFFSET,
        payer_name=payers.pop() if len(payers) == 1 else None,
        reference=note.number,
        note=reason.strip(),
        today=today,
    )
    for payment, fen in freed:
        refund(
            session,
            payment,
            amount_fen=fen,
            refunded_on=today,
            method=PaymentMethod.OFFSET,
            reference=note.number,
            reason=reason,
            today=today,
            into=made,
        )
    return made


def reverse(session: Session, payment: Payment, reason: str) -> list[str]:
    """Take a payment back, whole. One that a deposit became: the deposit is a deposit again. Returns the numbers of
    awards in force that rest on the rent it was."""
    awards = take_back(session, payment, reason)
    if payment.method is not PaymentMethod.OFFSET:
        return awards
    note = session.scalars(
        select(CreditNote).where(CreditNote.operator_id == payment.operator_id, CreditNote.number == payment.reference)
    ).one()
    undo_credit(session, note, reason)
    for it in session.scalars(select(Refund).where(Refund.into_id == payment.id, Refund.undone_at.is_(None))).all():
        _undo(session, it, reason)
        settle(session, it.payment, bill=note.bill)
    return awards


def _undo(session: Session, it: Refund, reason: str) -> None:
    if not reason.strip():
        raise Invalid("请写明撤销原因", field="reason")
    lock_operator(session, it.operator_id)
    session.refresh(it)
    if it.undone_at is not None:
        raise Conflict("这笔退款已经撤销")
    payment = it.payment
    session.refresh(payment)
    payment.refunded_fen -= it.amount_fen
    payment.free_fen += it.amount_fen
    it.undone_at, it.undo_reason = utcnow(), reason.strip()
    audit.record(session, "refund.undo", it, detail={"payment": payment.id, "amount_fen": it.amount_fen})
    session.flush()


def _of_deposit(bill: Bill, fen: int) -> dict[int, int]:
    line = next((it for it in bill.lines if it.fee is Fee.DEPOSIT), None)
    if line is None:
        raise Conflict("这张账单没有押金")
    if not 0 < fen <= line.paid_fen:
        raise Invalid("金额应大于0且不超过已收的押金", field="amount_fen")
    return {line.id: fen}
