"""True, false and not known: how conditions over several things combine, and how money is split without a rest.

"A check over several things is true as soon as the known ones settle it, null while the unknown ones still could, else
false" (docs/plugins.md) is Kleene's strong logic: `any_of` and `all_of` are its *or* and *and*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def any_of(values: Iterable[bool | None]) -> bool | None:
    """True if one is true; else None if one is not known; else (also for none at all) False."""
    unknown = False
    for value in values:
        if value:
            return True
        unknown |= value is None
    return None if unknown else False


def all_of(values: Iterable[bool | None]) -> bool | None:
    """False if one is false; else None if one is not known; else (also for none at all) True."""
    unknown = False
    for value in values:
        if value is False:
            return False
        unknown |= value is None
    return None if unknown else True


def opposite(value: bool | None) -> bool | None:
    return None if value is None else not value


def split_fen(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """`total` fen in proportion to `weights` (fen ≥ 0, not all 0), as whole fen that sum to `total`.

    Floors first, then a fen each to the largest remainders, ties by key (largest remainder method). No share exceeds
    its weight when `total` does not exceed their sum. The answer is in the order of the keys as text.
    """
    whole = sum(weights.values())
    shares = {key: total * weights[key] // whole for key in sorted(weights)}
    rest = total - sum(shares.values())
    if rest:
        by_remainder = sorted([(-(total * weights[key] % whole), key) for key in shares])
        for _, key in by_remainder[:rest]:
            shares[key] += 1
    return shares
