"""What the rules of recognition ask about a site on a day, read from what the operator keeps.

Rounds of funding are events, written down when they happen: none on record is none. Figures that are reported by
quarter are not known until they are reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from core.policy import any_of
from core.services.billing.tax import Income

QUARTERS = 4  # of a year


@dataclass(frozen=True, slots=True)
class Share:
    """Of `total` companies `yes` have it, and of `unknown` nobody knows."""

    yes: int = 0
    unknown: int = 0
    total: int = 0

    @classmethod
    def of(cls, answers: Iterable[bool | None]) -> Share:
        known = list(answers)
        return cls(known.count(True), known.count(None), len(known))


@dataclass(frozen=True, slots=True)
class Reported:
    """What one incubatee reported for a quarter; None is not reported. Money in fen."""

    revenue_fen: int | None = None
    rnd_fen: int | None = None
    ip_applied: int | None = None
    ip_held: int | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """One incubatee: its rounds of funding (day, whether the operator's own fund), its figures by quarter."""

    rounds: Sequence[tuple[date, bool]] = ()
    quarters: Mapping[str, Reported] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """A site on `on`. Areas in cm², money in fen. None is not known. `year_from`: the same day a year before.

    `last_quarters`: the last eight that are over, the older four first.
    """

    on: date
    year_from: date
    floor_area_cm2: int
    last_quarters: Sequence[str] = ()
    used_area_cm2: int | None = None  # incubation and public area
    companies: Sequence[Company] = ()  # the incubatees: in the incubator stage, physically here
    graduates: int = 0  # ever
    fund_fen: int | None = None
    staff: int | None = None
    professionals: int | None = None
    mentors: int | None = None
    mentored: int | None = None  # incubatees that those mentors are for, where they are not this site's alone
    events: int | None = None
    months_open: int | None = None
    desks: int = 0
    teams_within_year: int = 0
    registered_within_year: int = 0
    year_financed: int = 0  # of those teams
    income: Income | None = None  # of the operator within the year, by tax group

    @property
    def incubatees(self) -> int:
        return len(self.companies)

    @property
    def financed(self) -> Share:
        return Share.of(bool(c.rounds) for c in self.companies)

    @property
    def financed_within_year(self) -> Share:
        return Share.of(any(day > self.year_from for day, _ in c.rounds) for c in self.companies)

    @property
    def own_fund(self) -> Share:
        return Share.of(any(own for _, own in c.rounds) for c in self.companies)

    @property
    def applied(self) -> Share:
        """Filed for a right in any quarter."""
        return Share.of(_some(r.ip_applied for r in c.quarters.values()) for c in self.companies)

    @property
    def holding(self) -> Share:
        """Holds a right, by the newest figure reported."""
        return Share.of(
            _some([r.ip_held for _, r in sorted(c.quarters.items()) if r.ip_held is not None][-1:])
            for c in self.companies
        )

    def growing(self, over: Decimal) -> Share:
        """Revenue or R&D of the last four quarters grew by more than `over` against the four before."""
        return Share.of(
            any_of((self._grew(c, lambda r: r.revenue_fen, over), self._grew(c, lambda r: r.rnd_fen, over)))
            for c in self.companies
        )

    def _grew(self, company: Company, figure: Callable[[Reported], int | None], over: Decimal) -> bool | None:
        figures = [figure(company.quarters.get(q, Reported())) for q in self.last_quarters]
        if len(figures) < 2 * QUARTERS or None in figures:
            return None
        before = sum(f for f in figures[:QUARTERS] if f is not None)
        after = sum(f for f in figures[QUARTERS:] if f is not None)
        # From nothing there is no rate; a company that had nothing and has something grew.
        return after > before * (1 + over) if before else after > 0


def _some(figures: Iterable[int | None]) -> bool | None:
    """Whether one is more than none; not known while none is and some may be missing."""
    known = list(figures)
    if any(known):
        return True
    return None if not known or None in known else False
