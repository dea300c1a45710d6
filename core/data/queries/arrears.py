"""账龄: what tenants owe as of a day, by how long it has been due. Leases don't come into it: who has left and owes is
there like everybody else.

Of today it is read from the lines of which something is owed, which an index holds. Of a past day it is that, and what
has gone to lines and was credited since is taken back: it costs as much as has happened since. Acts count on the day
they were done, so a payment taken back later was still there. What was written down late, with an earlier day, counts
from that day.

A deposit is owed but is no income, and stands apart.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from core import SHANGHAI
from core.data.base import TenantScoped
from core.data.models import (
    HOLDING,
    AllocationMove,
    Bill,
    BillingBook,
    BillLine,
    BillStatus,
    CreditLine,
    CreditNote,
    DunningHold,
    Fee,
    Lease,
    LeaseSpace,
    Payment,
    Refund,
    Space,
    Stage,
    Tenant,
)
from core.data.queries.paging import Listing
from core.data.queries.places import held_on

# Each bucket and the last of its days past due: None for the open end. The first is what is not late.
BUCKETS: tuple[tuple[str, int | None], ...] = (
    ("d0", 0), ("d30", 30), ("d60", 60), ("d90", 90), ("d180", 180), ("older", None),
)  # fmt: skip
LATE = tuple(name for name, _last in BUCKETS[1:])
SUMS = (*(name for name, _last in BUCKETS), "late_fen", "rest_fen", "deposit_fen")
OWED = BillLine.amount_fen > BillLine.paid_fen + BillLine.credited_fen


def bucket(days: int) -> str:
    """Which one a bill is in that has been due for so many days."""
    return next(name for name, last in BUCKETS if last is None or days <= last)


def end_of(day: date) -> datetime:
    """The instant at which a day in Shanghai is over."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)


def standing(undone_at: InstrumentedAttribute[datetime | None], day: date) -> ColumnElement[bool]:
    """What was not taken back by the end of a day."""
    return or_(undone_at.is_(None), undone_at >= end_of(day))


def lines(day: date, today: date, tenant_id: int | None = None) -> Select[Any]:
    """Lines of which something was owed as of a day, of one tenant or all: tenant, bill, lease, due day, fee, month and
    `rest`. Of an earlier day that is below zero where money written down late came for what was paid then, too, and
    whose first payment was reversed since: as of that day it was paid twice, as the account says."""
    columns = (BillLine.tenant_id, BillLine.bill_id, Bill.lease_id, Bill.due_on, BillLine.fee, BillLine.month)
    query = select(*columns).join(Bill, Bill.id == BillLine.bill_id).where(_of(BillLine, tenant_id))
    if day >= today:
        rest = BillLine.amount_fen - BillLine.paid_fen - BillLine.credited_fen
        return query.add_columns(rest.label("rest")).where(Bill.status == BillStatus.OPEN, OWED)
    since = _since(day, tenant_id)
    touched = select(BillLine.id).where(OWED, _of(BillLine, tenant_id)).union(select(since.c.line_id)).subquery()
    rest = BillLine.amount_fen - BillLine.paid_fen - BillLine.credited_fen + func.coalesce(since.c.fen, 0)
    return (
        query.add_columns(rest.label("rest"))
        .join(touched, touched.c.id == BillLine.id)
        .outerjoin(since, since.c.line_id == BillLine.id)
        .where(Bill.issued_on <= day, or_(Bill.status == BillStatus.OPEN, Bill.voided_at >= end_of(day)), rest != 0)
    )


def _of(model: type[TenantScoped], tenant_id: int | None) -> ColumnElement[bool]:
    return true() if tenant_id is None else model.tenant_id == tenant_id


def _since(day: date, tenant_id: int | None) -> Subquery:
    """By how much less is owed of lines today than at the end of a day: what went to them and was credited since, less
    what was credited then and is no more."""
    went = select(AllocationMove.line_id, AllocationMove.amount_fen.label("fen")).where(
        AllocationMove.moved_on > day, _of(AllocationMove, tenant_id)
    )
    notes = (
        select(CreditLine.line_id, CreditLine.amount_fen.label("fen"))
        .join(CreditNote, CreditNote.id == CreditLine.note_id)
        .where(_of(CreditLine, tenant_id))
    )
    credited = notes.where(CreditNote.issued_on > day, CreditNote.undone_at.is_(None))
    undone = notes.with_only_columns(CreditLine.line_id, -CreditLine.amount_fen).where(
        CreditNote.issued_on <= day, CreditNote.undone_at >= end_of(day)
    )
    each = union_all(went, credited, undone).subquery()
    return select(each.c.line_id, fen_of(func.sum(each.c.fen)).label("fen")).group_by(each.c.line_id).subquery()


def fen_of(total: ColumnElement[Any]) -> ColumnElement[int]:
    """A sum of fen, 0 of nothing."""
    return func.coalesce(cast(total, BigInteger), 0)  # PostgreSQL sums integers to a decimal


def _by_tenant(day: date, today: date) -> Subquery:
    owed = lines(day, today).subquery()
    income = owed.c.fee != Fee.DEPOSIT
    conditions, before = [], None
    for name, last in BUCKETS:
        edges = [income]
        if last is not None:
            edges.append(owed.c.due_on >= day - timedelta(days=last))
        if before is not None:
            edges.append(owed.c.due_on < day - timedelta(days=before))
        conditions.append((name, and_(*edges)))
        before = last
    sums = [
        *conditions,
        ("late_fen", and_(income, owed.c.due_on < day)),
        ("rest_fen", income),
        ("deposit_fen", owed.c.fee == Fee.DEPOSIT),
    ]
    return (
        select(
            owed.c.tenant_id,
            func.min(owed.c.due_on).label("oldest"),
            *(fen_of(func.sum(case((which, owed.c.rest), else_=0))).label(name) for name, which in sums),
        )
        .group_by(owed.c.tenant_id)
        .subquery()
    )


def listing(day: date, today: date) -> Listing:
    """Tenants that owed something as of a day, with what it is by age and where they stand today."""
    owed = _by_tenant(day, today)
    state = _state(today)
    return Listing(
        statement=select(
            Tenant.id, Tenant.name, state.label("state"), owed.c.oldest, *(owed.c[name] for name in SUMS)
        ).join(owed, owed.c.tenant_id == Tenant.id),
        key=Tenant.id,
        sorts={"name": Tenant.name, "oldest": owed.c.oldest, **{name: owed.c[name] for name in SUMS}},
        search=(Tenant.name, Tenant.uscc),
        filters={
            "state": lambda value: state == value,
            "age": lambda value: owed.c[value] > 0,
            "site": lambda value: _at(int(value)),
            "hold": lambda value: _held(today) if value == "yes" else ~_held(today),
        },
        extras={"free_fen": free(day), "hold": _held(today)},
    )


def _state(today: date) -> ColumnElement[str]:
    """in: has a lease today; ended: had one; gone: has left; none: never had one."""
    leases = select(Lease.id).where(Lease.tenant_id == Tenant.id).correlate(Tenant)
    return case(
        (Tenant.stage == Stage.EXITED, literal("gone")),
        (leases.where(held_on(today)).exists(), literal("in")),
        (leases.where(Lease.status.in_(HOLDING)).exists(), literal("ended")),
        else_=literal("none"),
    )


def _at(site_id: int) -> ColumnElement[bool]:
    """Tenants with a lease at a site, past ones too."""
    return (
        select(Lease.id)
        .join(LeaseSpace, LeaseSpace.lease_id == Lease.id)
        .join(Space, Space.id == LeaseSpace.space_id)
        .where(Lease.tenant_id == Tenant.id, Lease.status.in_(HOLDING), Space.site_id == site_id)
        .correlate(Tenant)
        .exists()
    )


def _held(today: date) -> ColumnElement[bool]:
    """Whether dunning of a tenant is held."""
    return (
        select(DunningHold.id)
        .where(DunningHold.tenant_id == Tenant.id, DunningHold.until >= today, DunningHold.lifted_at.is_(None))
        .correlate(Tenant)
        .exists()
    )


def free(day: date) -> ColumnElement[int]:
    """What was left of a `Tenant`'s payments as of a day (预收), in fen."""
    return _of_payments(day, Tenant.id, correlate=True)


def free_of(session: Session, tenant_id: int, day: date) -> int:
    return int(session.scalar(select(_of_payments(day, literal(tenant_id)))) or 0)


def _of_payments(day: date, tenant: Any, *, correlate: bool = False) -> ColumnElement[int]:
    received = select(func.sum(Payment.amount_fen)).where(
        Payment.tenant_id == tenant, Payment.received_on <= day, standing(Payment.reversed_at, day)
    )
    back = select(func.sum(Refund.amount_fen)).where(
        Refund.tenant_id == tenant, Refund.refunded_on <= day, standing(Refund.undone_at, day)
    )
    gone = select(func.sum(AllocationMove.amount_fen)).where(
        AllocationMove.tenant_id == tenant, AllocationMove.moved_on <= day
    )
    parts = [(it.correlate(Tenant) if correlate else it).scalar_subquery() for it in (received, back, gone)]
    return fen_of(parts[0]) - fen_of(parts[1]) - fen_of(parts[2])


class Owed(NamedTuple):
    """A bill of which something is owed: how much, and of that how much deposit."""

    bill: Bill
    rest_fen: int
    deposit_fen: int


def bills(session: Session, tenant_id: int, day: date, today: date) -> list[Owed]:
    """A tenant's bills of which something was owed as of a day, the longest due first."""
    owed = lines(day, today, tenant_id).subquery()
    of_deposit = case((owed.c.fee == Fee.DEPOSIT, owed.c.rest), else_=0)
    query = (
        select(Bill, func.sum(owed.c.rest), func.sum(of_deposit))
        .join(owed, owed.c.bill_id == Bill.id)
        .group_by(Bill.id)
        .order_by(Bill.due_on, Bill.id)
    )
    return [Owed(bill, int(rest), int(deposit)) for bill, rest, deposit in session.execute(query)]


# ── for other pages ─────────────────────────────────────────────────────────────────────────────────────────────────
def begun(session: Session, operator_ids: Collection[int]) -> set[int]:
    """Operators that bill here: of them, bills say what is owed; of the others, the book of rent received."""
    return set(session.scalars(select(BillingBook.operator_id).where(BillingBook.operator_id.in_(operator_ids))))


def late(session: Session, today: date) -> list[Any]:
    """Tenants with something past due, the longest first: tenant id, tenant, fen, the oldest due day."""
    owed = lines(today, today).where(Bill.due_on < today).subquery()
    query = (
        select(Tenant.id, Tenant.name, fen_of(func.sum(owed.c.rest)).label("fen"), func.min(owed.c.due_on).label("day"))
        .join(owed, owed.c.tenant_id == Tenant.id)
        .group_by(Tenant.id, Tenant.name)
        .order_by(func.min(owed.c.due_on), Tenant.name)
    )
    return list(session.execute(query))


def rent(session: Session, lease_ids: Collection[int], today: date) -> list[Any]:
    """Rent of these leases that is billed and owed: lease, month, due day, fen."""
    owed = lines(today, today).where(Bill.lease_id.in_(lease_ids), BillLine.fee == Fee.RENT).subquery()
    query = select(owed.c.lease_id, owed.c.month, owed.c.due_on, owed.c.rest)
    return list(session.execute(query.order_by(owed.c.lease_id, owed.c.month)))


def open_of(session: Session, tenant_id: int) -> tuple[int, int]:
    """How many bills a tenant has open, and what is owed of them (fen)."""
    owed = select(BillLine.bill_id, BillLine.amount_fen - BillLine.paid_fen - BillLine.credited_fen).join(
        Bill, Bill.id == BillLine.bill_id
    )
    rows = session.execute(owed.where(BillLine.tenant_id == tenant_id, Bill.status == BillStatus.OPEN, OWED)).all()
    return len({bill for bill, _fen in rows}), sum(fen for _bill, fen in rows)
