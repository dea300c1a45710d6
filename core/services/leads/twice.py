"""One line of evidence under two awards, and rent of one enterprise in one month under two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, String, func, type_coerce
from sqlalchemy.orm import Session

from core.data.models import (
    Award,
    District,
    EvidenceKind,
    EvidenceLine,
    EvidenceUse,
    StackingRule,
)
from core.services.leads import Found, Period
from core.services.leads.reading import OF_AWARD, present, uses

PREMISES = 33  # characters of a rent line's key that name the premises, with the colon before


def spent_twice(session: Session, district: District, period: Period, kind: EvidenceKind) -> Iterator[Found]:
    """Lines that two standing awards of one stacking group spent: against the group's rule where it is exclusive, or
    where together they are above the line. Of rent, the same enterprise's month at other premises counts as the same:
    whether it had two places that month is for people to say."""
    fact = _fact(kind)
    twice = (
        uses(district, period, kind, fact.label("fact"), EvidenceUse.stacking_group)
        .where(EvidenceUse.rule != StackingRule.STACKABLE)
        .group_by(fact, EvidenceUse.stacking_group)
        .having(func.count(func.distinct(Award.id)) > 1)
        .subquery()
    )
    rows = session.execute(
        uses(
            district, period, kind,
            *OF_AWARD, EvidenceLine.id.label("line"), EvidenceLine.month, EvidenceLine.amount_fen.label("whole"),
            EvidenceUse.amount_fen, EvidenceUse.rule, twice.c.fact, EvidenceUse.stacking_group,
        ).join(twice, (twice.c.fact == fact) & (twice.c.stacking_group == EvidenceUse.stacking_group))
    )  # fmt: skip
    by_fact: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        by_fact[row.fact, row.stacking_group].append(row)
    pairs: dict[tuple[tuple[int, ...], str], list[list[Any]]] = defaultdict(list)
    for (_, group), found in by_fact.items():
        if _too_much(found):
            pairs[present(*(row.id for row in found)), group].append(found)
    for (awards, group), months in pairs.items():
        every = [row for found in months for row in found]
        operators = present(*(row.operator_id for row in every))
        tenants = present(*(row.tenant_id for row in every))
        yield Found(
            key=f"awards:{'+'.join(map(str, awards))}:{group}"[:200],
            facts={
                "line_ids": present(*(row.line for row in every)),
                "months": sorted({row.month for row in every}),
                "case_ids": present(*(row.case_id for row in every)),
                "tenant_ids": tenants,
            },
            letters=present(*(row.letter_id for row in every)),
            amount_fen=sum(sum(row.amount_fen for row in found) - _largest(found) for found in months),
            tenant=tenants[0] if len(tenants) == 1 else None,
            operator=operators[0] if len(operators) == 1 else None,
        )


def _fact(kind: EvidenceKind) -> ColumnElement[str]:
    key = EvidenceLine.natural_key
    if kind is not EvidenceKind.RENT_MONTH:
        return type_coerce(key, String)
    return type_coerce(func.substr(key, 1, func.length(key) - PREMISES), String)


def _too_much(found: list[Any]) -> bool:
    """Whether the awards spent more than the group's rule lets them."""
    if any(row.rule is StackingRule.EXCLUSIVE for row in found):
        return True
    lines = {row.line: row.whole for row in found}
    return None not in lines.values() and sum(row.amount_fen for row in found) > sum(lines.values())


def _largest(found: list[Any]) -> int:
    """What one of the awards alone spent, the one that spent most: that much may be right."""
    by_award: dict[int, int] = defaultdict(int)
    for row in found:
        by_award[row.id] += row.amount_fen
    return max(by_award.values())
