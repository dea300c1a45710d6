"""Reading for 追回: files, what an award may have lost since it was made, and which record says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from core.data.models import (
    Allocation,
    Award,
    Bill,
    BillLine,
    Case,
    CaseState,
    CreditLine,
    CreditNote,
    CreditState,
    Departure,
    Fee,
    Operator,
    Payment,
    Recovery,
    RecoveryCause,
    RecoveryCredit,
    RecoveryState,
    Refund,
    RentPayment,
    TaxInvoice,
    TaxInvoiceLine,
    Tenant,
)
from core.data.queries.paging import Listing

OPEN = (RecoveryState.LEAD, RecoveryState.PROPOSED, RecoveryState.DECIDED)
PAID = (CaseState.PAID, CaseState.CLOSED)


@dataclass(frozen=True, slots=True)
class Fact:
    """A record that took something from an award: what it means, its name (`refunds:12`), and when it was made."""

    cause: RecoveryCause
    name: str
    at: datetime


def one(session: Session, recovery_id: int) -> Recovery | None:
    return session.scalars(select(Recovery).where(Recovery.id == recovery_id)).one_or_none()


def of_case(session: Session, case_id: int) -> Sequence[Recovery]:
    """The files of a case, newest first."""
    return session.scalars(select(Recovery).where(Recovery.case_id == case_id).order_by(Recovery.id.desc())).all()


def open_of(session: Session, case_id: int) -> Recovery | None:
    """The file of a case that is not closed."""
    wanted = select(Recovery).where(Recovery.case_id == case_id, Recovery.state.in_(OPEN))
    return session.scalars(wanted).one_or_none()


def owing(session: Session, tenant_ids: Collection[int]) -> Sequence[Recovery]:
    """What tenants owe by decision and have not given back, the oldest first."""
    wanted = select(Recovery).where(Recovery.tenant_id.in_(tenant_ids), Recovery.state == RecoveryState.DECIDED)
    return session.scalars(wanted.order_by(Recovery.decided_at, Recovery.id)).all()


def credited(session: Session, recovery: Recovery, *states: CreditState) -> int:
    """Fen of a file's credits in these states."""
    summed = select(func.coalesce(func.sum(RecoveryCredit.amount_fen), 0)).where(
        RecoveryCredit.recovery_id == recovery.id, RecoveryCredit.state.in_(states)
    )
    return int(session.scalars(summed).one())


def left_on(session: Session, tenant_id: int) -> date | None:
    """The day on which a tenant's departure was completed, the last one."""
    wanted = select(func.max(Departure.completed_on)).where(
        Departure.tenant_id == tenant_id, Departure.cancelled_on.is_(None)
    )
    return session.scalar(wanted)


def departure_of(session: Session, tenant_id: int) -> int | None:
    """The departure that was completed last."""
    wanted = select(Departure.id).where(
        Departure.tenant_id == tenant_id, Departure.completed_on.is_not(None), Departure.cancelled_on.is_(None)
    )
    return session.scalars(wanted.order_by(Departure.completed_on.desc(), Departure.id.desc()).limit(1)).first()


def uninvoiced(session: Session, evidence: Mapping[str, Any], *, since: datetime) -> dict[str, int]:
    """Of each rent month the fen that were paid and whose 发票 was taken back after `since` and not made anew."""
    found = {
        line: [int(number) for number in source.source.removeprefix("rent_payments:").split(",")]
        for line, source in evidence.items()
        if source.source.startswith("rent_payments:")
    }
    numbers = {number for ids in found.values() for number in ids}
    of_lease = select(RentPayment.id, RentPayment.lease_id, RentPayment.month).where(RentPayment.id.in_(numbers))
    places = {row.id: (row.lease_id, row.month) for row in session.execute(of_lease)}
    short = _short(session, {lease for lease, _month in places.values()}, since)
    return {
        line: sum(short[place] for place in {places[number] for number in ids if number in places})
        for line, ids in found.items()
    }


def _short(session: Session, leases: Collection[int], since: datetime) -> dict[tuple[int, str], int]:
    taken_back = (
        select(TaxInvoiceLine.line_id, (-func.sum(TaxInvoiceLine.amount_fen)).label("fen"))
        .join(TaxInvoice, TaxInvoice.id == TaxInvoiceLine.invoice_id)
        .where(TaxInvoice.red_of_id.is_not(None), TaxInvoice.requested_at > since)
        .group_by(TaxInvoiceLine.line_id)
        .subquery()
    )
    rows = session.execute(
        select(Bill.lease_id, BillLine.month, BillLine.paid_fen, BillLine.invoiced_fen, taken_back.c.fen)
        .join(Bill, Bill.id == BillLine.bill_id)
        .join(taken_back, taken_back.c.line_id == BillLine.id)
        .where(Bill.lease_id.in_(leases), BillLine.fee == Fee.RENT)
    )
    short: dict[tuple[int, str], int] = defaultdict(int)
    for lease, month, paid, invoiced, fen in rows:
        short[lease, month] += min(int(fen), max(paid - invoiced, 0))
    return short


def facts(session: Session, tenant_id: int, months: Collection[str], since: datetime) -> list[Fact]:
    """The records made after `since` that took rent of these months back, the newest first."""
    rent = BillLine.month.in_(months) & (BillLine.fee == Fee.RENT)
    red = (
        select(TaxInvoice.id, TaxInvoice.requested_at)
        .join(TaxInvoiceLine, TaxInvoiceLine.invoice_id == TaxInvoice.id)
        .join(BillLine, BillLine.id == TaxInvoiceLine.line_id)
        .where(TaxInvoice.tenant_id == tenant_id, TaxInvoice.red_of_id.is_not(None), TaxInvoice.requested_at > since)
        .where(rent)
    )
    credited = (
        select(CreditNote.id, CreditNote.recorded_at)
        .join(CreditLine, CreditLine.note_id == CreditNote.id)
        .join(BillLine, BillLine.id == CreditLine.line_id)
        .where(CreditNote.tenant_id == tenant_id, CreditNote.undone_at.is_(None), CreditNote.recorded_at > since, rent)
    )
    given_back = select(Refund.id, Refund.recorded_at).where(
        Refund.tenant_id == tenant_id, Refund.undone_at.is_(None), Refund.recorded_at > since
    )
    reversed_ = (
        select(Payment.id, Payment.reversed_at)
        .outerjoin(Allocation, Allocation.payment_id == Payment.id)
        .outerjoin(BillLine, BillLine.id == Allocation.line_id)
        .where(Payment.tenant_id == tenant_id, Payment.reversed_at > since, or_(rent, BillLine.id.is_(None)))
    )
    asked = (
        (red, RecoveryCause.TAX_INVOICE, "tax_invoices"),
        (credited, RecoveryCause.CREDIT_NOTE, "credit_notes"),
        (given_back, RecoveryCause.REFUND, "refunds"),
        (reversed_, RecoveryCause.REFUND, "payments"),
    )
    found = [
        Fact(cause, f"{table}:{number}", at)
        for query, cause, table in asked
        for number, at in session.execute(query.distinct())
    ]
    return sorted(found, key=lambda fact: (fact.at, fact.name), reverse=True)


def candidates(session: Session, since: datetime, *, case_id: int | None = None) -> Sequence[Case]:
    """Cases that were paid, whose award stands, was made after `since` and has no open file."""
    open_ = select(Recovery.id).where(Recovery.award_id == Award.id, Recovery.state.in_(OPEN)).exists()
    wanted = (
        select(Case)
        .join(Award, Award.case_id == Case.id)
        .where(Case.state.in_(PAID), Award.revoked_at.is_(None), Award.amount_fen > 0, Award.approved_at > since)
        .where(~open_)
    )
    if case_id is not None:
        wanted = wanted.where(Case.id == case_id)
    return session.scalars(wanted.order_by(Case.id)).all()


def files(today: date) -> Listing:
    """The files of the district. `standing`: what is overdue is a filter of its own."""
    back = (
        select(func.coalesce(func.sum(RecoveryCredit.amount_fen), 0).cast(BigInteger))
        .where(RecoveryCredit.recovery_id == Recovery.id, RecoveryCredit.state == CreditState.CONFIRMED)
        .scalar_subquery()
    )
    late = (Recovery.state == RecoveryState.DECIDED) & (Recovery.due_on < today)
    return Listing(
        statement=select(
            Recovery.id,
            Recovery.number,
            Recovery.case_id,
            Case.number.label("case"),
            Case.policy_key,
            Tenant.name.label("tenant"),
            Operator.name.label("operator"),
            Recovery.cause,
            Recovery.state,
            Recovery.owed_fen,
            back.label("back_fen"),
            Recovery.opened_at,
            Recovery.due_on,
            case((late, True), else_=False).label("late"),
        )
        .join(Case, Case.id == Recovery.case_id)
        .join(Tenant, Tenant.id == Recovery.tenant_id)
        .join(Operator, Operator.id == Recovery.operator_id),
        key=Recovery.id,
        sorts={
            "number": Recovery.number,
            "tenant": Tenant.name,
            "owed_fen": Recovery.owed_fen,
            "opened_at": Recovery.opened_at,
            "due_on": Recovery.due_on,
        },
        search=(Recovery.number, Case.number, Tenant.name, Tenant.uscc),
        filters={
            "state": lambda value: Recovery.state == RecoveryState(value),
            "cause": lambda value: Recovery.cause == RecoveryCause(value),
            "policy": lambda value: Case.policy_key == value,
            "late": lambda value: _is(late, value),
        },
    )


def _is(what: ColumnElement[bool], value: str) -> ColumnElement[bool]:
    return what if value == "yes" else ~what


def has_credits(session: Session, case_id: int) -> bool:
    """Whether something of a case came back, or is recorded to have."""
    wanted = (
        select(RecoveryCredit.id)
        .join(Recovery, Recovery.id == RecoveryCredit.recovery_id)
        .where(Recovery.case_id == case_id, RecoveryCredit.state != CreditState.VOID)
    )
    return session.scalars(wanted.limit(1)).first() is not None


def last_account(session: Session, district_id: int) -> str | None:
    """The account that the district named last to pay back to."""
    wanted = select(Recovery.pay_to).where(Recovery.district_id == district_id, Recovery.pay_to.is_not(None))
    return session.scalars(wanted.order_by(Recovery.decided_at.desc(), Recovery.id.desc()).limit(1)).first()
