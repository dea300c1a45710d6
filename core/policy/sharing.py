"""Sharing out, exactly: as many cases as can be served are, and among all ways to do so the sum of the fits is largest.

This is the transportation problem, solved as a flow of least cost by OR-Tools. Of 5,000 × 500 possible pairs few can be
in an optimum, so the flow is computed over some of them, and prices are taken from its answer: what a place with each
offer is worth. Then every pair left out is asked whether it would pay more than its case has. Those that would come in,
and the flow is computed again; when there is none, the answer is the optimum over all pairs, and the prices prove it
(Dantzig and Wolfe 1960, column generation; linear programming duality).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from core.policy.model import NO_ROOM, NO_SUITABLE, PINNED, Allocation, Left, Match, Offer, Reason

Matrix: TypeAlias = NDArray[np.int64]
Row: TypeAlias = NDArray[np.int64]
Pairs: TypeAlias = NDArray[np.bool_]

_BEST, _DISTINCT, _SPREAD, _ENTERING = 8, 8, 16, 8
"""How many pairs of a case come into the first flow: its best ones, its best beside what everybody likes, and some
spread over all offers, so that there is room from the start. Then, how many that would pay more enter at a time."""


def share_out(
    refs: Sequence[str],
    offers: Sequence[Offer],
    fits: Matrix,
    explain: Callable[[int, int], tuple[Reason, ...]],
) -> Allocation:
    """See `core.policy.share_out`."""
    fits = np.array(fits, dtype=np.int64).reshape(len(refs), len(offers))
    suits = fits.copy()
    row = {ref: index for index, ref in enumerate(refs)}
    room = np.array([offer.capacity for offer in offers], dtype=np.int64)
    pinned: dict[int, int] = {}
    for column, offer in enumerate(offers):
        suits[[row[ref] for ref in offer.forbidden if ref in row], column] = -1
        pinned |= {row[ref]: column for ref in offer.pinned}
    free = [index for index in range(len(refs)) if index not in pinned]
    for column in pinned.values():
        room[column] -= 1
    best = zip(free, best_sharing(suits[free], room).tolist(), strict=True)
    given = pinned | {index: column for index, column in best if column >= 0}
    matches = []
    for index, column in sorted(given.items()):
        fit = int(fits[index, column])
        reasons = explain(index, column) if fit >= 0 else ()
        by_hand = (Reason(PINNED),) if index in pinned else ()
        matches.append(Match(refs[index], offers[column].ref, fit if fit >= 0 else None, by_hand + reasons))
    left = [
        Left(refs[index], Reason(NO_ROOM if (suits[index] >= 0).any() else NO_SUITABLE))
        for index in free
        if index not in given
    ]
    return Allocation(tuple(matches), tuple(left))


def best_sharing(fits: Matrix, room: Row) -> Row:
    """The column each row gets, -1 for none: as many rows as possible, then the largest sum of `fits`.

    `fits` less than 0 is no pair; `room` is how many rows a column can serve.
    """
    rows, columns = fits.shape
    if not rows or not columns:
        return np.full(rows, -1, dtype=np.int64)
    # Being left is worse than all that a different sharing of the others could gain.
    left_out = (int(fits.max(initial=0)) + 1) * (rows + 1)
    pairs = _first_pairs(fits)
    while True:
        priced = _flow(fits, room, pairs, left_out)
        entering = _entering(fits, priced, pairs)
        if not entering.any():
            return np.where(priced.given < columns, priced.given, -1)
        pairs |= entering


def _first_pairs(fits: Matrix) -> Pairs:
    rows, columns = fits.shape
    chosen = np.zeros(fits.shape, dtype=bool)
    _mark(chosen, _largest(fits, _BEST))
    _mark(chosen, _largest(fits - fits.mean(axis=0).astype(np.int64), _DISTINCT))
    few = min(_SPREAD, columns)
    _mark(chosen, (np.arange(rows)[:, None] * 7 + np.arange(few) * columns // few) % columns)
    return chosen & (fits >= 0)


def _entering(fits: Matrix, priced: _Priced, pairs: Pairs) -> Pairs:
    """Pairs left out that would pay a case more than it has at these prices."""
    gain = fits - priced.prices - priced.surplus[:, None]
    gain[pairs | (fits < 0)] = 0
    if gain.max() <= 0:
        return np.zeros(fits.shape, dtype=bool)
    chosen = np.zeros(fits.shape, dtype=bool)
    _mark(chosen, _largest(gain, _ENTERING))
    # The same again beside what everybody gains: else all cases ask for the same few offers, round after round.
    _mark(chosen, _largest(np.where(gain > 0, gain - gain.mean(axis=0).astype(np.int64), -(2**40)), _ENTERING))
    return chosen & (gain > 0)


def _largest(values: Matrix, count: int) -> Matrix:
    count = min(count, values.shape[1])
    return np.argpartition(values, -count, axis=1)[:, -count:]


def _mark(chosen: Pairs, columns: Matrix) -> None:
    np.put_along_axis(chosen, columns, values=True, axis=1)


class _Priced(NamedTuple):
    """A flow's answer: the column of each row (one past the last: none), the price of a place with each column, and
    what each row has beyond the price it pays."""

    given: Row
    prices: Row
    surplus: Row


def _flow(fits: Matrix, room: Row, pairs: Pairs, left_out: int) -> _Priced:
    """The best sharing over `pairs` alone, with its prices."""
    rows, columns = fits.shape
    none, everyone = columns, np.arange(rows)
    row, column = np.nonzero(pairs)
    worth = fits[row, column]
    # Nodes: the rows, then the columns, then one that all flow ends in; a row that gets nothing goes there directly.
    flow, end = SimpleMinCostFlow(), rows + columns
    add = flow.add_arcs_with_capacity_and_unit_cost
    arcs = add(row, rows + column, np.ones(len(row), dtype=np.int64), -worth)
    add(everyone, np.full(rows, end), np.ones(rows, dtype=np.int64), np.full(rows, left_out))
    add(rows + np.arange(columns), np.full(columns, end), np.maximum(room, 0), np.zeros(columns, dtype=np.int64))
    flow.set_nodes_supplies(everyone, np.ones(rows, dtype=np.int64))
    flow.set_nodes_supplies(np.array([end]), np.array([-rows]))
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise ArithmeticError(f"OR-Tools found no flow of least cost: {status}")
    on = flow.flows(arcs) > 0
    given = np.full(rows, none, dtype=np.int64)
    given[row[on]] = column[on]
    has = np.full(rows, -left_out, dtype=np.int64)
    has[row[on]] = worth[on]
    # Where a column has room, a place costs nothing. Elsewhere it costs what the row that would give it up most easily
    # loses by moving on, to a column whose own place costs something in turn: shortest ways over the columns.
    far = 2**50
    loss = np.full((columns + 1, columns + 1), far, dtype=np.int64)
    np.minimum.at(loss, (given[row], column), has[row] - worth)
    np.minimum.at(loss, (given, np.full(rows, none)), has + left_out)
    taken = np.bincount(given, minlength=columns + 1)[:columns]
    prices = np.append(np.where(taken < room, 0, far), 0)
    while True:
        cheaper = np.minimum(prices, (loss + prices).min(axis=1))
        if (cheaper == prices).all():
            break
        prices = cheaper
    return _Priced(given, prices[:columns], has - prices[given])
