"""An amount among the sources of a pool: to the fen, whatever the shares."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.services.disbursement.shares import WHOLE, split


@st.composite
def sources(draw: st.DrawFn) -> list[tuple[str, int]]:
    cuts = sorted(draw(st.lists(st.integers(0, WHOLE), max_size=5)))
    edges = [0, *cuts, WHOLE]
    return [(f"来源{n}", edges[n + 1] - edges[n]) for n in range(len(edges) - 1)]


@given(st.integers(0, 10**13), sources())
def test_shares_come_to_the_amount_and_none_is_a_fen_from_its_part(
    amount_fen: int, given_to: list[tuple[str, int]]
) -> None:
    shares = split(amount_fen, given_to)
    assert sum(share.amount_fen for share in shares) == amount_fen
    assert [(share.source, share.basis_points) for share in shares] == given_to
    for share in shares:
        assert share.amount_fen >= 0
        assert abs(share.amount_fen * WHOLE - amount_fen * share.basis_points) < WHOLE
        assert share.basis_points or not share.amount_fen


@pytest.mark.parametrize(
    ("amount_fen", "points", "fen"),
    [
        (100, (6000, 4000), (60, 40)),
        (1, (5000, 5000), (1, 0)),  # of equals the first
        (101, (3333, 3333, 3334), (34, 33, 34)),
        (0, (10_000,), (0,)),
    ],
)
def test_what_is_left_over_goes_to_who_was_cut_most(
    amount_fen: int, points: tuple[int, ...], fen: tuple[int, ...]
) -> None:
    shares = split(amount_fen, [(str(n), part) for n, part in enumerate(points)])
    assert tuple(share.amount_fen for share in shares) == fen


def test_shares_that_are_not_the_whole_are_a_bug() -> None:
    for wrong in ([("市", 9_999)], [("市", -1), ("区", 10_001)], []):
        with pytest.raises(ValueError, match="shares"):
            split(100, wrong)
