"""I17: payments, bookings of pools and states of cases say the same; what two people released is what is there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, exists, select

from core import SHANGHAI
from core.data.models import (
    Award,
    BatchState,
    Case,
    CaseEvent,
    CaseState,
    Disbursement,
    Objection,
    ObjectionState,
    PayoutBatch,
    PayoutState,
    PoolEntry,
    PoolMove,
    Publication,
    PublicationEntry,
)
from core.policy import digest

_batches, _rows, _entries = PayoutBatch.__table__, Disbursement.__table__, PoolEntry.__table__
_cases, _awards, _acts = Case.__table__, Award.__table__, CaseEvent.__table__
_notices, _entered, _objections = Publication.__table__, PublicationEntry.__table__, Objection.__table__
RELEASED = (BatchState.RELEASED, BatchState.SENT, BatchState.SETTLED)
PAID = (CaseState.PAID, CaseState.CLOSED, CaseState.REVOKING, CaseState.REVOKED, CaseState.RECOVERY)


def check(connection: Connection) -> Iterator[tuple[str, str]]:
    rows: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(select(_rows).order_by(_rows.c.batch_id, _rows.c.serial)):
        rows[row.batch_id].append(row)
    for batch in connection.execute(select(_batches)):
        yield from _check_batch(batch, rows[batch.id])
    yield from _check_bookings(connection, [row for found in rows.values() for row in found])
    yield from _check_cases(connection)
    yield from _check_under_way(connection)
    yield from _check_announced(connection)


def _check_batch(batch: Row[Any], rows: list[Row[Any]]) -> Iterator[tuple[str, str]]:
    thing = f"payout batch {batch.number}"
    if (batch.row_count, batch.total_fen) != (len(rows), sum(row.amount_fen - row.offset_fen for row in rows)):
        yield thing, f"says {batch.row_count} payments of {batch.total_fen} fen, its rows say otherwise"
    for row in rows:
        if sum(fen for _source, _points, fen in row.shares) != row.amount_fen:
            yield f"payment {row.reference}", "its shares do not come to its amount"
    if batch.state not in RELEASED:
        return
    if None in (batch.prepared_by_id, batch.released_by_id) or batch.prepared_by_id == batch.released_by_id:
        yield thing, "was not released by two people"
    content = {
        "batch": batch.number,
        "count": len(rows),
        "total_fen": sum(row.amount_fen - row.offset_fen for row in rows),
        "rows": [
            [
                *(row.serial, row.reference, row.award_id, row.amount_fen, row.shares, row.budget_line, row.purpose),
                *(row.payee_name, row.payee_bank, row.payee_bank_code, row.fingerprint),
                *([row.offset_fen] if row.offset_fen else ()),
            ]
            for row in rows
        ],
    }
    if digest(content) != batch.content_hash:
        yield thing, "its content is not what was released"


def _check_bookings(connection: Connection, rows: list[Row[Any]]) -> Iterator[tuple[str, str]]:
    """Each payment that was made has its booking, each that came back another, and no booking is without a payment."""
    wanted = (PoolMove.PAY, PoolMove.RETURN)
    entries = {e.id: e for e in connection.execute(select(_entries).where(_entries.c.move.in_(wanted)))}
    named: Counter[int] = Counter()
    for row in rows:
        for entry_id, move in ((row.pay_entry_id, PoolMove.PAY), (row.return_entry_id, PoolMove.RETURN)):
            if entry_id is None:
                continue
            named[entry_id] += 1
            entry = entries.get(entry_id)
            same = entry is not None and (entry.move, entry.case_id, entry.pool_id, entry.amount_fen) == (
                move, row.case_id, row.pool_id, row.amount_fen,
            )  # fmt: skip
            if not same:
                yield f"payment {row.reference}", f"its booking {entry_id} is of something else"
        if (row.state in (PayoutState.PAID, PayoutState.RETURNED)) != (row.pay_entry_id is not None):
            yield f"payment {row.reference}", f"is {row.state}, and its pool says otherwise"
        if (row.state is PayoutState.RETURNED) != (row.return_entry_id is not None):
            yield f"payment {row.reference}", f"is {row.state}, and its pool says otherwise"
    for entry_id, entry in entries.items():
        expected = 0 if entry.before_batches else 1
        if named[entry_id] != expected:
            yield f"pool entry {entry_id}", f"is named by {named[entry_id]} payments, expected are {expected}"


def _check_cases(connection: Connection) -> Iterator[tuple[str, str]]:
    """A case whose last such act was to be paid has one payment that was made, of its award, by who released it; or it
    was paid before there were batches."""
    entries = select(_entries.c.case_id).where(_entries.c.before_batches)
    before = set(connection.scalars(entries))
    paid: defaultdict[int, list[Any]] = defaultdict(list)
    joined = (
        select(_rows.c.case_id, _rows.c.reference, _rows.c.amount_fen, _batches.c.released_by_id)
        .join(_batches, _batches.c.id == _rows.c.batch_id)
        .where(_rows.c.state == PayoutState.PAID)
    )
    for payment in connection.execute(joined):
        paid[payment.case_id].append(payment)
    moves = ("pay", "payment_returned", "returned_while_revoking", "returned_after_revocation")
    acts = select(_acts.c.case_id, _acts.c.move).where(_acts.c.move.in_(moves)).order_by(_acts.c.id)
    last: dict[int, str] = dict(connection.execute(acts).all())
    asked = select(_cases.c.id, _cases.c.number, _cases.c.state, _cases.c.paid_by_id, _awards.c.amount_fen).join(
        _awards, _awards.c.case_id == _cases.c.id
    )
    for case in connection.execute(asked):
        made, should = paid[case.id], int(last.get(case.id) == "pay" and case.id not in before)
        if len(made) != should:
            yield f"case {case.number}", f"was paid by {len(made)} payments, its acts say {should}"
        for row in made:
            if row.amount_fen != case.amount_fen or row.released_by_id != case.paid_by_id:
                yield f"case {case.number}", f"payment {row.reference} is not of its award and its payer"
            if case.state not in PAID:
                yield f"case {case.number}", f"is {case.state}, and payment {row.reference} was made"


def _check_under_way(connection: Connection) -> Iterator[tuple[str, str]]:
    """What is with the bank, or released to go there, is owed to somebody: its case waits for it, its award stands."""
    joined = (
        select(_rows.c.reference, _cases.c.number, _cases.c.state, _awards.c.revoked_at)
        .join(_batches, _batches.c.id == _rows.c.batch_id)
        .join(_cases, _cases.c.id == _rows.c.case_id)
        .join(_awards, _awards.c.id == _rows.c.award_id)
        .where(_rows.c.state == PayoutState.PENDING, _batches.c.state.in_((BatchState.RELEASED, BatchState.SENT)))
    )
    for row in connection.execute(joined):
        if row.state is not CaseState.ISSUED or row.revoked_at is not None:
            yield f"payment {row.reference}", f"is under way, and case {row.number} is {row.state}"


def _check_announced(connection: Connection) -> Iterator[tuple[str, str]]:
    """What was to be announced before it is paid was released after its notice was over, from which it had not been
    taken out; and nobody who objected to it waits."""
    shown: defaultdict[int, list[Any]] = defaultdict(list)
    notices = select(_entered.c.case_id, _entered.c.ended_early_on, _notices.c.ends_on).join(
        _notices, _notices.c.id == _entered.c.publication_id
    )
    for notice in connection.execute(notices):
        shown[notice.case_id].append(notice)
    open_ = _objections.c.state.in_((ObjectionState.RECEIVED, ObjectionState.REGISTERED))
    objected = exists().where(_objections.c.case_id == _rows.c.case_id, open_).label("objected")
    joined = (
        select(_rows.c.reference, _rows.c.case_id, _rows.c.state, _batches.c.released_at, objected)
        .join(_batches, _batches.c.id == _rows.c.batch_id)
        .join(_cases, _cases.c.id == _rows.c.case_id)
        .where(_batches.c.state.in_(RELEASED), _cases.c.notice_days.is_not(None))
    )
    for row in connection.execute(joined):
        on = row.released_at.astimezone(SHANGHAI).date()
        if not any(
            it.ends_on < on and (it.ended_early_on is None or it.ended_early_on > on) for it in shown[row.case_id]
        ):
            yield f"payment {row.reference}", f"was released on {on}, and no notice of its award was over"
        if row.objected and row.state in (PayoutState.PENDING, PayoutState.PAID):
            yield f"payment {row.reference}", "was released, and an objection to its award waits"
