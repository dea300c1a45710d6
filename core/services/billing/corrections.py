"""贷项: a bill asks for less than it did. What had been paid of that is the tenant's again, and no rent any more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import rent
from core.data.models import (
    Bill,
    BillKind,
    BillLine,
    BillStatus,
    CreditLine,
    CreditNote,
    CreditReason,
    Fee,
    Lease,
    Payment,
)
from core.data.queries import bills as reads
from core.data.queries.locks import lock_operator
from core.data.types import utcnow
from core.errors import Conflict, Invalid
from core.policy import Month
from core.services import audit
from core.services.billing import numbering
from core.services.billing.charges import FEES
from core.services.billing.payments import awards_of, loosen

Freed = list[tuple[Payment, int]]


def credit(
    session: Session, bill: Bill, parts: Mapping[int, int], *, kind: CreditReason, reason: str, today: date
) -> tuple[CreditNote, Freed, list[str]]:
    """Make lines of a bill less: `parts` are fen by id of the line. What is owed goes first, then what was paid is made
    free; of a deposit that is given up, what was paid. Returns the note, what became free of which payment, and the
    numbers of awards in force that rest on the rent it was."""
    parts = {line_id: fen for line_id, fen in parts.items() if fen}
    if not parts:
        raise Invalid("请填写至少一项的减少金额", field="reason")
    if not reason.strip():
        raise Invalid("请写明原因", field="reason")
    lock_operator(session, bill.operator_id)
    session.refresh(bill)
    if bill.status is BillStatus.VOID:
        raise Conflict("这张账单已作废，不用再减")
    lines = reads.fresh_lines(session, bill.id)
    for line_id, fen in parts.items():
        line = lines.get(line_id)
        if line is None or not 0 < fen <= line.amount_fen - line.credited_fen:
            raise Invalid("减少的金额应在0与该项未减的金额之间", field="reason")
    scope = {"operator_id": bill.operator_id, "tenant_id": bill.tenant_id}
    note = CreditNote(
        number=next(numbering.following(session, CreditNote, bill.operator_id, Month.of(today))),
        bill_id=bill.id,
        issued_on=today,
        kind=kind,
        reason=reason.strip(),
        total_fen=sum(parts.values()),
        recorded_by_id=audit.asker_of(session).user_id,
        lines=[CreditLine(line_id=line_id, amount_fen=fen, **scope) for line_id, fen in parts.items()],
        **scope,
    )
    session.add(note)
    freed: Freed = []
    months: list[str] = []
    for line_id, fen in parts.items():
        line = lines[line_id]
        paid = fen if kind is CreditReason.DEPOSIT else fen - line.rest_fen
        if paid > line.paid_fen:
            raise Invalid("退还或抵扣的押金不能多于已收的", field="amount_fen")
        if paid > 0:
            freed += loosen(session, line, paid, today)
            months += [line.month] if line.fee is Fee.RENT and line.month else []
        line.credited_fen += fen
    awards = awards_of(session, bill.tenant_id, months)
    session.flush()
    audit.record(
        session,
        "credit.make",
        note,
        detail={"number": note.number, "bill": bill.number, "total_fen": note.total_fen, "awards": awards},
    )
    return note, freed, awards


def undo_credit(session: Session, note: CreditNote, reason: str) -> None:
    """The bill asks for it again. What had become free stays the tenant's, and can pay it again."""
    if not reason.strip():
        raise Invalid("请写明撤销原因", field="reason")
    lock_operator(session, note.operator_id)
    session.refresh(note)
    if note.undone_at is not None:
        raise Conflict("这张贷项单已经撤销")
    if note.bill.status is BillStatus.VOID:
        raise Conflict("账单已作废，贷项单不能再撤销")
    for it in note.lines:
        session.refresh(it.line)
        it.line.credited_fen -= it.amount_fen
    note.undone_at, note.undo_reason = utcnow(), reason.strip()
    audit.record(session, "credit.undo", note, detail={"number": note.number, "total_fen": note.total_fen})
    session.flush()


def beyond(session: Session, lease: Lease) -> list[tuple[Bill, dict[int, int]]]:
    """Bills of a lease that ask for days after its last one, and how much too much by line."""
    if lease.ends_on is None:
        return []
    bills = session.scalars(
        select(Bill)
        .where(
            Bill.lease_id == lease.id,
            Bill.kind == BillKind.REGULAR,
            Bill.status == BillStatus.OPEN,
            Bill.last > lease.ends_on,
        )
        .order_by(Bill.first)
    ).all()
    periods = {it.first: it for it in rent.periods(lease)} if bills else {}
    found = []
    for bill in bills:
        asked: dict[tuple[Fee, str | None], int] = {}
        if (period := periods.get(bill.first)) is not None:
            due = rent.instalment(lease, period)
            asked |= {(Fee.RENT, str(month)): fen for month, fen in due.months}
            asked |= {(FEES[kind], None): fen for kind, fen in due.fees}
        parts = {line.id: _too_much(line, asked) for line in bill.lines}
        if any(parts.values()):
            found.append((bill, {line_id: fen for line_id, fen in parts.items() if fen}))
    return found


def end_early(session: Session, lease: Lease, today: date) -> tuple[list[CreditNote], list[str]]:
    """After a lease was cut short: a credit note for each bill that asks for days after its end. Returns them and the
    awards that rest on rent that is none any more."""
    notes, awards = [], []
    for bill, parts in beyond(session, lease):
        note, _freed, named = credit(
            session, bill, parts, kind=CreditReason.EARLY_END, reason=f"协议{lease.number}提前终止", today=today
        )
        notes.append(note)
        awards += named
    return notes, sorted(set(awards))


def not_early(session: Session, lease: Lease) -> list[CreditNote]:
    """The notice was taken back: so are the credit notes it made."""
    notes = session.scalars(
        select(CreditNote)
        .join(Bill, Bill.id == CreditNote.bill_id)
        .where(
            Bill.lease_id == lease.id,
            Bill.status == BillStatus.OPEN,
            CreditNote.kind == CreditReason.EARLY_END,
            CreditNote.undone_at.is_(None),
        )
    ).all()
    for note in notes:
        undo_credit(session, note, "撤销提前终止")
    return list(notes)


def _too_much(line: BillLine, asked: Mapping[tuple[Fee, str | None], int]) -> int:
    return max(0, line.amount_fen - line.credited_fen - asked.get((line.fee, line.month), 0))
