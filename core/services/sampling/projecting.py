"""From the errors found in a sample to the population."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from core.services.sampling.drawing import Drawn
from core.services.sampling.poisson import factor


@dataclass(frozen=True, slots=True)
class Audited:
    """An item that was audited: the amount in the book and the amount that is right, in fen."""

    drawn: Drawn
    right_fen: int

    @property
    def error_fen(self) -> int:
        """What was granted too much; negative where too little."""
        return self.drawn.item.amount_fen - self.right_fen


@dataclass(frozen=True, slots=True)
class Limit:
    """What a monetary-unit sample says of the population, in fen: `known` errors of items that were not left to chance,
    `projected` of the others, `basic` precision and `allowance` for the errors found; `upper` is their sum."""

    known_fen: float
    projected_fen: float
    basic_fen: float
    allowance_fen: float

    @property
    def likely_fen(self) -> float:
        return self.known_fen + self.projected_fen

    @property
    def upper_fen(self) -> float:
        return self.likely_fen + self.basic_fen + self.allowance_fen


def monetary_units(
    audited: Iterable[Audited],
    interval_fen: float,
    *,
    confidence: float = 0.95,
    factors: Sequence[float] | None = None,
) -> tuple[Limit, Limit]:
    """The upper limits of what was granted too much and of what was granted too little (Stringer's bound).

    An error's taint is its share of the item's amount; taints are ranked from the largest, each with the growth of the
    confidence factor. `factors`: those of a printed table, instead of the exact ones.
    """
    found = list(audited)
    return (
        _limit([(it, it.error_fen) for it in found if it.error_fen > 0], interval_fen, confidence, factors),
        _limit([(it, -it.error_fen) for it in found if it.error_fen < 0], interval_fen, confidence, factors),
    )


def _limit(
    errors: Sequence[tuple[Audited, int]], interval: float, confidence: float, factors: Sequence[float] | None
) -> Limit:
    def at(number: int) -> float:
        return factors[number] if factors is not None and number < len(factors) else factor(number, confidence)

    known = float(sum(error for it, error in errors if it.drawn.certain))
    taints = sorted(
        (
            min(1.0, error / it.drawn.item.amount_fen)
            for it, error in errors
            if not it.drawn.certain
            for _ in range(it.drawn.hits)
        ),
        reverse=True,
    )
    growth = (taint * (at(n) - at(n - 1) - 1) for n, taint in enumerate(taints, 1))
    return Limit(known, interval * sum(taints), interval * at(0), interval * sum(growth))


@dataclass(frozen=True, slots=True)
class Estimate:
    """The error in the population by the mean of a random sample, in fen, and the limits of its confidence interval."""

    likely_fen: float
    low_fen: float
    high_fen: float


def mean_per_item(audited: Iterable[Audited], population: Mapping[str, int], *, confidence: float = 0.95) -> Estimate:
    """The difference estimate of a simple or stratified sample. `population`: how many items each stratum has ("" where
    there are none). Raises ValueError for a stratum of which fewer than two were audited, unless that is all of it."""
    likely = variance = 0.0
    grouped: dict[str, list[int]] = {}
    for it in audited:
        grouped.setdefault(it.drawn.item.stratum, []).append(it.error_fen)
    for stratum, size in population.items():
        errors = grouped.get(stratum, [])
        if len(errors) < min(2, size):
            raise ValueError(f"of stratum {stratum or 'all'} at least two must be audited to tell how they vary")
        mean = sum(errors) / len(errors) if errors else 0.0
        likely += size * mean
        if len(errors) > 1:
            spread = sum((error - mean) ** 2 for error in errors) / (len(errors) - 1)
            variance += size * (size - len(errors)) * spread / len(errors)
    reach = _normal(confidence) * math.sqrt(variance)
    return Estimate(likely, likely - reach, likely + reach)


def _normal(confidence: float) -> float:
    """The two-sided quantile of the normal distribution."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def rate_limit(found: int, drawn: int, population: int, confidence: float) -> float:
    """The upper limit of the share of items that have an error, when `found` of `drawn` have one: by Poisson, as the
    size was; exact where all of them were drawn."""
    if drawn >= population:
        return found / population
    return min(1.0, factor(found, confidence) / drawn)
