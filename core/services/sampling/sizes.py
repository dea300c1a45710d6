"""How many to draw."""

from __future__ import annotations

from collections.abc import Mapping

from core.services.sampling.poisson import factor

MOST = 100_000


def monetary_units(population_fen: int, *, tolerable_fen: int, expected_fen: int = 0, confidence: float = 0.95) -> int:
    """Sample size of monetary-unit sampling: the smallest n for which, if the expected error shows itself in the sample
    in proportion, the upper limit of the error in the population is not above what is tolerable.

    Raises ValueError where no sample can show that: nothing in the population, or no less expected than tolerable.
    """
    if population_fen <= 0:
        raise ValueError("there is nothing to draw from")
    if tolerable_fen <= 0 or not 0 <= expected_fen < tolerable_fen:
        raise ValueError("more must be tolerable than is expected, and both in fen")
    tolerable, expected = tolerable_fen / population_fen, expected_fen / population_fen
    low, high = 1, 2
    while factor(high * expected, confidence) > high * tolerable:
        low, high = high, high * 2
        if high > MOST:
            raise ValueError(
                "the expected error is too near to the tolerable one: no sample of use can tell them apart"
            )
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if factor(middle * expected, confidence) > middle * tolerable else (low, middle)
    return low


def attributes(population: int, *, tolerable: float, expected: float = 0.0, confidence: float = 0.95) -> int:
    """Sample size for a rate (how many letters have an error at all): as above with the rate of errors; never more than
    there are."""
    if not 0 <= expected < tolerable <= 1 or population < 1:
        raise ValueError("rates from 0 to 1 are needed, the tolerable one above the expected one, and a population")
    scale = 10**9
    wanted = monetary_units(
        scale, tolerable_fen=round(tolerable * scale), expected_fen=round(expected * scale), confidence=confidence
    )
    return min(population, wanted)


def shared_out(total: int, weights: Mapping[str, int], *, least: int = 1) -> dict[str, int]:
    """A sample of `total` over strata in proportion to how many there are of each. Each gets its share, rounded up, and
    at least `least` or all of it: so it may be more than `total`, and never a smaller part of one stratum than was
    asked of all. Raises ValueError where there is nothing, or less than `total`."""
    there = {name: weight for name, weight in weights.items() if weight > 0}
    whole = sum(there.values())
    if not 0 < total <= whole:
        raise ValueError(f"{total} cannot be drawn from {whole}")
    return {name: max(-(-total * weight // whole), min(least, weight)) for name, weight in there.items()}
