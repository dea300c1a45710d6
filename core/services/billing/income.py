"""分组收入: an operator's income by tax group and month, on a stated base."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from core.data.models import Fee
from core.data.queries import income as reads
from core.policy import Month, months_between
from core.services.billing.tax import Income


class Basis(StrEnum):
    """What counts, and when: what bills ask for less credit notes, on the day it is due; or what was received for it,
    on the day it came."""

    BILLED = "billed"  # 应收
    RECEIVED = "received"  # 实收


def by_month(session: Session, operator_id: int, first: Month, last: Month, basis: Basis) -> list[tuple[Month, Income]]:
    """Each month from `first` to `last`, also those without income."""
    found: defaultdict[Month, list[tuple[Fee, int]]] = defaultdict(list)
    for day, fee, fen in _sums(session, operator_id, first.first, last.last, basis):
        found[Month.of(day)].append((fee, fen))
    return [(month, Income.of(found[month])) for month in months_between(first, last)]


def of_days(session: Session, operator_id: int, first: date, last: date, basis: Basis = Basis.BILLED) -> Income:
    return Income.of((fee, fen) for _day, fee, fen in _sums(session, operator_id, first, last, basis))


def _sums(session: Session, operator_id: int, first: date, last: date, basis: Basis) -> reads.Sums:
    return (reads.billed if basis is Basis.BILLED else reads.received)(session, operator_id, first, last)
