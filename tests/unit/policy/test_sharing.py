"""Sharing out: exact against another solver, for any wishes and any room; pins, bans, and why a case got none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from core.policy import Left, Match, Offer, Reason, share_out
from core.policy.sharing import best_sharing

NEVER = -(10**9)


def by_scipy(fits: NDArray[np.int64], room: NDArray[np.int64]) -> tuple[int, int]:
    """How many are served and the sum of their fits: each place a column, and for each row one that serves nobody."""
    places = np.repeat(np.where(fits < 0, NEVER, fits), room, axis=1)
    nobody = np.full((len(fits), len(fits)), -(10**6))
    table = np.hstack([places, nobody])
    worth = table[linear_sum_assignment(table, maximize=True)]
    return int((worth >= 0).sum()), int(worth[worth >= 0].sum())


@st.composite
def tables(draw: st.DrawFn) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Wishes as they come: at random, few different ones, everyone wanting the same, or much that does not suit."""
    rows, columns = draw(st.integers(0, 60)), draw(st.integers(0, 40))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(("random", "few", "alike", "outer", "unsuited")))
    fits = chance.integers(0, 1001, (rows, columns))
    if kind == "few":
        fits = fits // 250 * 250
    elif kind == "alike":
        fits = np.minimum(
            1000, np.sort(chance.integers(0, 990, columns))[None] + chance.integers(0, 5, (rows, columns))
        )
    elif kind == "outer":
        fits = np.outer(chance.integers(1, 32, rows), chance.integers(1, 32, columns))
    elif kind == "unsuited":
        fits[chance.random((rows, columns)) < 0.8] = -1
    return fits, chance.integers(0, draw(st.integers(1, 5)), columns)


@given(tables())
@settings(max_examples=200, deadline=None)
def test_as_many_as_can_be_and_the_largest_sum(table: tuple[NDArray[np.int64], NDArray[np.int64]]) -> None:
    fits, room = table
    given_to = best_sharing(fits, room)
    served = np.nonzero(given_to >= 0)[0]
    assert (np.bincount(given_to[served], minlength=len(room)) <= room).all()
    worth = fits[served, given_to[served]]
    assert (worth >= 0).all()
    assert (len(served), int(worth.sum())) == by_scipy(fits, room)


@pytest.mark.parametrize("alike", [True, False])
def test_more_rounds_than_one_are_needed_and_found(alike: bool) -> None:
    """Large enough that the first flow does not hold every pair: what is left out must find its way in."""
    chance = np.random.default_rng(5)
    fits = np.outer(chance.integers(1, 32, 400), chance.integers(1, 32, 100))
    if alike:
        fits = np.repeat(np.sort(chance.integers(0, 1000, 100))[None], 400, axis=0)
    room = np.full(100, 3)
    given_to = best_sharing(fits, room)
    served = np.nonzero(given_to >= 0)[0]
    assert (len(served), int(fits[served, given_to[served]].sum())) == by_scipy(fits, room)


def pairs(offers: Sequence[Offer], fits: list[list[int]]) -> tuple[tuple[Match, ...], tuple[Left, ...]]:
    refs = [f"c{index}" for index in range(len(fits))]
    found = share_out(refs, offers, np.array(fits), lambda row, column: (Reason("why", f"{row}-{column}"),))
    return found.matches, found.left


def test_pins_and_bans_are_kept_and_each_pair_and_each_rest_is_explained() -> None:
    offers = [Offer("A", 1, {}, pinned=("c1",)), Offer("B", 1, {}, forbidden=("c0",)), Offer("C", 1, {})]
    matches, left = pairs(offers, [[900, 800, 100], [-1, 500, 500], [-1, 300, -1], [-1, -1, -1], [-1, 10, -1]])
    assert matches == (
        Match("c0", "C", 100, (Reason("why", "0-2"),)),
        Match("c1", "A", None, (Reason("pinned"),)),
        Match("c2", "B", 300, (Reason("why", "2-1"),)),
    )
    assert left == (Left("c3", Reason("no_suitable")), Left("c4", Reason("no_room")))


def test_a_pin_that_suits_says_so_too() -> None:
    matches, _ = pairs([Offer("A", 2, {}, pinned=("c0",))], [[7], [8]])
    assert matches[0] == Match("c0", "A", 7, (Reason("pinned"), Reason("why", "0-0")))


def test_nothing_to_share_and_nobody_to_share_with() -> None:
    assert pairs([], [[], []]) == ((), (Left("c0", Reason("no_suitable")), Left("c1", Reason("no_suitable"))))
    assert pairs([Offer("A", 3, {})], []) == ((), ())
