"""On which day payments went to lines. Allocations say what stands now; the journal says it of any day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.models import AllocationMove, BillLine, Payment
from core.data.types import utcnow


def now_on() -> date:
    """The day on which what is written now happens."""
    return utcnow().astimezone(SHANGHAI).date()


def went(session: Session, payment: Payment, line: BillLine, fen: int, on: date | None) -> None:
    """A part of a payment went to a line: not before the money was there, nor before the bill."""
    _note(session, payment, line.id, fen, max(on or now_on(), payment.received_on, line.bill.issued_on))


def came_back(session: Session, payment: Payment, line_id: int, fen: int, on: date | None) -> None:
    """It came back from it: not before it went."""
    last = session.scalar(
        select(func.max(AllocationMove.moved_on)).where(
            AllocationMove.payment_id == payment.id, AllocationMove.line_id == line_id
        )
    )
    _note(session, payment, line_id, -fen, max(on or now_on(), last or payment.received_on))


def _note(session: Session, payment: Payment, line_id: int, fen: int, on: date) -> None:
    session.add(
        AllocationMove(
            operator_id=payment.operator_id,
            tenant_id=payment.tenant_id,
            payment_id=payment.id,
            line_id=line_id,
            moved_on=on,
            amount_fen=fen,
        )
    )
