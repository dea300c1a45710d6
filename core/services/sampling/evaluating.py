"""What a sample that was checked says of its population, and whether that is tolerable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from core.services.sampling import projecting
from core.services.sampling.plans import WHOLE_BP, Plan
from core.services.sampling.projecting import Audited, Estimate, Limit, Rate


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`wrong` of `drawn` letters are not right; the money is in fen. Of a monetary-unit sample there are limits of what
    was granted too much (`over`) and too little (`under`), of another the `rate` of wrong letters and, where the sample
    can tell, the `estimate`. `tolerable`: whether what is left possible is at most what is tolerable."""

    drawn: int
    wrong: int
    over_fen: int
    under_fen: int
    tolerable: bool
    over: Limit | None = None
    under: Limit | None = None
    estimate: Estimate | None = None
    rate: Rate | None = None

    @property
    def worse(self) -> tuple[Literal["over", "under", "both"], Limit] | None:
        """Of a monetary-unit sample: which limit is the larger one, and it."""
        if self.over is None or self.under is None:
            return None
        if self.over.upper_fen == self.under.upper_fen:
            return "both", self.over
        return ("over", self.over) if self.over.upper_fen > self.under.upper_fen else ("under", self.under)


def conclude(population: Mapping[str, int], population_fen: int, plan: Plan, audited: Sequence[Audited]) -> Evaluation:
    """`population`: how many letters each stratum has ("" where there are none). Too much and too little each have to
    be tolerable. Raises ValueError for a stratum of which nothing was audited."""
    errors = [it.error_fen for it in audited]
    known = partial(
        Evaluation,
        drawn=len(audited),
        wrong=sum(error != 0 for error in errors),
        over_fen=sum(error for error in errors if error > 0),
        under_fen=-sum(error for error in errors if error < 0),
    )
    confidence = float(plan.confidence)
    if plan.method == "monetary_unit":
        interval = population_fen // plan.size
        over, under = projecting.monetary_units(audited, interval, confidence=confidence)
        return known(over=over, under=under, tolerable=max(over.upper_fen, under.upper_fen) <= plan.tolerable)
    rate = projecting.rates(audited, population, confidence)
    estimate = projecting.mean_per_item(audited, population, confidence=confidence)
    return known(estimate=estimate, rate=rate, tolerable=rate.upper <= plan.tolerable / WHOLE_BP)
