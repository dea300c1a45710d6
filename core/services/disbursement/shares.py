"""Whose money it is: an amount split among the sources of a pool. Pure, but for reading the pool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.data.models import Pool

WHOLE = 10_000  # basis points


@dataclass(frozen=True, slots=True)
class Share:
    """What one source of a pool pays."""

    source: str
    basis_points: int
    amount_fen: int


def sources_of(pool: Pool) -> tuple[tuple[str, int], ...]:
    """Who pays for a pool and how many basis points of it: the whole by the district where the pool does not say."""
    if pool.city_bp is None or pool.district_bp is None:
        return (("区级财政", WHOLE),)
    named = (("市级财政", pool.city_bp), ("区级财政", pool.district_bp))
    return tuple((source, points) for source, points in named if points)


def budget_line_of(pool: Pool) -> str | None:
    """The line of the budget that a pool is, as finance names it."""
    return pool.budget_line


def split(amount_fen: int, sources: Sequence[tuple[str, int]]) -> tuple[Share, ...]:
    """The amount by largest remainder: each source pays its part rounded down, and the fen left over go one each to
    those whose part was cut most (of equals, to the one named first). The shares come to the amount, exactly."""
    if amount_fen < 0 or any(points < 0 for _source, points in sources):
        raise ValueError("neither amounts nor shares may be negative")
    if sum(points for _source, points in sources) != WHOLE:
        raise ValueError(f"the shares of the sources come to {WHOLE} basis points")
    parts = [divmod(amount_fen * points, WHOLE) for _source, points in sources]
    left = amount_fen - sum(whole for whole, _rest in parts)
    most = set(sorted(range(len(parts)), key=lambda n: (-parts[n][1], n))[:left])
    return tuple(
        Share(source, points, whole + (n in most))
        for n, ((source, points), (whole, _rest)) in enumerate(zip(sources, parts, strict=True))
    )
