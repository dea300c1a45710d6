"""Who reaches the end of a stay when, and what space that frees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from core.data.queries.stages import Held
from core.policy import Month
from core.services.stages.criteria import Clock
from core.services.stages.readiness import Standing

HORIZON = 24  # months ahead


@dataclass(frozen=True, slots=True)
class Expiry:
    """One clock of one tenant. Only the end of a stay frees space; a missed entry frees none by itself."""

    standing: Standing
    clock: Clock
    held: Held

    @property
    def frees(self) -> bool:
        return self.clock.kind != "entry_age_months"


@dataclass(slots=True)
class Ahead:
    """One month: whose stay ends in it, and the units and area (cm²) that they sit in."""

    month: Month
    expiries: list[Expiry] = field(default_factory=list)

    @property
    def tenants(self) -> int:
        return sum(it.frees for it in self.expiries)

    @property
    def units(self) -> int:
        return sum(len(it.held.spaces) for it in self.expiries if it.frees)

    @property
    def area_cm2(self) -> int:
        return sum(it.held.area_cm2 for it in self.expiries if it.frees)


def expiries(standings: Iterable[Standing], held: Mapping[int, Held]) -> list[Expiry]:
    """Every clock that runs, the first to run out first."""
    found = [
        Expiry(it, clock, held.get(it.id, Held()))
        for it in standings
        for clock in (it.readiness.clock, it.readiness.entry_clock)
        if clock is not None
    ]
    return sorted(found, key=lambda it: (it.clock.until, it.standing.name, it.clock.kind))


def months(found: Iterable[Expiry], on: date) -> list[Ahead]:
    """The months from that of `on`, each with what ends in it. What has run out before is in none of them."""
    ahead = [Ahead(Month.of(on) + number) for number in range(HORIZON)]
    for it in found:
        number = int(Month.of(it.clock.until)) - int(Month.of(on))
        if it.clock.until >= on and number < HORIZON:
            ahead[number].expiries.append(it)
    return ahead
