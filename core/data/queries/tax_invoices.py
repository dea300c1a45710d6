"""Reading 发票."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session, joinedload, selectinload

from core.data.models import (
    Bill,
    BillLine,
    TaxInvoice,
    TaxInvoiceItem,
    TaxInvoiceKind,
    TaxInvoiceLine,
    TaxInvoiceState,
    Tenant,
)
from core.data.queries.paging import Listing


def listing() -> Listing:
    """The asker's 发票 and requests for them."""
    standing = case(
        (TaxInvoice.red_of_id.is_not(None), literal("red")),
        (TaxInvoice.state == TaxInvoiceState.REQUESTED, literal("requested")),
        (TaxInvoice.state == TaxInvoiceState.REJECTED, literal("rejected")),
        (TaxInvoice.reversed_fen == TaxInvoice.amount_fen, literal("reversed")),
        (TaxInvoice.reversed_fen > 0, literal("part")),
        else_=literal("issued"),
    )
    number = func.coalesce(TaxInvoice.number, "")
    return Listing(
        statement=select(
            TaxInvoice.id,
            TaxInvoice.title,
            Tenant.name.label("tenant"),
            Bill.number.label("bill"),
            TaxInvoice.item,
            TaxInvoice.kind,
            TaxInvoice.code,
            TaxInvoice.number,
            TaxInvoice.issued_on,
            TaxInvoice.amount_fen,
            TaxInvoice.reversed_fen,
            TaxInvoice.rate,
            TaxInvoice.requested_at,
            standing.label("state"),
        )
        .join(Tenant, Tenant.id == TaxInvoice.tenant_id)
        .join(Bill, Bill.id == TaxInvoice.bill_id),
        key=TaxInvoice.id,
        sorts={
            "requested_at": TaxInvoice.requested_at,
            "title": TaxInvoice.title,
            "tenant": Tenant.name,
            "number": number,
            "amount_fen": TaxInvoice.amount_fen,
        },
        search=(TaxInvoice.title, number, Tenant.name, Bill.number),
        filters={
            "state": lambda value: standing == value,
            "kind": lambda value: TaxInvoice.kind == TaxInvoiceKind(value),
            "item": lambda value: TaxInvoice.item == TaxInvoiceItem(value),
        },
        extras={"taxpayer_no": TaxInvoice.taxpayer_no},
    )


def one(session: Session, invoice_id: int) -> TaxInvoice | None:
    query = select(TaxInvoice).where(TaxInvoice.id == invoice_id)
    return session.scalars(
        query.options(
            joinedload(TaxInvoice.bill).joinedload(Bill.lease),
            joinedload(TaxInvoice.tenant),
            joinedload(TaxInvoice.red_of),
            selectinload(TaxInvoice.reds),
            selectinload(TaxInvoice.lines).joinedload(TaxInvoiceLine.line),
        )
    ).first()


def of_bill(session: Session, bill: Bill) -> list[TaxInvoice]:
    """All of a bill, red letters and rejected ones too; the latest first."""
    return list(session.scalars(select(TaxInvoice).where(TaxInvoice.bill_id == bill.id).order_by(TaxInvoice.id.desc())))


def left(session: Session, it: TaxInvoice) -> dict[int, int]:
    """What red letters can still take back of a 发票, in fen by id of the line."""
    query = (
        select(TaxInvoiceLine.line_id, func.sum(TaxInvoiceLine.amount_fen))
        .join(TaxInvoice, TaxInvoice.id == TaxInvoiceLine.invoice_id)
        .where((TaxInvoice.id == it.id) | (TaxInvoice.red_of_id == it.id))
        .group_by(TaxInvoiceLine.line_id)
    )
    return {line_id: int(fen) for line_id, fen in session.execute(query)}


def too_much(session: Session, bill: Bill) -> Mapping[int, int]:
    """By id of the line, how much more was issued than the line asks for after its credit notes (fen): needs a red
    letter."""
    issued = (
        select(TaxInvoiceLine.line_id, func.sum(TaxInvoiceLine.amount_fen).label("fen"))
        .join(TaxInvoice, TaxInvoice.id == TaxInvoiceLine.invoice_id)
        .where(TaxInvoice.bill_id == bill.id, TaxInvoice.state == TaxInvoiceState.ISSUED)
        .group_by(TaxInvoiceLine.line_id)
        .subquery()
    )
    net = BillLine.amount_fen - BillLine.credited_fen
    query = select(BillLine.id, issued.c.fen - net).join(issued, issued.c.line_id == BillLine.id)
    return {line_id: int(fen) for line_id, fen in session.execute(query.where(issued.c.fen > net))}


def usual_rate(session: Session, item: TaxInvoiceItem) -> Decimal | None:
    """The rate of the latest 发票 of an item that the asker's operator issued."""
    query = select(TaxInvoice.rate).where(TaxInvoice.item == item, TaxInvoice.rate.is_not(None))
    return session.scalar(query.order_by(TaxInvoice.id.desc()).limit(1))
