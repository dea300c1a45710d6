"""Who is drawn. The seed is a text that is written down; with it, and the same list, anybody draws the same sample on
any machine: nothing but SHA-256 is used, so it can be redone with a pocket calculator's patience.

    simple random    items in the order of SHA-256(seed, newline, key); the first n
    stratified       the same within each stratum
    monetary units   one random start below the interval, then every interval along the amounts in the order given
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be drawn: its key (a letter's number), and its amount in fen."""

    key: str
    amount_fen: int = 0
    stratum: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An item that was drawn. `hits`: how often its money was (an amount above the interval is hit more than once);
    `certain`: it is above the interval, so it was not left to chance."""

    item: Item
    hits: int = 1
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Units:
    """A monetary-unit sample: its interval and start in fen, and what was hit, in the order of the list."""

    interval_fen: int
    start_fen: int
    drawn: tuple[Drawn, ...]


def simple(items: Iterable[Item], count: int, seed: str) -> list[Drawn]:
    """A simple random sample without replacement. Raises ValueError for more than there are, and for a key twice."""
    ranked = sorted(_checked(items), key=lambda item: (_number(seed, item.key), item.key))
    if not 0 < count <= len(ranked):
        raise ValueError(f"{count} cannot be drawn from {len(ranked)}")
    return [Drawn(item) for item in ranked[:count]]


def stratified(items: Iterable[Item], counts: Mapping[str, int], seed: str) -> list[Drawn]:
    """So many of each stratum, as `sizes.shared_out` says. Raises ValueError as `simple` does."""
    grouped: dict[str, list[Item]] = {}
    for item in _checked(items):
        grouped.setdefault(item.stratum, []).append(item)
    return [drawn for name in sorted(counts) for drawn in simple(grouped.get(name, []), counts[name], seed)]


def monetary_units(items: Iterable[Item], count: int, seed: str) -> Units:
    """A fixed-interval sample of fen: each fen has the same chance, so an item has one in proportion to its amount.

    Items without an amount cannot be hit. Raises ValueError where there is no money, or less of it than draws.
    """
    listed = [item for item in _checked(items) if item.amount_fen > 0]
    total = sum(item.amount_fen for item in listed)
    if count < 1 or total < count:
        raise ValueError(f"{count} fen cannot be drawn from {total}")
    interval = total // count
    start = _number(seed, "start") % interval  # the first fen that is hit, counted from 0
    drawn, passed, next_hit = [], 0, start
    for item in listed:
        passed += item.amount_fen
        hits = 0
        while next_hit < passed:
            hits, next_hit = hits + 1, next_hit + interval
        if hits:
            drawn.append(Drawn(item, hits, certain=item.amount_fen >= interval))
    return Units(interval, start, tuple(drawn))


def _checked(items: Iterable[Item]) -> Sequence[Item]:
    listed = list(items)
    if len({item.key for item in listed}) != len(listed):
        raise ValueError("a key is in the list twice: the sample could not be told apart")
    if any(item.amount_fen < 0 for item in listed):
        raise ValueError("an amount is negative: list what was granted, and what came back apart")
    return listed


def _number(seed: str, key: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}\n{key}".encode()).digest(), "big")
