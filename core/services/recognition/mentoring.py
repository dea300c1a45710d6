"""1 名创业导师对 10 家在孵企业, live: so many incubatees, so many mentors needed, so many there.

Mentors are an operator's, so this is counted for a whole operator; the checklist of a site reads the same figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.data.models import Occupancy, OccupancyKind, Operator, Stage, Tenant
from core.policy import ParameterValue
from core.services.mentors import figures
from core.services.recognition.book import threshold

CODE = "incubatees_per_mentor"


@dataclass(frozen=True, slots=True)
class Ratio:
    """One operator on a day. `per`: how many incubatees one mentor is enough for; `threshold`: the same,
    with its source."""

    operator: Operator
    incubatees: int
    mentors: int
    per: int
    threshold: ParameterValue

    @property
    def needed(self) -> int:
        """One for each ten, and for what is left over: 41 incubatees need 5."""
        return -(-self.incubatees // self.per)

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.mentors)


def ratios(session: Session, today: date) -> list[Ratio]:
    """Of each of the asker's operators, by name; none where no rule is in force."""
    found = threshold(CODE, today)
    if found is None or not isinstance(found.value, int):
        return []
    there, incubated = figures.appointed(session, today), incubatees(session, today)
    return [
        Ratio(operator, incubated.get(operator.id, 0), there.get(operator.id, 0), found.value, found)
        for operator in session.scalars(select(Operator).order_by(Operator.name))
    ]


def incubatees(session: Session, today: date) -> dict[int, int]:
    """How many 在孵企业 each of the asker's operators has: in the incubator stage, physically there."""
    rows = session.execute(
        select(Tenant.operator_id, func.count(Tenant.id.distinct()).label("there"))
        .join(Occupancy, Occupancy.tenant_id == Tenant.id)
        .where(
            Tenant.merged_into_id.is_(None),
            Tenant.stage == Stage.INCUBATOR,
            Occupancy.kind == OccupancyKind.PHYSICAL,
            Occupancy.from_on <= today,
            or_(Occupancy.to_on.is_(None), Occupancy.to_on >= today),
        )
        .group_by(Tenant.operator_id)
    )
    return {row.operator_id: row.there for row in rows}
