"""What a rule sees of evidence that other awards have: nothing to pay for, but maybe facts to count.

A row that is wholly spent is taken out and listed; of one that is spent in part, what is left is what was paid. So a
rule that never heard of it pays nothing twice. A policy that names `spent_by` (or `spent_fen`) under `reads` sees such
rows as they are, with the mark: a month that was paid for is still a month of insurance. It may not use them, and the
kernel refuses an answer that does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.policy.card import Card
from core.policy.decision import Excluded
from core.policy.model import Case, Spent
from core.policy.shapes import MARKS, WITH_LINES


def apply(case: Case, spent: Mapping[str, Spent], card: Card, *, as_facts: bool) -> tuple[Case, tuple[Excluded, ...]]:
    """The case as the rule sees it, and what is left out of what it can spend.

    `spent` is what the ledger says, in place of the rows' own marks. Nothing is in the way of a policy that spends
    nothing. `as_facts` False: no row is kept as a fact, whatever the policy reads.
    """
    excluded: list[Excluded] = []
    seen: dict[str, Any] = {}
    for section in WITH_LINES:
        rows = getattr(case.dossier, section)
        if not rows or not (spent or [row for row in rows if row.spent_by is not None]):
            continue
        keep = as_facts and bool(MARKS & card.reads.visible.get(section, frozenset()))
        found = []
        for row in rows:
            mark = _mark(row, spent, card.stacking.rule) if card.stacking else None
            if mark is None:
                found.append(_marked(row, None))
                continue
            excluded.append(Excluded(row.line, mark.award, mark.amount_fen))
            if keep:
                found.append(_marked(row, mark))
            elif mark.amount_fen is not None:
                paid = row.paid_fen
                left = None if paid is None else paid - mark.amount_fen
                found.append(_marked(row, None)._replace(paid_fen=left))
        seen[section] = tuple(found)
    if not seen:
        return case, ()
    return replace(case, dossier=replace(case.dossier, **seen)), tuple(sorted(excluded, key=lambda it: it.line_id))


def left_of(row: Any) -> int:
    """What can still be spent of a payment, in fen."""
    if row.spent_by is None:
        return row.paid_fen or 0
    return 0 if row.spent_fen is None else max(0, (row.paid_fen or 0) - row.spent_fen)


def _mark(row: Any, spent: Mapping[str, Spent], rule: str) -> Spent | None:
    """What others have of the row: all of it where no part is left, it has no amount to part, or is not shared."""
    own = None if row.spent_by is None else Spent(row.spent_by, getattr(row, "spent_fen", None))
    mark = spent.get(row.line, own)
    if mark is None or mark.amount_fen is None:
        return mark
    paid = getattr(row, "paid_fen", 0)
    whole = rule == "exclusive" or (paid is not None and mark.amount_fen >= paid)
    return mark._replace(amount_fen=None) if whole else mark


def _marked(row: Any, mark: Spent | None) -> Any:
    award, fen = mark or (None, None)
    if hasattr(row, "spent_fen"):
        return row if (row.spent_by, row.spent_fen) == (award, fen) else row._replace(spent_by=award, spent_fen=fen)
    return row if row.spent_by == award else row._replace(spent_by=award)
