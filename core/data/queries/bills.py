"""Reading bills and the runs that made them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload

from core.data.models import (
    Allocation,
    Bill,
    BillingBook,
    BillingRun,
    BillKind,
    BillLine,
    BillStatus,
    CreditNote,
    Lease,
    Payment,
    Tenant,
)
from core.data.queries.arrears import OWED, fen_of
from core.data.queries.paging import Listing


def listing(today: date) -> Listing:
    """The asker's bills, with what is paid of each."""
    paid, rest = paid_of(), rest_of()
    state = case(
        (Bill.status == BillStatus.VOID, literal("void")),
        (rest <= 0, literal("paid")),
        (Bill.due_on < today, literal("past")),
        (paid > 0, literal("part")),
        else_=literal("open"),
    )
    return Listing(
        statement=select(
            Bill.id,
            Bill.number,
            Tenant.name.label("tenant"),
            Lease.number.label("lease"),
            Bill.kind,
            Bill.first,
            Bill.last,
            Bill.due_on,
            Bill.total_fen,
            paid.label("paid_fen"),
            rest.label("rest_fen"),
            state.label("state"),
        )
        .join(Tenant, Tenant.id == Bill.tenant_id)
        .outerjoin(Lease, Lease.id == Bill.lease_id),
        key=Bill.id,
        sorts={
            "number": Bill.number,
            "tenant": Tenant.name,
            "due_on": Bill.due_on,
            "first": Bill.first,
            "total_fen": Bill.total_fen,
            "paid_fen": paid,
            "rest_fen": rest,
        },
        search=(Bill.number, Tenant.name, Lease.number),
        filters={
            "state": lambda value: state == value,
            "kind": lambda value: Bill.kind == BillKind(value),
            "run": lambda value: Bill.run_id == int(value),
        },
        extras={"issued_on": Bill.issued_on},
    )


def paid_of() -> ColumnElement[int]:
    """What is paid of a `Bill`, in fen."""
    return _sum_of(BillLine.paid_fen)


def rest_of() -> ColumnElement[int]:
    """What is still owed of a `Bill` that is not void, in fen: less what is paid and what is credited."""
    return _sum_of(BillLine.amount_fen - BillLine.paid_fen - BillLine.credited_fen)


def _sum_of(fen: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[int]:
    lines = select(func.sum(fen)).where(BillLine.bill_id == Bill.id).correlate(Bill).scalar_subquery()
    return fen_of(lines)


def one(session: Session, bill_id: int) -> Bill | None:
    query = select(Bill).where(Bill.id == bill_id)
    return session.scalars(
        query.options(joinedload(Bill.tenant), joinedload(Bill.lease), selectinload(Bill.lines))
    ).first()


def payments_of(session: Session, bill: Bill) -> list[tuple[Payment, int]]:
    """Payments that paid lines of a bill, and how much of it each, also those taken back; the latest first."""
    part = func.sum(Allocation.amount_fen)
    query = (
        select(Payment, part)
        .join(Allocation, Allocation.payment_id == Payment.id)
        .join(BillLine, BillLine.id == Allocation.line_id)
        .where(BillLine.bill_id == bill.id)
        .group_by(Payment.id)
        .order_by(Payment.received_on.desc(), Payment.id.desc())
    )
    return [(payment, int(fen)) for payment, fen in session.execute(query)]


def notes_of(session: Session, bill: Bill) -> list[CreditNote]:
    """Credit notes of a bill, also those undone; the latest first."""
    query = select(CreditNote).where(CreditNote.bill_id == bill.id).order_by(CreditNote.id.desc())
    return list(session.scalars(query))


def fresh_lines(session: Session, bill_id: int) -> dict[int, BillLine]:
    """Lines of a bill by id, read again: for who has the operator's lock, and may have read them before it."""
    query = select(BillLine).where(BillLine.bill_id == bill_id)
    return {line.id: line for line in session.scalars(query, execution_options={"populate_existing": True})}


def free_of(session: Session, tenant_id: int) -> list[Payment]:
    """Payments of a tenant of which something is left."""
    query = select(Payment).where(Payment.tenant_id == tenant_id, Payment.free_fen > 0, Payment.reversed_at.is_(None))
    return list(session.scalars(query.order_by(Payment.received_on, Payment.id)))


def billable(session: Session) -> list[tuple[int, str]]:
    """Id and name of the asker's tenants, also those that have left: they may owe or pay."""
    query = select(Tenant.id, Tenant.name).where(Tenant.merged_into_id.is_(None)).order_by(Tenant.name)
    return [(tenant, name) for tenant, name in session.execute(query)]


def totals(session: Session, today: date) -> tuple[int, int, int, int]:
    """Bills with something to pay and what that is (fen), and of these what is past its day."""
    rest = BillLine.amount_fen - BillLine.paid_fen - BillLine.credited_fen
    open_ = (
        select(Bill.due_on, cast(func.sum(rest), BigInteger).label("rest"))
        .join(BillLine, BillLine.bill_id == Bill.id)
        .where(Bill.status == BillStatus.OPEN, OWED)
        .group_by(Bill.id, Bill.due_on)
        .subquery()
    )
    past = open_.c.due_on < today
    found = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(open_.c.rest), 0),
            func.coalesce(func.sum(case((past, 1), else_=0)), 0),
            func.coalesce(func.sum(case((past, open_.c.rest), else_=0)), 0),
        )
    ).one()
    count, fen, late, late_fen = (int(value) for value in found)
    return count, fen, late, late_fen


def book(session: Session, operator_id: int) -> BillingBook | None:
    return session.scalars(select(BillingBook).where(BillingBook.operator_id == operator_id)).one_or_none()


def runs(session: Session, limit: int = 24) -> list[tuple[BillingRun, int, int]]:
    """The asker's runs, newest first, with how many bills each made and their sum (fen)."""
    made = (
        select(Bill.run_id, func.count().label("bills"), func.sum(Bill.total_fen).label("fen"))
        .where(Bill.run_id.is_not(None))
        .group_by(Bill.run_id)
        .subquery()
    )
    query = (
        select(BillingRun, func.coalesce(made.c.bills, 0), func.coalesce(made.c.fen, 0))
        .outerjoin(made, made.c.run_id == BillingRun.id)
        .order_by(BillingRun.id.desc())
        .limit(limit)
    )
    return [(run, int(bills), int(fen)) for run, bills, fen in session.execute(query)]
