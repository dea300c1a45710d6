"""Amounts in words: the examples of the rules, and one spelling for one amount."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.letters.money import MAX_FEN, WORDS, amount_from_words, amount_in_words, yuan

# The rules' own examples, in yuan as they are published, then the places where zeros meet.
EXAMPLES = [
    (800000, "捌仟元整"),
    (140950, "壹仟肆佰零玖元伍角"),
    (1640902, "壹万陆仟肆佰零玖元零贰分"),
    (32504, "叁佰贰拾伍元零肆分"),
    (2000500, "贰万零伍元整"),
    (10001000000, "壹亿零壹万元整"),
    (5, "伍分"),
    (0, "零元整"),
    (50, "伍角"),
    (12, "壹角贰分"),
    (1000, "壹拾元整"),
    (105, "壹元零伍分"),
    (10010, "壹佰元壹角"),
    (10000000100, "壹亿零壹元整"),
    (10700053, "壹拾万柒仟元伍角叁分"),
    (10000100, "壹拾万零壹元整"),
    (1120000, "壹万壹仟贰佰元整"),
    (10**13, "壹仟亿元整"),
    (MAX_FEN, "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
]

amounts = st.one_of(
    st.integers(0, 10**13),
    # Round amounts and holes of zeros, where spelling goes wrong.
    st.builds(lambda a, b, c: (a * 10**b + c) % 10**13, st.integers(0, 9999), st.integers(0, 10), st.integers(0, 200)),
)


@pytest.mark.parametrize(("fen", "words"), EXAMPLES)
def test_examples(fen: int, words: str) -> None:
    assert amount_in_words(fen) == words
    assert amount_from_words(words) == fen


@given(amounts)
def test_words_read_back_as_the_amount(fen: int) -> None:
    words = amount_in_words(fen)
    assert amount_from_words(words) == fen
    assert "零零" not in words
    assert words.endswith("整") == (fen % 100 == 0)


@given(amounts)
def test_words_are_found_whole_in_running_text(fen: int) -> None:
    words = amount_in_words(fen)
    assert WORDS.findall(f"核定你单位人民币1元（大写：人民币{words}），特此通知。") == [words]


@given(amounts, amounts)
def test_two_amounts_never_share_words(one: int, other: int) -> None:
    assert (amount_in_words(one) == amount_in_words(other)) == (one == other)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "整",
        "壹",
        "捌仟元",
        "捌仟圆整",
        "零捌仟元整",
        "壹万零零伍元整",
        "伍角整",
        "两元整",
        "壹元伍分",
        "贰拾壹拾元整",
    ],
)
def test_other_spellings_are_not_amounts(words: str) -> None:
    with pytest.raises(ValueError, match="not an amount in words"):
        amount_from_words(words)


@pytest.mark.parametrize("fen", [-1, MAX_FEN + 1])
def test_amounts_out_of_range_are_refused(fen: int) -> None:
    with pytest.raises(ValueError, match="cannot be written in words"):
        amount_in_words(fen)


@pytest.mark.parametrize(
    ("fen", "figures"), [(0, "0.00"), (5, "0.05"), (-60000, "-600.00"), (112000000, "1,120,000.00")]
)
def test_figures(fen: int, figures: str) -> None:
    assert yuan(fen) == figures
