"""Sharing 500 mentors with ten places each out among 5,000 tenants, beside scipy's assignment over repeated columns.

Both are exact: the sums of the fits are compared before anything is timed, and nobody may be left while there are
seats. Wishes at random; skewed (everyone wants the same ten mentors); and alike (everyone has all mentors in nearly the
same order, the hardest for scipy and the likeliest in life). Memory is that of a process that does nothing else.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from bench.measure import Result, compare, peak_memory
from core.policy.sharing import best_sharing

TENANTS, MENTORS, PLACES = 5_000, 500, 10
KINDS = ("random", "skewed", "alike")


def wishes(kind: str) -> NDArray[np.int64]:
    """Fits from 0 to 1000, the same each time."""
    chance = np.random.default_rng(7)
    fits = chance.integers(0, 1001, (TENANTS, MENTORS))
    if kind == "skewed":
        fits = fits * 3 // 10
        fits[:, :10] = chance.integers(900, 1001, (TENANTS, 10))
    elif kind == "alike":
        fits = np.sort(chance.integers(0, 990, MENTORS))[None] + chance.integers(0, 11, (TENANTS, MENTORS))
    return fits


def by_us(fits: NDArray[np.int64]) -> int:
    given = best_sharing(fits, np.full(MENTORS, PLACES))
    assert (given >= 0).all(), "there is a seat for everyone"
    return int(fits[np.arange(TENANTS), given].sum())


def by_scipy(fits: NDArray[np.int64]) -> int:
    seats = np.repeat(fits, PLACES, axis=1)
    return int(seats[linear_sum_assignment(seats, maximize=True)].sum())


def run() -> list[Result]:
    results = []
    for kind in KINDS:
        fits = wishes(kind)
        assert by_us(fits) == by_scipy(fits), kind
        samples = compare({"ours": partial(by_us, fits), "scipy": partial(by_scipy, fits)}, rounds=3)
        title = f"share {MENTORS} mentors × {PLACES} out among {TENANTS:,} tenants, wishes {kind}"
        results.append(Result(title, samples["ours"], samples["scipy"], "scipy", target=1))
    code = "from bench.bench_matching import *\nby_{}(wishes('skewed'))"
    ours, peer = (peak_memory(code.format(who), rounds=3) for who in ("us", "scipy"))
    results.append(Result("the same in memory, wishes skewed", ours, peer, "scipy", target=1))
    return results
