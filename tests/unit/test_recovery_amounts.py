"""What is owed, and of which part: to the fen, never more than was awarded, never less than nothing."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from core.services.recovery import amounts

FEN = st.integers(0, 10**9)
PARTS = st.dictionaries(st.sampled_from("abcdefgh"), FEN, min_size=1)


@given(PARTS, PARTS, PARTS, st.integers(0, 100))
def test_the_parts_come_to_what_is_owed(
    awarded: dict[str, int], kept: dict[str, int], already: dict[str, int], percent: int
) -> None:
    owed = sum(awarded.values()) * percent // 100
    back = amounts.shared(owed, awarded, kept, already)
    assert sum(back.values()) == owed
    assert back.keys() == awarded.keys()
    assert all(0 <= fen <= awarded[key] for key, fen in back.items())


@given(PARTS, PARTS)
def test_only_what_fell_short_gives_back_where_that_is_enough(awarded: dict[str, int], kept: dict[str, int]) -> None:
    short = {key: max(fen - kept.get(key, 0), 0) for key, fen in awarded.items()}
    back = amounts.shared(amounts.owed(sum(awarded.values()), sum(min(kept.get(k, 0), v) for k, v in awarded.items())),
                          awarded, kept, {})  # fmt: skip
    assert back == short


@given(FEN, FEN)
def test_what_is_owed_is_within_what_was_paid(paid: int, now: int) -> None:
    assert 0 <= amounts.owed(paid, now) <= paid
    assert amounts.owed(paid, 0) == paid


@given(st.dictionaries(st.sampled_from("abcdefgh"), FEN), st.integers(0, 100))
def test_less_is_shared_out_as_more_was(back: dict[str, int], percent: int) -> None:
    owed = sum(back.values()) * percent // 100
    less = amounts.scaled(back, owed)
    assert sum(less.values()) == owed
    assert all(0 <= less[key] <= fen for key, fen in back.items())


@given(FEN, st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 900), st.integers(1, 36))
def test_months_that_were_not_stayed(paid: int, start: date, days: int, months: int) -> None:
    left = date.fromordinal(start.toordinal() + days)
    shares, gone = amounts.by_stay(paid, start, left, months)
    assert sum(shares.values()) == paid
    assert len(shares) == months
    assert len(gone) == months - amounts.stayed(start, left, months)
    assert amounts.stayed(start, left, months) >= 1  # a month begun was stayed


def test_a_month_begun_counts_as_stayed() -> None:
    start = date(2026, 1, 15)
    assert amounts.stayed(start, date(2026, 2, 14), 12) == 1
    assert amounts.stayed(start, date(2026, 2, 15), 12) == 2
    assert amounts.stayed(start, date(2030, 1, 1), 12) == 12
