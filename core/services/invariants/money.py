"""I15: money adds up. What a line was paid and credited, what a payment paid and gave back, and the rent it is a fact
of are what their parts come to; so is what of a line is invoiced, and taken back of a 发票."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from core.data.models import (
    Allocation,
    Bill,
    BillLine,
    CreditLine,
    CreditNote,
    Fee,
    Payment,
    Refund,
    RentPayment,
    TaxInvoice,
    TaxInvoiceLine,
    TaxInvoiceState,
)

_bills, _lines, _payments = Bill.__table__, BillLine.__table__, Payment.__table__
_allocations, _refunds, _rent = Allocation.__table__, Refund.__table__, RentPayment.__table__
_notes, _credits = CreditNote.__table__, CreditLine.__table__
_invoices, _covered = TaxInvoice.__table__, TaxInvoiceLine.__table__


def check(connection: Connection) -> Iterator[tuple[str, str]]:
    yield from _check_lines(connection)
    yield from _check_payments(connection)
    yield from _check_rent(connection)
    yield from _check_invoices(connection)


def _check_lines(connection: Connection) -> Iterator[tuple[str, str]]:
    asked = select(_lines.c.bill_id.label("of"), func.sum(_lines.c.amount_fen).label("fen")).group_by(_lines.c.bill_id)
    for row in _apart(connection, _bills.c.id, _bills.c.total_fen, asked):
        yield f"bill {row.id}", f"asks for {row.said} fen, its lines come to {row.fen}"
    paid = (
        select(_allocations.c.line_id.label("of"), func.sum(_allocations.c.amount_fen).label("fen"))
        .join(_payments, _payments.c.id == _allocations.c.payment_id)
        .where(_payments.c.reversed_at.is_(None))
        .group_by(_allocations.c.line_id)
    )
    for row in _apart(connection, _lines.c.id, _lines.c.paid_fen, paid):
        yield f"bill line {row.id}", f"says {row.said} fen are paid, payments that stand paid {row.fen}"
    credited = (
        select(_credits.c.line_id.label("of"), func.sum(_credits.c.amount_fen).label("fen"))
        .join(_notes, _notes.c.id == _credits.c.note_id)
        .where(_notes.c.undone_at.is_(None))
        .group_by(_credits.c.line_id)
    )
    for row in _apart(connection, _lines.c.id, _lines.c.credited_fen, credited):
        yield f"bill line {row.id}", f"says {row.said} fen are credited, its credit notes come to {row.fen}"


def _check_payments(connection: Connection) -> Iterator[tuple[str, str]]:
    standing = _payments.c.reversed_at.is_(None)
    used = _payments.c.amount_fen - _payments.c.free_fen - _payments.c.refunded_fen
    paid = select(_allocations.c.payment_id.label("of"), func.sum(_allocations.c.amount_fen).label("fen")).group_by(
        _allocations.c.payment_id
    )
    for row in _apart(connection, _payments.c.id, used, paid, standing):
        yield f"payment {row.id}", f"says {row.said} fen are used, its allocations come to {row.fen}"
    back = (
        select(_refunds.c.payment_id.label("of"), func.sum(_refunds.c.amount_fen).label("fen"))
        .where(_refunds.c.undone_at.is_(None))
        .group_by(_refunds.c.payment_id)
    )
    for row in _apart(connection, _payments.c.id, _payments.c.refunded_fen, back):
        yield f"payment {row.id}", f"says {row.said} fen went back, its refunds come to {row.fen}"


def _check_rent(connection: Connection) -> Iterator[tuple[str, str]]:
    """Of each payment, by lease and month: the book of rent has what lines of rent were paid with it."""
    put = (
        select(_allocations.c.payment_id, _bills.c.lease_id, _lines.c.month, func.sum(_allocations.c.amount_fen))
        .join(_lines, _lines.c.id == _allocations.c.line_id)
        .join(_bills, _bills.c.id == _lines.c.bill_id)
        .join(_payments, _payments.c.id == _allocations.c.payment_id)
        .where(_lines.c.fee == Fee.RENT, _bills.c.lease_id.is_not(None), _payments.c.reversed_at.is_(None))
        .group_by(_allocations.c.payment_id, _bills.c.lease_id, _lines.c.month)
    )
    booked = (
        select(_rent.c.payment_id, _rent.c.lease_id, _rent.c.month, func.sum(_rent.c.paid_fen))
        .where(_rent.c.payment_id.is_not(None))
        .group_by(_rent.c.payment_id, _rent.c.lease_id, _rent.c.month)
    )
    lines, book = ({tuple(row[:3]): int(row[3]) for row in connection.execute(it)} for it in (put, booked))
    for key in sorted(lines.keys() | book.keys()):
        if lines.get(key, 0) != book.get(key, 0):
            payment, lease, month = key
            paid, has = lines.get(key, 0), book.get(key, 0)
            yield f"payment {payment}", f"paid {paid} fen of lease {lease}'s rent of {month}, the book has {has}"


def _check_invoices(connection: Connection) -> Iterator[tuple[str, str]]:
    standing = (
        select(_covered.c.line_id.label("of"), func.sum(_covered.c.amount_fen).label("fen"))
        .join(_invoices, _invoices.c.id == _covered.c.invoice_id)
        .where(_invoices.c.state != TaxInvoiceState.REJECTED)
        .group_by(_covered.c.line_id)
    )
    for row in _apart(connection, _lines.c.id, _lines.c.invoiced_fen, standing):
        yield f"bill line {row.id}", f"says {row.said} fen are invoiced, its tax invoices come to {row.fen}"
    whole = select(_covered.c.invoice_id.label("of"), func.sum(_covered.c.amount_fen).label("fen")).group_by(
        _covered.c.invoice_id
    )
    for row in _apart(connection, _invoices.c.id, _invoices.c.amount_fen, whole):
        yield f"tax invoice {row.id}", f"is of {row.said} fen, its lines come to {row.fen}"
    red = (
        select(_invoices.c.red_of_id.label("of"), (-func.sum(_invoices.c.amount_fen)).label("fen"))
        .where(_invoices.c.red_of_id.is_not(None))
        .group_by(_invoices.c.red_of_id)
    )
    for row in _apart(connection, _invoices.c.id, _invoices.c.reversed_fen, red):
        yield f"tax invoice {row.id}", f"says {row.said} fen are taken back, its red letters come to {row.fen}"


def _apart(
    connection: Connection,
    owner: ColumnElement[int],
    said: ColumnElement[int],
    parts: Select[int, int],
    *where: ColumnElement[bool],
) -> list[Row[int, int, int]]:
    """Rows whose `said` is not the sum of its parts."""
    summed = parts.subquery()
    fen = func.coalesce(summed.c.fen, 0)
    query = (
        select(owner.label("id"), said.label("said"), fen.label("fen"))
        .select_from(owner.table)
        .outerjoin(summed, summed.c.of == owner)
        .where(said != fen, *where)
        .order_by(owner)
    )
    return list(connection.execute(query))
