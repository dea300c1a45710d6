"""Passwords: how they are kept, and which are too easy to guess.

Kept as argon2id with the parameters of the OWASP Password Storage Cheat Sheet (19 MiB, 2 passes, 1 lane). Judged
as NIST SP 800-63B asks: by length and against what is known or personal, not by rules about kinds of characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import N_, Invalid

MEMORY_KIB, PASSES, LANES = 19456, 2, 1
SHORTEST, LONGEST = 12, 128
# What must be left of a password when everything guessable is taken out of it.
OWN_CHARACTERS = 5

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


def normalise(password: str) -> str:
    """One form of the same text, whatever keyboard it came from."""
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """The text to store: argon2id with its parameters and a random salt inside."""
    return _hasher.hash(normalise(password))


@cache
def _nobodys() -> str:
    return hash_password("the account does not exist")


def verify(stored: str | None, password: str) -> bool:
    """Whether `password` is the one behind `stored`. No stored hash takes as long to refuse as a wrong password, so
    that time does not tell who has an account."""
    try:
        _hasher.verify(stored or _nobodys(), normalise(password))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether `stored` was made with other parameters than ours and should be made again at the next sign-in."""
    return _hasher.check_needs_rehash(stored)


# ── strength ─────────────────────────────────────────────────────────────────────────────────────────────────────────
_LOOKALIKES = str.maketrans("013457@$!", "oieastasi")
_ROWS = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn")


@cache
def common() -> frozenset[str]:
    """Words people build passwords from, in English, pinyin and keyboard rows (core/services/common_passwords.txt)."""
    lines = (Path(__file__).with_name("common_passwords.txt")).read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def check(password: str, *, about: Iterable[str] = ()) -> str:
    """The normalised password, or `Invalid` saying what is wrong with it. `about`: e-mail, names and organisations of
    its owner, which must not be what it is made of."""
    text = normalise(password)
    if len(text) < SHORTEST:
        too_short = N_("密码太短：至少需要 %(n)s 个字符。可以用几个不相干的词连成一句。")
        raise Invalid(too_short, field="password", n=SHORTEST)
    if len(text) > LONGEST:
        raise Invalid(N_("密码太长：最多 %(n)s 个字符。"), field="password", n=LONGEST)
    if is_guessable(text, about):
        raise Invalid(
            N_("这个密码容易被猜到：它主要由常见密码、连续或重复的字符、您的邮箱或单位名称组成。请换一个。"),
            field="password",
        )
    return text


def is_guessable(text: str, about: Iterable[str] = ()) -> bool:
    """Whether little is left of `text` once common words, keyboard rows, runs, repeats and `about` are taken out."""
    plain = text.casefold()
    words = common() | {w for item in about for w in re.split(r"[\W_]+", item.casefold()) if len(w) >= 2}
    for reading in (plain, plain.translate(_LOOKALIKES)):
        rest = reading
        for word in sorted(words, key=len, reverse=True):
            rest = rest.replace(word, " ")
        rest = re.sub(r"\b(19|20)\d\d((0?[1-9]|1[0-2])(0?[1-9]|[12]\d|3[01]))?\b", " ", rest)  # years and birthdays
        rest = _without_runs(rest)
        if len(set(re.sub(r"[\W_]+", "", rest))) < OWN_CHARACTERS:
            return True
    return False


def _without_runs(text: str) -> str:
    """`text` without stretches of four or more characters that repeat or follow each other on a row of the keyboard."""
    text = re.sub(r"(.{1,4}?)\1{2,}", " ", text)
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        for length in range(len(row), 3, -1):
            for start in range(len(row) - length + 1):
                text = text.replace(row[start : start + length], " ")
    return text
