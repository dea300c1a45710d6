"""Reading bank lines: where each stands, and what tells whose money it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from core.data.models import (
    Allocation,
    BankLine,
    BankStatement,
    Bill,
    BillLine,
    BillStatus,
    Payment,
    PaymentMethod,
    RentPayment,
    Tenant,
)
from core.data.queries import bills as of_bills
from core.data.queries.arrears import OWED
from core.data.queries.paging import Listing

IN_ONE = 500  # values in one list of a query
NEAR = timedelta(days=7)  # between the day that the bank says and one that a person typed

# A line is booked while its payment stands: after a reversal it waits again.
BOOKED = and_(BankLine.payment_id.is_not(None), Payment.reversed_at.is_(None))
WAITS = and_(BankLine.aside_at.is_(None), or_(BankLine.payment_id.is_(None), Payment.reversed_at.is_not(None)))


def state() -> ColumnElement[str]:
    return case((BankLine.aside_at.is_not(None), literal("aside")), (BOOKED, literal("booked")), else_=literal("waits"))


def listing() -> Listing:
    """The asker's lines, with the tenant that each is booked to."""
    stands = state()
    return Listing(
        statement=select(
            BankLine.id,
            BankLine.received_on,
            BankLine.payer_name,
            BankLine.payer_tail,
            BankLine.remark,
            BankLine.reference,
            BankLine.amount_fen,
            BankLine.aside_reason,
            stands.label("state"),
            case((BOOKED, Tenant.name)).label("tenant"),
        )
        .outerjoin(Payment, Payment.id == BankLine.payment_id)
        .outerjoin(Tenant, Tenant.id == Payment.tenant_id),
        key=BankLine.id,
        sorts={
            "received_on": BankLine.received_on,
            "payer_name": func.coalesce(BankLine.payer_name, ""),
            "amount_fen": BankLine.amount_fen,
        },
        search=(
            func.coalesce(BankLine.payer_name, ""),
            BankLine.remark,
            func.coalesce(BankLine.reference, ""),
            func.coalesce(Tenant.name, ""),
        ),
        filters={
            "state": lambda value: stands == value,
            "statement": lambda value: BankLine.statement_id == int(value),
        },
    )


def one(session: Session, line_id: int) -> BankLine | None:
    query = select(BankLine).where(BankLine.id == line_id)
    return session.scalars(query.options(joinedload(BankLine.statement), joinedload(BankLine.payment))).first()


def waiting(session: Session, limit: int) -> list[BankLine]:
    """Lines that wait, the oldest first."""
    query = select(BankLine).outerjoin(Payment, Payment.id == BankLine.payment_id).where(WAITS)
    return list(session.scalars(query.order_by(BankLine.received_on, BankLine.id).limit(limit)))


def totals(session: Session) -> dict[str, tuple[int, int]]:
    """How many lines there are of each state, and their sum in fen."""
    stands = state().label("state")
    inner = select(stands, BankLine.amount_fen).outerjoin(Payment, Payment.id == BankLine.payment_id).subquery()
    found = session.execute(
        select(inner.c.state, func.count(), func.sum(inner.c.amount_fen)).group_by(inner.c.state)
    ).all()
    return {name: (int(count), int(fen)) for name, count, fen in found}


def statements(session: Session, limit: int = 24) -> list[tuple[BankStatement, int, int, int]]:
    """Files imported, the latest first, with how many lines each brought, how many of them wait, and the sum (fen)."""
    lines = (
        select(
            BankLine.statement_id,
            func.count().label("lines"),
            func.sum(case((WAITS, 1), else_=0)).label("waiting"),
            func.sum(BankLine.amount_fen).label("fen"),
        )
        .outerjoin(Payment, Payment.id == BankLine.payment_id)
        .group_by(BankLine.statement_id)
        .subquery()
    )
    query = (
        select(BankStatement, lines.c.lines, lines.c.waiting, lines.c.fen)
        .join(lines, lines.c.statement_id == BankStatement.id)
        .order_by(BankStatement.id.desc())
        .limit(limit)
    )
    return [(it, int(count), int(waits), int(fen)) for it, count, waits, fen in session.execute(query)]


def _pieces(values: Iterable[str]) -> Iterator[list[str]]:
    every = list(values)
    return (every[at : at + IN_ONE] for at in range(0, len(every), IN_ONE))


def known_keys(session: Session, operator_id: int, keys: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for some in _pieces(keys):
        query = select(BankLine.key).where(BankLine.operator_id == operator_id, BankLine.key.in_(some))
        found.update(session.scalars(query))
    return found


def tenant_names(session: Session, operator_id: int) -> list[tuple[int, str]]:
    query = select(Tenant.id, Tenant.name).where(Tenant.operator_id == operator_id, Tenant.merged_into_id.is_(None))
    return [(tenant_id, name) for tenant_id, name in session.execute(query)]


def bills(session: Session, operator_id: int, numbers: Collection[str]) -> Iterator[tuple[int, int, str, date, int]]:
    """(tenant, bill, number, due on, rest in fen) of bills with something to pay, and of those with these numbers."""
    of_all = select(Bill.tenant_id, Bill.id, Bill.number, Bill.due_on, of_bills.rest_of()).where(
        Bill.operator_id == operator_id, Bill.status == BillStatus.OPEN
    )
    owing = select(BillLine.bill_id).where(
        BillLine.operator_id == operator_id, OWED
    )  # by its lines, so that bills that are paid are not summed up
    queries = [of_all.where(Bill.id.in_(owing))]
    queries += [of_all.where(Bill.number.in_(some), Bill.id.not_in(owing)) for some in _pieces(numbers)]
    for query in queries:
        for tenant_id, bill_id, number, due_on, rest in session.execute(query):
            yield tenant_id, bill_id, number, due_on, int(rest)


def payers(session: Session, operator_id: int) -> set[tuple[int, str]]:
    """(tenant, payer's name) of payments that stand, and of the book of rent received."""
    paid = select(Payment.tenant_id, Payment.payer_name).where(
        Payment.operator_id == operator_id, Payment.reversed_at.is_(None), Payment.payer_name.is_not(None)
    )
    rent = select(RentPayment.tenant_id, RentPayment.payer_name).where(
        RentPayment.operator_id == operator_id, RentPayment.payer_name.is_not(None)
    )
    return {
        (tenant_id, name) for query in (paid, rent) for tenant_id, name in session.execute(query.distinct()) if name
    }


def paid_between(session: Session, operator_id: int, first: date, last: date) -> list[tuple[int, date, int]]:
    """(tenant, day, fen) of transfers that stand."""
    query = select(Payment.tenant_id, Payment.received_on, Payment.amount_fen).where(
        Payment.operator_id == operator_id,
        Payment.reversed_at.is_(None),
        Payment.method == PaymentMethod.TRANSFER,
        Payment.received_on.between(first, last),
    )
    return [(tenant_id, day, fen) for tenant_id, day, fen in session.execute(query)]


def recorded(session: Session, operator_id: int, references: Iterable[str]) -> dict[str, tuple[Payment, bool]]:
    """Payments that stand with these numbers, and whether a line has each already."""
    other = aliased(BankLine)
    found: dict[str, tuple[Payment, bool]] = {}
    for some in _pieces(references):
        query = (
            select(Payment, other.id)
            .outerjoin(other, other.payment_id == Payment.id)
            .where(Payment.operator_id == operator_id, Payment.reversed_at.is_(None), Payment.reference.in_(some))
        )
        found |= {str(payment.reference): (payment, line is not None) for payment, line in session.execute(query)}
    return found


def similar(session: Session, line: BankLine) -> list[Payment]:
    """Payments that stand, without a line, of the same sum and about the same day: perhaps this one, typed by hand."""
    other = aliased(BankLine)
    query = (
        select(Payment)
        .outerjoin(other, other.payment_id == Payment.id)
        .where(
            Payment.operator_id == line.operator_id,
            Payment.reversed_at.is_(None),
            Payment.amount_fen == line.amount_fen,
            Payment.received_on.between(line.received_on - NEAR, line.received_on + NEAR),
            other.id.is_(None),
        )
        .order_by(Payment.received_on, Payment.id)
        .limit(5)
    )
    return list(session.scalars(query.options(joinedload(Payment.tenant))))


def bill_of(session: Session, payment: Payment) -> Bill | None:
    """The first bill that a payment paid, if it paid one."""
    query = (
        select(Bill)
        .join(BillLine, BillLine.bill_id == Bill.id)
        .join(Allocation, Allocation.line_id == BillLine.id)
        .where(Allocation.payment_id == payment.id)
        .order_by(Allocation.id)
        .limit(1)
    )
    return session.scalars(query).first()


def rests_of(session: Session, bill_ids: Collection[int]) -> dict[int, tuple[Bill, int]]:
    """Bills and what is left to pay of each, in fen."""
    query = select(Bill, of_bills.rest_of()).where(Bill.id.in_(bill_ids))
    return {bill.id: (bill, int(rest)) for bill, rest in session.execute(query)}


def choices(session: Session, q: str, limit: int = 8) -> list[tuple[Tenant, list[tuple[Bill, int]]]]:
    """Tenants found by their name or code or a bill's number, each with its bills that have something to pay."""
    numbered = select(Bill.tenant_id).where(Bill.number.icontains(q, autoescape=True), Bill.status == BillStatus.OPEN)
    tenants = session.scalars(
        select(Tenant)
        .where(
            Tenant.merged_into_id.is_(None),
            or_(
                Tenant.name.icontains(q, autoescape=True),
                func.coalesce(Tenant.uscc, "") == q.upper(),
                Tenant.id.in_(numbered),
            ),
        )
        .order_by(Tenant.name, Tenant.id)
        .limit(limit)
    ).all()
    rest = of_bills.rest_of()
    query = select(Bill, rest).where(
        Bill.tenant_id.in_([it.id for it in tenants]), Bill.status == BillStatus.OPEN, rest > 0
    )
    owed: dict[int, list[tuple[Bill, int]]] = {it.id: [] for it in tenants}
    for bill, fen in session.execute(query.order_by(Bill.due_on, Bill.id)):
        owed[bill.tenant_id].append((bill, int(fen)))
    return [(it, owed[it.id]) for it in tenants]


def tenants(session: Session, ids: Collection[int]) -> dict[int, Tenant]:
    return {it.id: it for it in session.scalars(select(Tenant).where(Tenant.id.in_(ids)))}


def some_open(session: Session, operator_id: int, limit: int, *, latest: bool = False) -> list[tuple[str, str, int]]:
    """(tenant, number, rest in fen) of bills with something to pay, one of each tenant: the first, or the latest."""
    rest = of_bills.rest_of()
    query = (
        select(Tenant.name, Bill.number, rest)
        .join(Tenant, Tenant.id == Bill.tenant_id)
        .where(Bill.operator_id == operator_id, Bill.status == BillStatus.OPEN, rest > 0)
        .order_by(Bill.id.desc() if latest else Bill.id)
        .limit(4 * limit)
    )
    found: dict[str, tuple[str, str, int]] = {}
    for name, number, fen in session.execute(query):
        found.setdefault(name, (name, number, int(fen)))
    return list(found.values())[:limit]
