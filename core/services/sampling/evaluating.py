"""What a sample that was checked says of its population, and whether that is tolerable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from core.services.sampling import projecting
from core.services.sampling.drawing import Item
from core.services.sampling.plans import WHOLE_BP, Plan
from core.services.sampling.projecting import Audited, Estimate, Limit


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`wrong` of `drawn` letters are not right; the money is in fen. Of a monetary-unit sample there are limits of what
    was granted too much (`over`) and too little (`under`), of another the `estimate` and the upper limit of the `rate`
    of wrong letters. `tolerable`: whether what is left possible is at most what is tolerable."""

    drawn: int
    wrong: int
    over_fen: int
    under_fen: int
    tolerable: bool
    over: Limit | None = None
    under: Limit | None = None
    estimate: Estimate | None = None
    rate: float | None = None


def conclude(population: Sequence[Item], plan: Plan, audited: Sequence[Audited]) -> Evaluation:
    """Raises ValueError where a stratum has too few to tell."""
    errors = [it.error_fen for it in audited]
    wrong = sum(error != 0 for error in errors)
    known = partial(
        Evaluation,
        drawn=len(audited),
        wrong=wrong,
        over_fen=sum(error for error in errors if error > 0),
        under_fen=-sum(error for error in errors if error < 0),
    )
    confidence = float(plan.confidence)
    if plan.method == "monetary_unit":
        interval = sum(item.amount_fen for item in population) // plan.size
        over, under = projecting.monetary_units(audited, interval, confidence=confidence)
        return known(over=over, under=under, tolerable=over.upper_fen <= plan.tolerable)
    rate = projecting.rate_limit(wrong, len(audited), len(population), confidence)
    sizes = Counter(item.stratum for item in population)
    estimate = projecting.mean_per_item(audited, sizes, confidence=confidence)
    return known(estimate=estimate, rate=rate, tolerable=rate <= plan.tolerable / WHOLE_BP)
