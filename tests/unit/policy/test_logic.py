"""Three-valued logic, and splitting money without a rest."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.policy import all_of, any_of, opposite, split_fen

VERDICTS = st.lists(st.sampled_from([True, False, None]), max_size=5)


@given(VERDICTS)
def test_what_is_settled_is_what_every_completion_agrees_on(values: list[bool | None]) -> None:
    choices = [[True, False] if value is None else [value] for value in values]
    for ours, theirs in ((any_of, any), (all_of, all)):
        completions = {theirs(completion) for completion in product(*choices)}
        assert ours(values) is (completions.pop() if len(completions) == 1 else None)


def test_of_nothing() -> None:
    assert any_of([]) is False
    assert all_of([]) is True
    assert [opposite(value) for value in (True, False, None)] == [False, True, None]


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (10, {"a": 1, "b": 1, "c": 1}, {"a": 4, "b": 3, "c": 3}),  # equal remainders: ties by key
        (10, {"c": 1, "b": 1, "a": 1}, {"a": 4, "b": 3, "c": 3}),
        (11, {"a": 1, "b": 1, "c": 1}, {"a": 4, "b": 4, "c": 3}),
        (7, {"a": 3, "b": 2, "c": 2}, {"a": 3, "b": 2, "c": 2}),
        (5, {"a": 3, "b": 2, "c": 2}, {"a": 2, "b": 2, "c": 1}),  # 15/7, 10/7, 10/7: floors 2 1 1, remainders 1 3 3
        (0, {"a": 3, "b": 0}, {"a": 0, "b": 0}),
        (3, {"a": 3, "b": 0}, {"a": 3, "b": 0}),
        (2, {"P10": 1, "P2": 1, "P1": 1}, {"P1": 1, "P10": 1, "P2": 0}),  # keys as text: P10 before P2
    ],
)
def test_largest_remainders(total: int, weights: dict[str, int], shares: dict[str, int]) -> None:
    assert split_fen(total, weights) == shares
    assert list(split_fen(total, weights)) == sorted(weights)


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 10**9), min_size=1), st.data())
def test_shares_sum_and_fit(weights: dict[str, int], data: st.DataObject) -> None:
    whole = sum(weights.values())
    if not whole:
        return
    total = data.draw(st.integers(0, whole))
    shares = split_fen(total, weights)
    assert sum(shares.values()) == total
    for key, share in shares.items():
        assert 0 <= share <= weights[key]
        assert abs(share * whole - total * weights[key]) < whole  # less than a fen from the exact part
