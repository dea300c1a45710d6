"""The text of the index: a word is in a column if and only if its terms stand there in a row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.search import _pairs as pairs
from core.data.search import index_text, normal, terms

TEXT = st.text(alphabet="青禾科技ab AB１\u3000'\"%_*-(𠮷🦊é", max_size=12)


def test_pairs_in_a_row_and_each_character_alone() -> None:
    assert index_text(["青禾科技 Tech", None, ""]) == "青禾 禾科 科技  te ec ch  c e h t 技 禾 科 青"
    assert index_text(["A"]) == "a"
    assert index_text([None, ""]) == ""


@pytest.mark.parametrize(
    ("given", "same"),
    [("ＡＢＣ", "abc"), ("（上海）", "(上海)"), ("  a\t b\u3000c ", "a b c"), ("ﬁnance", "finance"),
     ("STRASSE", "strasse"), ("Straße", "strasse"), ("a\x00b\x07c", "abc"), ("①", "1"), ("𠮷野家", "𠮷野家")],
)  # fmt: skip
def test_one_form_for_texts_and_words(given: str, same: str) -> None:
    assert normal(given) == same
    assert normal(same) == same


def test_a_character_of_two_surrogates_is_one() -> None:
    assert terms("𠮷野") == ["𠮷野"]
    assert terms("𠮷") == ["𠮷"]


@given(TEXT, TEXT, TEXT)
def test_the_index_holds_a_word_exactly_where_a_column_does(first: str, second: str, searched: str) -> None:
    """Whatever is typed: FTS operators, wildcards, quotes; and no word is found across two columns or two runs."""
    index = index_text([first, second])
    runs = [run for value in (first, second) for run in normal(value).split()]
    for word in normal(searched).split():
        there = any(word in run for run in runs)
        held = set(terms(word)) <= set(index.split(" "))
        in_a_row = (" ".join(pairs(word)) or word) in index
        assert (held and in_a_row) is there
        assert held or not there
