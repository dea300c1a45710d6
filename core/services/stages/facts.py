"""What the criteria of stages ask about a tenant on one day: plain values, and None for what is not known.

Rounds of funding and milestones are events that are written down when they happen: none on record is none. Figures
that are reported by quarter are not known until they are reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from core.data.models import Stage
from core.services.quarters import first_day, quarter_of, quarters
from core.services.stages.history import History

IN_A_YEAR = 4


@dataclass(frozen=True, slots=True)
class TenantFacts:
    """One tenant on `on`. Money in fen; `revenue` by quarter, in it only what was reported."""

    on: date
    history: History = ()
    team: bool = False  # not a company yet
    registered_on: date | None = None
    industry: str | None = None
    registered_here: bool | None = None  # the registered address is at one of the operator's sites
    physical: bool | None = None  # 实体入驻 on that day
    high_tech: bool = False
    exit_event: bool = False  # merged, acquired or listed
    funding_fen: int = 0  # angel and venture capital in total
    revenue: Mapping[str, int] | None = None
    staff: int | None = None  # at the end of the last quarter that was reported

    @property
    def stage(self) -> Stage | None:
        return self.history[-1].stage if self.history else None

    @property
    def entered_on(self) -> date | None:
        """When it came to this house, the last time."""
        entered = None
        for stretch in self.history:
            if stretch.stage is Stage.EXITED:
                entered = None
            elif entered is None:
                entered = stretch.start
        return entered

    def last_year_revenue(self) -> int | None:
        """Of the last four quarters that are over; None where one was not reported and may matter."""
        return self._sum(quarters(*_span(self.on)))

    def two_years_revenue(self, more_than: int) -> tuple[bool | None, int | None]:
        """Whether two consecutive calendar years exceed `more_than`, and the best sum known; years that are over, from
        that of entry on. Settled by the known quarters where they are enough, else unknown while one is missing."""
        first = (self.entered_on or self.registered_on or self.on).year
        best, unknown = 0, False
        for year in range(first, self.on.year - 1):
            span = quarters(f"{year}Q1", f"{year + 1}Q4")
            known = sum((self.revenue or {}).get(quarter, 0) for quarter in span)
            best = max(best, known)
            unknown |= self._sum(span) is None
        if best > more_than:
            return True, best
        return (None, best or None) if unknown else (False, best)

    def _sum(self, span: Iterable[str]) -> int | None:
        """Revenue of the quarters. Before it was registered there was none."""
        total = 0
        for quarter in span:
            amount = (self.revenue or {}).get(quarter)
            if amount is None and not (self.registered_on and quarter < quarter_of(self.registered_on)):
                return None
            total += amount or 0
        return total


def _span(on: date) -> tuple[str, str]:
    """The first and last of the four quarters before the one `on` lies in."""
    begun = first_day(quarter_of(on))
    year_before = begun.replace(year=begun.year - 1)
    before = quarters(quarter_of(year_before), quarter_of(begun))[:-1]
    return before[0], before[-1]
