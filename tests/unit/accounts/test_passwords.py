"""Passwords: how they are kept, and that guessable ones are refused while good ones are not."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from core.services import passwords


def test_argon2id_with_the_parameters_agreed() -> None:
    stored = passwords.hash_password("correct horse battery")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(stored, "correct horse battery")
    assert not passwords.verify(stored, "correct horse battery ")
    assert passwords.hash_password("correct horse battery") != stored  # salted
    assert not passwords.is_outdated(stored)


def test_other_parameters_are_outdated() -> None:
    from argon2 import PasswordHasher

    weaker = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("correct horse battery")
    assert passwords.verify(weaker, "correct horse battery")
    assert passwords.is_outdated(weaker)


@pytest.mark.parametrize("stored", [None, "", "plaintext", "$argon2id$broken", "$2b$12$abcdefghijklmnopqrstuv"])
def test_nothing_opens_what_is_no_hash(stored: str | None) -> None:
    for password in ("", "plaintext", "the account does not exist", "None"):
        assert not passwords.verify(stored, password)


def test_no_hash_is_open_to_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even whoever guessed the word behind the stand-in hash would get nowhere."""
    monkeypatch.setattr(passwords, "_nobodys", lambda: passwords.hash_password("guessed"))
    assert not passwords.verify(None, "guessed")
    assert not passwords.verify("", "guessed")


def test_one_text_however_it_is_typed() -> None:
    """Full-width letters of a Chinese keyboard are the same letters (NFKC)."""
    assert passwords.verify(passwords.hash_password("ｑｕｉｅｔ meadow 88"), "quiet meadow 88")


GUESSABLE = [
    "password1234",
    "Password1234!",
    "P@ssw0rd2026",
    "passwordpassword",
    "123456789012",
    "1234567890123456",
    "000000000000",
    "aaaaaaaaaaaaaa",
    "abababababababab",
    "qwertyuiop12",
    "qwerty123456",
    "1qaz2wsx3edc",
    "zxcvbnm123456",
    "asdfghjkl1234",
    "qazwsxedc1234",
    "abcdefghijkl",
    "zyxwvutsrqpo",
    "woaini1314520",
    "woaini5201314",
    "iloveyou1314",
    "admin123456789",
    "administrator1",
    "letmein123456",
    "welcome2026!!",
    "hongcai123456",
    "Hongcai@2026!",
    "shanghai2026",
    "wang19900101",
    "zhangwei123456",
    "20260101123456",
    "nihao123456789",
    "111222333444",
    "147258369147",
    "!!!!!!!!!!!!",
]
GOOD = [
    "correct horse battery staple",
    "Quiet-Meadow-Train-88",
    "Lantern-Harbour-1947",
    "今天下雨我没带伞走回家了呀",
    "yu hou de tian kong hen gan jing",
    "tR7#kq9!vLm2x",
    "mein Hund frisst Socken",
    "Sommerregen-auf-Blech",
]


@pytest.mark.parametrize("password", GUESSABLE)
def test_guessable(password: str) -> None:
    assert len(password) >= passwords.SHORTEST
    with pytest.raises(Invalid, match="容易被猜到"):
        passwords.check(password)


@pytest.mark.parametrize("password", GOOD)
def test_good(password: str) -> None:
    assert passwords.check(password, about=("person@example.org", "陈一诺", "东湖运营")) == passwords.normalise(
        password
    )


@pytest.mark.parametrize(
    ("password", "about"),
    [
        ("dongfang.liu2026", ("dongfang.liu@example.org",)),
        ("zhihuivalley88", ("Zhihui Valley",)),
        ("ZhihuiValley2026!", ("Zhihui Valley",)),
        ("青禾科技有限公司2026年好", ("青禾科技有限公司",)),
        ("example.org-2026", ("someone@example.org",)),
    ],
)
def test_made_of_its_owner(password: str, about: tuple[str, ...]) -> None:
    with pytest.raises(Invalid, match="容易被猜到"):
        passwords.check(password, about=about)


@pytest.mark.parametrize(("length", "sentence"), [(0, "太短"), (11, "太短"), (129, "太长"), (10_000, "太长")])
def test_length(length: int, sentence: str) -> None:
    text = ("tR7#kq9!vLm2xPw" * (length // 15 + 1))[:length]
    with pytest.raises(Invalid, match=sentence):
        passwords.check(text)


@settings(max_examples=200)
@given(st.text(min_size=0, max_size=140), st.lists(st.text(max_size=40), max_size=3))
def test_any_text_gets_an_answer(password: str, about: list[str]) -> None:
    """Whatever is typed: the normalised text, or a refusal; never another error, and quickly."""
    with suppress(Invalid):
        assert passwords.check(password, about=about) == passwords.normalise(password)


@example("110110", 1652)  # "5211" is common too, and lies across the seam
@given(st.sampled_from(sorted(passwords.common())), st.integers(0, 9999))
def test_a_common_word_and_a_number(word: str, number: int) -> None:
    """Never good enough, however long it is made by repeating."""
    text = f"{word}{number}" * (1 + 12 // len(f"{word}{number}"))
    with pytest.raises(Invalid):
        passwords.check(text[:128])
