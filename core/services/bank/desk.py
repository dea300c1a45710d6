"""What an accountant does with the lines: book them, all certain ones at once, or set one aside.

Whether a line is booked is told by its payment, which may be taken back as every payment: then the line waits again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from core.data.models import BankLine, Bill, Payment, PaymentMethod, Tenant
from core.data.queries import bank as reads
from core.data.queries.locks import lock_operator
from core.data.types import utcnow
from core.errors import Conflict, DomainError, Invalid
from core.services import audit, billing
from core.services.bank.matching import Certainty, Debtor, Ledger, Match, Owed, Received, numbers_in
from core.services.imports.context import name_key
from core.services.typed import within

AT_ONCE = 2_000  # lines that are looked at together, the oldest


@dataclass(slots=True)
class Done:
    """What became of booking many: how many lines and fen, and why some were left."""

    lines: int = 0
    fen: int = 0
    left: list[DomainError] = field(default_factory=list)


def said(line: BankLine) -> Received:
    return Received(line.received_on, line.amount_fen, line.payer_name, line.remark, line.reference)


def matches(session: Session, operator_id: int, lines: Sequence[BankLine]) -> dict[int, Match]:
    """The match of each line, in the order given."""
    return ledger(session, operator_id, lines).plan([(line.id, said(line)) for line in lines])


def ledger(session: Session, operator_id: int, lines: Sequence[BankLine]) -> Ledger:
    """What is owed and what was paid, as far as it tells something about these lines."""
    bills: dict[int, list[Owed]] = defaultdict(list)
    numbers = {number for line in lines for number in numbers_in(line.remark)}
    for tenant_id, bill_id, number, due_on, rest in reads.bills(session, operator_id, numbers):
        bills[tenant_id].append(Owed(bill_id, number, due_on, rest))
    payers: dict[int, set[str]] = defaultdict(set)
    for tenant_id, name in reads.payers(session, operator_id):
        payers[tenant_id].add(name_key(name))
    paid: dict[int, set[tuple[date, int]]] = defaultdict(set)
    if lines:
        days = [line.received_on for line in lines]
        for tenant_id, day, fen in reads.paid_between(session, operator_id, min(days), max(days)):
            paid[tenant_id].add((day, fen))
    debtors = (
        Debtor(tenant_id, name, tuple(bills[tenant_id]), frozenset(payers[tenant_id]), frozenset(paid[tenant_id]))
        for tenant_id, name in reads.tenant_names(session, operator_id)
    )
    return Ledger.of(
        debtors, reads.recorded(session, operator_id, {line.reference for line in lines if line.reference})
    )


def book(session: Session, line: BankLine, tenant: Tenant, today: date, *, bill: Bill | None = None) -> Payment:
    """Make a payment of a line, or join it to the one that was recorded by hand with its number. Raises `Conflict`
    where somebody was quicker."""
    _take(session, line)
    known, taken = reads.recorded(session, line.operator_id, [line.reference] if line.reference else []).get(
        line.reference or "", (None, False)
    )
    if known is not None and not taken:
        if known.amount_fen != line.amount_fen:
            raise Conflict(
                "流水号%(reference)s已登记过一笔金额不同的收款；请先核对，登错的冲销后再入账", reference=line.reference
            )
        return _join(session, line, known)
    if bill is not None and bill.tenant_id != tenant.id:
        raise Invalid("这张账单不是这家企业的，请重新选择")
    # A number that another line was booked with is the bank's for several: it is told apart by the line.
    reference = f"{str(line.reference)[:48]}#{line.id}" if taken else line.reference
    payment = billing.record(
        session,
        tenant,
        amount_fen=line.amount_fen,
        received_on=line.received_on,
        method=PaymentMethod.TRANSFER,
        today=today,
        payer_name=line.payer_name,
        reference=reference,
        note=line.remark[:200] or None,
        bill=bill,
    )
    line.payment_id = payment.id
    audit.record(session, "bank.book", line, detail={"payment": payment.id, "amount_fen": line.amount_fen})
    session.flush()
    return payment


def book_certain(session: Session, operator_id: int, wanted: Collection[int], today: date) -> Done:
    """Book those of the lines that are certain now; what was confirmed but is not certain any more is left."""
    lock_operator(session, operator_id)
    lines = reads.waiting(session, AT_ONCE)
    found, done = matches(session, operator_id, lines), Done()
    for line in lines:
        match = found[line.id]
        if line.id not in wanted or match.certainty is not Certainty.CERTAIN:
            continue
        to = match.proposals[0]
        tenant = session.get_one(Tenant, to.tenant_id)
        bill = session.get_one(Bill, to.bill_id) if to.bill_id else None
        point = session.begin_nested()
        try:
            book(session, line, tenant, today, bill=bill)
        except DomainError as error:
            point.rollback()
            done.left.append(error)
            continue
        point.commit()
        done.lines += 1
        done.fen += line.amount_fen
    return done


def join(session: Session, line: BankLine, payment: Payment) -> Payment:
    """A person says that a payment recorded by hand is this line's money."""
    _take(session, line)
    if payment not in reads.similar(session, line):
        raise Conflict("这笔收款已冲销、已对上别的流水，或金额不同；请刷新后再看")
    return _join(session, line, payment)


def set_aside(session: Session, line: BankLine, reason: str) -> None:
    """Say that a line is no payment of a tenant: interest, a refund, a transfer between own accounts."""
    if not reason.strip():
        raise Invalid("请写明原因，例如：利息、退款、内部转账", field="reason")
    _take(session, line)
    line.payment_id, line.aside_reason, line.aside_at = None, within(reason, 200, field="reason"), utcnow()
    audit.record(session, "bank.aside", line, detail={"amount_fen": line.amount_fen})
    session.flush()


def take_back(session: Session, line: BankLine) -> None:
    """A line that was set aside waits again."""
    lock_operator(session, line.operator_id)
    session.refresh(line)
    if line.aside_at is None:
        raise Conflict("这一行没有搁置，可能已有人取回")
    line.aside_reason = line.aside_at = None
    audit.record(session, "bank.take_back", line, detail={"amount_fen": line.amount_fen})
    session.flush()


def _take(session: Session, line: BankLine) -> None:
    """The line as it is now, for whoever holds the lock of the operator; it must wait."""
    lock_operator(session, line.operator_id)
    session.refresh(line)
    if line.aside_at is not None:
        raise Conflict("这一行已搁置；如要入账，请先取回")
    if line.payment is not None and line.payment.reversed_at is None:
        raise Conflict("这一行已经入账，不能重复入账")


def _join(session: Session, line: BankLine, payment: Payment) -> Payment:
    line.payment_id = payment.id
    audit.record(session, "bank.join", line, detail={"payment": payment.id, "amount_fen": line.amount_fen})
    session.flush()
    return payment
