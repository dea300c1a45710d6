"""I9: what came back of an award is what its pool booked, never more than is owed; a file is settled when all of it is
back; and a case is in recovery exactly while it has an open decided file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from core.data.models import (
    Case,
    CaseState,
    CreditKind,
    CreditState,
    Disbursement,
    PayoutState,
    PoolEntry,
    PoolMove,
    Recovery,
    RecoveryCredit,
    RecoveryState,
)

_files, _credits, _entries = Recovery.__table__, RecoveryCredit.__table__, PoolEntry.__table__
_cases, _payments = Case.__table__, Disbursement.__table__


def check(connection: Connection) -> Iterator[tuple[str, str]]:
    files = {row.id: row for row in connection.execute(select(_files))}
    back: Counter[int] = Counter()  # by file
    of_case: Counter[int] = Counter()
    kept_back: Counter[int] = Counter()  # by payment
    for credit in connection.execute(select(_credits)):
        if credit.state is CreditState.CONFIRMED:
            back[credit.recovery_id] += credit.amount_fen
            of_case[files[credit.recovery_id].case_id] += credit.amount_fen
        if credit.kind is CreditKind.OFFSET and credit.state is not CreditState.VOID:
            kept_back[credit.disbursement_id] += credit.amount_fen
    for row in files.values():
        thing = f"recovery {row.number}"
        if sum(line["back_fen"] for line in row.lines) != row.owed_fen:
            yield thing, f"{row.owed_fen} fen are owed, its lines say otherwise"
        if back[row.id] > row.owed_fen:
            yield thing, f"{back[row.id]} fen are back, {row.owed_fen} were owed"
        whole = row.state in (RecoveryState.DECIDED, RecoveryState.SETTLED) and back[row.id] == row.owed_fen
        if (row.state is RecoveryState.SETTLED) != whole:
            yield thing, f"is {row.state}, and {back[row.id]} of {row.owed_fen} fen are back"
        if row.state is RecoveryState.DROPPED and back[row.id]:
            yield thing, f"was dropped, and {back[row.id]} fen are back"
    yield from _check_bookings(connection, of_case)
    yield from _check_states(connection, {row.case_id for row in files.values() if row.state is RecoveryState.DECIDED})
    yield from _check_offsets(connection, kept_back)


def _check_bookings(connection: Connection, of_case: Counter[int]) -> Iterator[tuple[str, str]]:
    moves = (PoolMove.RECOVER, PoolMove.UNRECOVER)
    asked = select(_entries.c.case_id, _entries.c.move, func.sum(_entries.c.amount_fen).label("fen"))
    booked: Counter[int] = Counter()
    for row in connection.execute(
        asked.where(_entries.c.move.in_(moves)).group_by(_entries.c.case_id, _entries.c.move)
    ):
        booked[row.case_id] += int(row.fen) if row.move is PoolMove.RECOVER else -int(row.fen)
    for case_id in sorted(booked.keys() | of_case.keys()):
        if booked[case_id] != of_case[case_id]:
            yield f"case {case_id}", f"{of_case[case_id]} fen came back, its pool has booked {booked[case_id]}"


def _check_states(connection: Connection, decided: set[int]) -> Iterator[tuple[str, str]]:
    recovering = select(_cases.c.id).where(_cases.c.state == CaseState.RECOVERY)
    for case_id in sorted(decided ^ set(connection.scalars(recovering))):
        said = (
            "has an open decided file, and is not in recovery" if case_id in decided else "is in recovery without one"
        )
        yield f"case {case_id}", said


def _check_offsets(connection: Connection, kept_back: Counter[int]) -> Iterator[tuple[str, str]]:
    """What is kept back of a payment that is under way or made is what the files say of it."""
    live = (PayoutState.PENDING, PayoutState.PAID)
    for row in connection.execute(
        select(_payments.c.id, _payments.c.reference, _payments.c.offset_fen, _payments.c.state)
    ):
        wanted = row.offset_fen if row.state in live else 0
        if kept_back[row.id] != wanted:
            yield f"payment {row.reference}", f"keeps back {row.offset_fen} fen, the files say {kept_back[row.id]}"
