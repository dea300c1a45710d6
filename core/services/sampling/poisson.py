"""Confidence factors of monetary-unit sampling: with how many errors in the mean are at most `found` still as likely as
the risk allows? The table that auditors carry (3.00, 4.75, 6.30 … at 95 %) is this, rounded."""

from __future__ import annotations

import math

_PRECISE = 1e-12


def factor(found: float, confidence: float) -> float:
    """The upper limit of a Poisson mean when `found` errors were found, at that confidence (0.95 for 95 %).

    `found` need not be whole: an expected error of 1.2 is. Raises ValueError outside 0 < confidence < 1 or found < 0.
    """
    if not 0 < confidence < 1 or found < 0:
        raise ValueError("a confidence between 0 and 1, and no negative number of errors, are expected")
    low, high = 0.0, 10.0
    while _gamma(found + 1, high) < confidence:
        high *= 2
    while high - low > _PRECISE * max(1.0, high):
        middle = (low + high) / 2
        low, high = (middle, high) if _gamma(found + 1, middle) < confidence else (low, middle)
    return (low + high) / 2


def _gamma(a: float, x: float) -> float:
    """The regularised lower incomplete gamma function P(a, x), by its series (DLMF 8.7.1)."""
    if x <= 0:
        return 0.0
    term = total = 1.0
    n = 0
    while term > total * 1e-17:
        n += 1
        term *= x / (a + n)
        total += term
    return min(1.0, total * math.exp(a * math.log(x) - x - math.lgamma(a + 1)))
