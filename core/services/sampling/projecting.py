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
    confidence factor. Too much can't be more than the amount itself, too little can be more than all of it. `factors`:
    those of a printed table, instead of the exact ones.
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
            error / it.drawn.item.amount_fen
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


def mean_per_item(
    audited: Iterable[Audited], population: Mapping[str, int], *, confidence: float = 0.95
) -> Estimate | None:
    """The difference estimate of a simple or stratified sample. `population`: how many items each stratum has ("" where
    there are none). None where the sample can't tell how much errors differ: it has none, or of a stratum only one of
    several items was audited."""
    likely = variance = 0.0
    grouped = _by_stratum(audited)
    sampled = any(len(grouped.get(stratum, ())) < size for stratum, size in population.items())
    if sampled and not any(any(errors) for errors in grouped.values()):
        return None
    for stratum, size in population.items():
        errors = grouped.get(stratum, [])
        if len(errors) < min(2, size):
            return None
        mean = sum(errors) / len(errors) if errors else 0.0
        likely += size * mean
        if len(errors) > 1:
            spread = sum((error - mean) ** 2 for error in errors) / (len(errors) - 1)
            variance += size * (size - len(errors)) * spread / len(errors)
    reach = _normal(confidence) * math.sqrt(variance)
    return Estimate(likely, likely - reach, likely + reach)


def _by_stratum(audited: Iterable[Audited]) -> dict[str, list[int]]:
    """The errors of each stratum."""
    grouped: dict[str, list[int]] = {}
    for it in audited:
        grouped.setdefault(it.drawn.item.stratum, []).append(it.error_fen)
    return grouped


def _normal(confidence: float) -> float:
    """The two-sided quantile of the normal distribution."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


@dataclass(frozen=True, slots=True)
class Rate:
    """Which share of the population has an error: the likely one, each stratum by its size, and the upper limit."""

    likely: float
    upper: float


def rates(audited: Iterable[Audited], population: Mapping[str, int], confidence: float) -> Rate:
    """By Poisson, as the size was; exact where all were drawn. `population`: as of `mean_per_item`.

    What was drawn of strata in different parts can't be thrown together: errors of a stratum of which few were drawn
    would vanish among many of another. So the limit counts the errors that were found as if of each stratum only the
    smallest part had been drawn; with a larger part more are found, never fewer, so it stays on the safe side. Strata
    that were drawn entirely count as what they are. Raises ValueError for a stratum of which none was.
    """
    grouped = _by_stratum(audited)
    wrong = {stratum: sum(error != 0 for error in grouped.get(stratum, ())) for stratum in population}
    drawn = {stratum: len(grouped.get(stratum, ())) for stratum in population}
    if not all(drawn.values()):
        raise ValueError("of each stratum at least one must be audited")
    whole = sum(population.values())
    likely = sum(size * wrong[stratum] / drawn[stratum] for stratum, size in population.items()) / whole
    left = [stratum for stratum, size in population.items() if drawn[stratum] < size]
    upper = float(sum(wrong.values()) - sum(wrong[stratum] for stratum in left))
    if left:
        part = min(drawn[stratum] / population[stratum] for stratum in left)
        limit = factor(sum(wrong[stratum] for stratum in left), confidence) / part
        upper += min(limit, sum(population[stratum] - drawn[stratum] + wrong[stratum] for stratum in left))
    return Rate(likely, upper / whole)
