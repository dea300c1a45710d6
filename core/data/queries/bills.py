"""Reading bills and the runs that made them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session, joinedload, selectinload

from core.data.models import Bill, BillingBook, BillingRun, BillKind, BillStatus, Lease, Tenant
from core.data.queries.paging import Listing


def listing(today: date) -> Listing:
    """The asker's bills."""
    state = case(
        (Bill.status == BillStatus.VOID, literal("void")), (Bill.due_on < today, literal("past")), else_=literal("open")
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
            state.label("state"),
        )
        .join(Tenant, Tenant.id == Bill.tenant_id)
        .join(Lease, Lease.id == Bill.lease_id),
        key=Bill.id,
        sorts={
            "number": Bill.number,
            "tenant": Tenant.name,
            "due_on": Bill.due_on,
            "first": Bill.first,
            "total_fen": Bill.total_fen,
        },
        search=(Bill.number, Tenant.name, Lease.number),
        filters={
            "state": lambda value: state == value,
            "kind": lambda value: Bill.kind == BillKind(value),
            "run": lambda value: Bill.run_id == int(value),
        },
        extras={"issued_on": Bill.issued_on},
    )


def one(session: Session, bill_id: int) -> Bill | None:
    query = select(Bill).where(Bill.id == bill_id)
    return session.scalars(
        query.options(joinedload(Bill.tenant), joinedload(Bill.lease), selectinload(Bill.lines))
    ).first()


def totals(session: Session, today: date) -> tuple[int, int, int, int]:
    """Open bills and their sum (fen), and of these what is past its day."""
    past = Bill.due_on < today
    found = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(Bill.total_fen), 0),
            func.coalesce(func.sum(case((past, 1), else_=0)), 0),
            func.coalesce(func.sum(case((past, Bill.total_fen), else_=0)), 0),
        ).where(Bill.status == BillStatus.OPEN)
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
