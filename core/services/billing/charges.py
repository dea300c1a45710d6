"""What a lease asks for by the end of a month. Pure: it reads a lease and asks nobody, so preview and run agree."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from core.data import rent
from core.data.models import BillKind, Fee, FeeKind, Lease
from core.policy import Month

FEES = {FeeKind.PROPERTY: Fee.PROPERTY, FeeKind.SERVICE: Fee.SERVICE, FeeKind.OTHER: Fee.OTHER}
REACH = 15  # months beyond the run's within which every period that is due by then has begun


@dataclass(frozen=True, slots=True)
class Part:
    """One line: what for, of which month (rent alone), fen."""

    fee: Fee
    month: Month | None
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Charge:
    """A bill to be made."""

    kind: BillKind
    first: date
    last: date
    due_on: date
    parts: tuple[Part, ...]

    @property
    def total_fen(self) -> int:
        return sum(part.amount_fen for part in self.parts)


def charges(
    lease: Lease, month: Month, book_from: Month, billed: Collection[tuple[BillKind, date]] = ()
) -> Iterator[Charge]:
    """What is due by the end of `month`, of periods that begin in `book_from` or later, and is not `billed` (kind and
    first day). A period without anything to pay asks for nothing."""
    if lease.deposit_fen and lease.starts_on >= book_from.first and (BillKind.DEPOSIT, lease.starts_on) not in billed:
        due_on = lease.starts_on - lease.due_days * rent.DAY
        if due_on <= month.last:
            part = Part(Fee.DEPOSIT, None, lease.deposit_fen)
            yield Charge(BillKind.DEPOSIT, lease.starts_on, lease.starts_on, due_on, (part,))
    for period in rent.periods(lease, (month + REACH).last):
        if period.due_on > month.last:
            return
        if period.first < book_from.first or (BillKind.REGULAR, period.first) in billed:
            continue
        due = rent.instalment(lease, period)
        parts = [Part(Fee.RENT, of, fen) for of, fen in due.months if fen]
        parts += [Part(FEES[kind], None, fen) for kind, fen in due.fees if fen]
        if parts:
            yield Charge(BillKind.REGULAR, period.first, period.last, period.due_on, tuple(parts))
