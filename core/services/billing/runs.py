"""The monthly run (出账). Asked for by a person, made by a job in pieces of some leases, each in one transaction.

A piece that is made again makes nothing twice: what is billed is looked up under a lock, and a unique index has the
last word. Numbers are given in the same transaction as their bill, so none is skipped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from core.data.models import (
    HOLDING,
    Bill,
    BillingBook,
    BillingRun,
    BillingState,
    BillKind,
    BillLine,
    BillStatus,
    Lease,
)
from core.data.queries.locks import lock_operator
from core.data.types import utcnow
from core.errors import Conflict, Invalid, NotFound
from core.policy import Month
from core.services import audit, jobs
from core.services.billing import numbering
from core.services.billing.charges import Charge, charges

RUN = "bill_month"
PIECE = 200  # leases in one transaction
AHEAD = 3  # months ahead of today that may be billed


def open_book(session: Session, operator_id: int, month: Month | None) -> BillingBook:
    """The operator's book; begun with `month` if there is none. Raises `Invalid` where it has to be said first."""
    found = session.scalars(select(BillingBook).where(BillingBook.operator_id == operator_id)).one_or_none()
    if found is not None:
        return found
    if month is None:
        raise Invalid("请先选择从哪个月开始在这里出账；更早的账在别处，以后按期初余额登记", field="from_month")
    found = BillingBook(operator_id=operator_id, from_month=str(month))
    session.add(found)
    session.flush()
    audit.record(session, "billing.begin", found, detail={"from": str(month)})
    return found


def ask(session: Session, operator_id: int, month: Month, today: date, *, begin: Month | None = None) -> BillingRun:
    """Have the bills of a month made. Raises `Conflict` while a run of the operator waits."""
    _check_month(month, today)
    lock_operator(session, operator_id)
    book = open_book(session, operator_id, begin)
    if str(month) < book.from_month:
        raise Invalid("账从%(month)s开始，更早的月份不出账", field="month", month=book.from_month)
    waiting = select(BillingRun).where(BillingRun.operator_id == operator_id, BillingRun.state == BillingState.WAITING)
    if session.scalar(waiting.limit(1)) is not None:
        raise Conflict("上一次出账还在进行，完成后再发起")
    run = BillingRun(operator_id=operator_id, month=str(month), asked_by_id=audit.asker_of(session).user_id)
    begun = _in_the_book(operator_id, Month.parse(book.from_month)).subquery()
    run.whole = int(session.scalar(select(func.count()).select_from(begun)) or 0)
    session.add(run)
    session.flush()
    audit.record(session, "billing.run", run, detail={"month": str(month)})
    jobs.enqueue(session, RUN, key=f"{RUN}:{run.id}", run_id=run.id)
    return run


def run_of(session: Session, run_id: int) -> BillingRun:
    found = session.get(BillingRun, run_id)
    if found is None:
        raise NotFound("没有这次出账，或您无权查看")
    return found


def preview(session: Session, operator_id: int, month: Month, begin: Month, today: date) -> list[tuple[Lease, Charge]]:
    """What a run would make, tenant by tenant; nothing is written. `begin`: the book's month, or the one
    it would have. Raises `Invalid` for a month too far ahead."""
    _check_month(month, today)
    found: list[tuple[Lease, Charge]] = []
    after = 0
    while ids := _ids(session, operator_id, begin, after):
        billed = _billed(session, ids)
        found += [(it, charge) for it in _leases(session, ids) for charge in charges(it, month, begin, billed[it.id])]
        after = ids[-1]
    return found


def make_next(session: Session, run: BillingRun, after: int, today: date) -> int | None:
    """Make the bills of the next piece of leases, those with ids above `after`; returns the last one looked at, or None
    where the run is over. Safe to run again."""
    if run.state is not BillingState.WAITING:
        return None
    lock_operator(session, run.operator_id)
    book = open_book(session, run.operator_id, None)
    begin = Month.parse(book.from_month)
    ids = _ids(session, run.operator_id, begin, after)
    if not ids:
        run.state, run.ended_at = BillingState.DONE, utcnow()
        made, total = session.execute(
            select(func.count(), func.coalesce(func.sum(Bill.total_fen), 0)).where(Bill.run_id == run.id)
        ).one()
        audit.record(session, "billing.done", run, detail={"month": run.month, "bills": made, "total_fen": int(total)})
        session.flush()
        return None
    month, billed = Month.parse(run.month), _billed(session, ids)
    numbers = numbering.following(session, Bill, run.operator_id, month)
    for lease in _leases(session, ids):
        for it in charges(lease, month, begin, billed[lease.id]):
            session.add(_bill(run, lease, it, next(numbers), today))
    run.done = min(run.done + len(ids), run.whole)  # a piece made again is counted once more, and makes nothing
    session.flush()
    return ids[-1]


def report_failure(session: Session, run: BillingRun, reason: str) -> None:
    """The run could not go on; what it has made stays, and another run makes the rest."""
    if run.state is BillingState.WAITING:
        run.state, run.ended_at, run.failure = BillingState.FAILED, utcnow(), reason[:300]
        audit.record(session, "billing.fail", run, detail={"reason": reason[:300]})
        session.flush()


def wait_again(session: Session, run: BillingRun) -> None:
    """A run that broke off waits once more, for its job that is to be run again: it makes what is missing."""
    if run.state is not BillingState.FAILED:
        return
    lock_operator(session, run.operator_id)
    waiting = select(BillingRun.id).where(
        BillingRun.operator_id == run.operator_id, BillingRun.state == BillingState.WAITING
    )
    if session.scalar(waiting.limit(1)) is not None:
        raise Conflict("这家运营机构另有出账在进行，这次不能重试")
    run.state, run.failure, run.ended_at, run.done = BillingState.WAITING, None, None, 0
    audit.record(session, "billing.run", run, detail={"month": run.month, "again": True})
    session.flush()


def _check_month(month: Month, today: date) -> None:
    if month > Month.of(today) + AHEAD:
        raise Invalid("最多提前3个月出账", field="month")


def _bill(run: BillingRun, lease: Lease, it: Charge, number: str, today: date) -> Bill:
    scope = {"operator_id": lease.operator_id, "tenant_id": lease.tenant_id}
    return Bill(
        number=number,
        kind=it.kind,
        lease_id=lease.id,
        run_id=run.id,
        first=it.first,
        last=it.last,
        issued_on=today,
        due_on=max(it.due_on, today),  # nobody is late the day the bill comes
        total_fen=it.total_fen,
        lines=[
            BillLine(
                place=place,
                fee=part.fee,
                month=str(part.month) if part.month else None,
                amount_fen=part.amount_fen,
                **scope,
            )
            for place, part in enumerate(it.parts, start=1)
        ],
        **scope,
    )


def _in_the_book(operator_id: int, begin: Month) -> Select[int]:
    """Leases that were ever in force and run into the book's time."""
    return select(Lease.id).where(
        Lease.operator_id == operator_id,
        Lease.status.in_(HOLDING),
        or_(Lease.ends_on.is_(None), Lease.ends_on >= begin.first),
    )


def _ids(session: Session, operator_id: int, begin: Month, after: int) -> list[int]:
    """The next piece of them."""
    piece = _in_the_book(operator_id, begin).where(Lease.id > after).order_by(Lease.id).limit(PIECE)
    return list(session.scalars(piece))


def _leases(session: Session, ids: Collection[int]) -> list[Lease]:
    query = select(Lease).where(Lease.id.in_(ids)).order_by(Lease.id)
    return list(
        session.scalars(query.options(joinedload(Lease.tenant), selectinload(Lease.terms), selectinload(Lease.fees)))
    )


def _billed(session: Session, lease_ids: Collection[int]) -> dict[int, set[tuple[BillKind, date]]]:
    found: dict[int, set[tuple[BillKind, date]]] = defaultdict(set)
    query = select(Bill.lease_id, Bill.kind, Bill.first).where(
        Bill.lease_id.in_(lease_ids), Bill.status == BillStatus.OPEN
    )
    for lease_id, kind, first in session.execute(query):
        if lease_id is not None:
            found[lease_id].add((kind, first))
    return found
