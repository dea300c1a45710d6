"""A statement comes in: what it would bring, and keeping what is new of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from core.data.models import BankLine, BankStatement
from core.data.queries import bank as reads
from core.data.queries.locks import lock_operator
from core.errors import Conflict
from core.services import audit
from core.services.bank.reading import Line, Reading


@dataclass(frozen=True, slots=True)
class Sorted:
    """``fresh``: lines that are not there yet; ``known``: those that are; ``recorded``: keys of the fresh ones that
    somebody recorded as a payment by hand, by their number."""

    fresh: list[Line]
    known: list[Line]
    recorded: frozenset[str]


def sort(session: Session, operator_id: int, reading: Reading) -> Sorted:
    """What of a file is new to the operator."""
    there = reads.known_keys(session, operator_id, [line.key for line in reading.lines])
    fresh = [line for line in reading.lines if line.key not in there]
    by_hand = _by_hand(session, operator_id, fresh)
    return Sorted(fresh, [line for line in reading.lines if line.key in there], frozenset(by_hand))


def keep(session: Session, operator_id: int, reading: Reading) -> BankStatement:
    """Keep the new lines of a file; what was recorded by hand is joined to its payment. Raises `Conflict` where there
    is nothing new."""
    lock_operator(session, operator_id)
    found = sort(session, operator_id, reading)
    if not found.fresh:
        raise Conflict("没有新的收入：这份明细里的收入以前都导入过，或本来就没有收入")
    made = BankStatement(
        operator_id=operator_id,
        name=reading.filename,
        sha256=reading.sha256,
        first=min(line.received_on for line in found.fresh),
        last=max(line.received_on for line in found.fresh),
        repeated=len(found.known) + len(reading.repeated),
        outgoing=reading.outgoing,
        unread=reading.problems.errors,
        imported_by_id=audit.asker_of(session).user_id,
    )
    session.add(made)
    session.flush()
    payments = _by_hand(session, operator_id, found.fresh)
    session.add_all(
        BankLine(
            operator_id=operator_id,
            statement_id=made.id,
            row=line.row,
            received_on=line.received_on,
            amount_fen=line.amount_fen,
            payer_name=line.payer_name,
            payer_tail=line.payer_tail,
            remark=line.remark,
            reference=line.reference,
            balance_fen=line.balance_fen,
            key=line.key,
            payment_id=payments.get(line.key),
        )
        for line in found.fresh
    )
    detail = {"file": reading.sha256, "lines": len(found.fresh), "repeated": made.repeated, "recorded": len(payments)}
    audit.record(session, "bank.import", made, detail=detail)
    session.flush()
    return made


def _by_hand(session: Session, operator_id: int, lines: list[Line]) -> dict[str, int]:
    """Payments recorded before with the number and the sum of a line: by the line's key, each for one line."""
    known = reads.recorded(session, operator_id, {line.reference for line in lines if line.reference})
    free = {number: payment for number, (payment, taken) in known.items() if not taken}
    found: dict[str, int] = {}
    for line in lines:
        payment = free.get(line.reference or "")
        if payment is not None and payment.amount_fen == line.amount_fen:
            found[line.key] = free.pop(str(line.reference)).id
    return found
