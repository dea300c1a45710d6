"""What differs between Stripe's books and ours: found, settled, or seen to by a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import DifferenceEnd, DifferenceKind, StripeDifference, StripeStray
from core.data.types import utcnow
from core.errors import Conflict, Invalid
from core.services import audit
from core.services.typed import within


@dataclass(frozen=True, slots=True)
class Found:
    """One difference. The same `key` at the next look is the same difference. Without an operator it is a stray."""

    kind: DifferenceKind
    key: str
    stripe_id: str | None = None
    operator_id: int | None = None
    bill_id: int | None = None
    payment_id: int | None = None
    theirs_fen: int | None = None
    ours_fen: int | None = None
    detail: str | None = None


def keep(session: Session, found: Iterable[Found], settled: Iterable[Found] = ()) -> None:
    """Note what was found; `settled` is what was put right at once. What waited and was not found again is gone."""
    seen: set[tuple[int | None, str]] = set()
    for it in found:
        seen.add((it.operator_id, it.key))
        _note(session, it)
    for it in settled:
        seen.add((it.operator_id, it.key))
        row = _note(session, it)
        if row.ended is None:
            row.ended, row.ended_at = DifferenceEnd.APPLIED, utcnow()
    waiting: list[StripeDifference | StripeStray] = [
        *session.scalars(select(StripeDifference).where(StripeDifference.ended.is_(None))),
        *session.scalars(select(StripeStray).where(StripeStray.ended.is_(None))),
    ]
    for row in waiting:
        if (getattr(row, "operator_id", None), row.key) not in seen:
            row.ended, row.ended_at = DifferenceEnd.GONE, utcnow()
    session.flush()


def end(session: Session, it: StripeDifference | StripeStray, note: str) -> None:
    """A person saw to it, and says how."""
    if it.ended is not None:
        raise Conflict("这条已经处理过了")
    if not note.strip():
        raise Invalid("请写明怎么处理的", field="reason")
    it.ended, it.ended_at, it.note = DifferenceEnd.PERSON, utcnow(), within(note, 200, field="reason")
    it.ended_by_id = audit.asker_of(session).user_id
    audit.record(session, "stripe.difference.end", it, detail={"kind": it.kind})
    session.flush()


def _note(session: Session, it: Found) -> StripeDifference | StripeStray:
    values: dict[str, Any] = {
        "kind": it.kind,
        "stripe_id": it.stripe_id,
        "theirs_fen": it.theirs_fen,
        "ours_fen": it.ours_fen,
        "detail": it.detail,
    }
    row: StripeDifference | StripeStray | None
    if it.operator_id is None:
        row = session.scalars(select(StripeStray).where(StripeStray.key == it.key)).one_or_none()
        row = row or StripeStray(key=it.key)
    else:
        query = select(StripeDifference).where(
            StripeDifference.operator_id == it.operator_id, StripeDifference.key == it.key
        )
        row = session.scalars(query).one_or_none()
        row = row or StripeDifference(
            key=it.key, operator_id=it.operator_id, bill_id=it.bill_id, payment_id=it.payment_id
        )
    for name, value in values.items():
        setattr(row, name, value)
    if row.ended in (DifferenceEnd.GONE, DifferenceEnd.APPLIED):  # it is there again
        row.ended = row.ended_at = None
    new = row.id is None
    session.add(row)
    session.flush()
    if new:
        audit.record(session, "stripe.difference", row, detail={"kind": it.kind, "theirs_fen": it.theirs_fen})
    return row
