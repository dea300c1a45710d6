"""Prizes won: evidence whose key does not depend on the level, so that one won at several levels is paid once."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from core.data.models import EvidenceKind, Grade, Milestone, PrizeLevel
from core.data.queries.dossiers import Records
from core.services.dossiers import keys
from core.services.dossiers.frozen import Source

_LEVELS = list(PrizeLevel)


def prizes(known: Records) -> tuple[list[dict[str, Any]], dict[str, Source]]:
    """One row for each contest, edition and level, whoever recorded it. Rows of one prize carry the same spelling of
    its contest, so that a rule can tell that they are one, and the same natural key."""
    won: dict[tuple[str, PrizeLevel], Milestone] = {}
    spelling: dict[str, str] = {}
    records: dict[tuple[str, PrizeLevel], list[int]] = defaultdict(list)
    for it in sorted(known.prizes, key=lambda it: _order(it, known)):
        if it.contest is None or it.edition is None or it.level is None:
            continue  # recorded before these were asked for: nobody knows which prize it is
        key = keys.prize(known.uscc or "", it.edition, it.contest)
        won.setdefault((key, it.level), it)
        spelling.setdefault(key, it.contest)
        records[key, it.level].append(it.id)
    rows, sources = [], {}
    places = sorted(won, key=lambda place: (won[place].edition, spelling[place[0]], _LEVELS.index(place[1])))
    for number, (key, level) in enumerate(places, start=1):
        it, line = won[key, level], f"W-{number}"
        rows.append(
            {
                "line": line,
                "contest": spelling[key],
                "edition": it.edition,
                "level": level.value,
                "awarded_on": it.reached_on.isoformat(),
                "grade": Grade.OPERATOR.value,
            }
        )
        sources[line] = Source(
            kind=EvidenceKind.PRIZE,
            natural_key=key,
            month=f"{it.reached_on:%Y-%m}",
            amount_fen=None,
            source="milestones:" + ",".join(map(str, sorted(records[key, level]))),
            grade=Grade.OPERATOR,
            paper=None,
            tenant_id=it.tenant_id,
            operator_id=it.operator_id,
        )
    return rows, sources


def _order(it: Milestone, known: Records) -> tuple[Any, ...]:
    """The applicant's own record speaks for a prize, then the earlier one; the order of entry is of no matter."""
    return it.tenant_id != known.tenant.id, it.reached_on, it.contest or "", it.operator_id
