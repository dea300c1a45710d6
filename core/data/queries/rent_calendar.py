"""租控表: which lease holds which unit of a site over a stretch of months, and how full each month is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from core.data.models import IN_FORCE, Lease, LeaseSpace, LeaseStatus, Space
from core.data.queries.places import SHARED
from core.policy import Month


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days, both included, on which a lease holds a unit within the months shown."""

    lease: Lease
    first: date
    last: date


@dataclass(slots=True)
class UnitRow:
    space: Space
    stretches: list[Stretch] = field(default_factory=list)

    def in_month(self, month: Month) -> list[Stretch]:
        return [s for s in self.stretches if s.first <= month.last and s.last >= month.first]

    def let_days(self, month: Month) -> int:
        """Days of the month on which somebody has the unit; a day with two leases counts once."""
        days: set[int] = set()
        for stretch in self.in_month(month):
            first, last = max(stretch.first, month.first), min(stretch.last, month.last)
            days.update(range(first.toordinal(), last.toordinal() + 1))
        return len(days)

    @property
    def counts(self) -> bool:
        """Meeting rooms are for all: they are no part of what could be let."""
        return self.space.kind is not SHARED


@dataclass(frozen=True, slots=True)
class Calendar:
    months: Sequence[Month]
    rows: Sequence[UnitRow]

    def occupancy(self, month: Month) -> Decimal | None:
        """The share of the area that is let in a month, day by day; None for a site without units to let."""
        days = (month.last - month.first).days + 1
        whole = sum(row.space.area_cm2 for row in self.rows if row.counts)
        let = sum(row.space.area_cm2 * row.let_days(month) for row in self.rows if row.counts)
        return Decimal(let) / (whole * days) if whole else None


def calendar(session: Session, site_id: int, first: Month, count: int, today: date) -> Calendar:
    """`count` months from `first`. What is under a lease that was ended counts until its last day; one that was ended
    before it began, and so keeps its dates, never counts."""
    months = [first + n for n in range(count)]
    start, end = months[0].first, months[-1].last
    spaces = session.scalars(
        select(Space).where(Space.site_id == site_id).options(joinedload(Space.floor)).order_by(Space.code)
    ).all()
    rows = {space.id: UnitRow(space) for space in sorted(spaces, key=_by_floor)}
    held: dict[int, list[Lease]] = defaultdict(list)
    for space_id, lease in session.execute(
        select(LeaseSpace.space_id, Lease)
        .join(Lease, Lease.id == LeaseSpace.lease_id)
        .join(Space, Space.id == LeaseSpace.space_id)
        .where(
            Space.site_id == site_id,
            Lease.starts_on <= end,
            or_(Lease.ends_on.is_(None), Lease.ends_on >= start),
            or_(
                Lease.status.in_(IN_FORCE),
                and_(Lease.status == LeaseStatus.ENDED, Lease.ends_on <= today),
            ),
        )
        .options(joinedload(Lease.tenant))
        .order_by(Lease.starts_on, Lease.id)
    ):
        held[space_id].append(lease)
    for space_id, leases in held.items():
        rows[space_id].stretches = [
            Stretch(lease, max(lease.starts_on, start), min(lease.ends_on or end, end)) for lease in leases
        ]
    return Calendar(months, list(rows.values()))


def _by_floor(space: Space) -> tuple[str, int, str]:
    floor = space.floor
    return (floor.building, floor.level, space.code) if floor else ("~", 0, space.code)
