"""Passwords: how they are kept, and which are too easy to guess.

Kept as argon2id with the parameters of the OWASP Password Storage Cheat Sheet (19 MiB, 2 passes, 1 lane). Judged
as NIST SP 800-63B asks: by length and against what is known or personal, not by rules about kinds of characters.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import N_, Invalid

MEMORY_KIB, PASSES, LANES = 19456, 2, 1
SHORTEST, LONGEST = 12, 128
# What must be left of a password when everything guessable is taken out of it.
OWN_CHARACTERS = 5

# At once in one process: each takes its memory and a whole core, and a flood of sign-ins must not take all of them.
_at_work = BoundedSemaphore(2)
_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


def normalise(password: str) -> str:
    """One form of the same text, whatever keyboard it came from."""
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """The text to store: argon2id with its parameters and a random salt inside."""
    with _at_work:
        return _hasher.hash(normalise(password))


@cache
def _nobodys() -> str:
    return hash_password(secrets.token_urlsafe())  # nobody knows the password of nobody


def verify(stored: str | None, password: str) -> bool:
    """Whether `password` is the one behind `stored`. No stored hash takes as long to refuse as a wrong password, so
    that time does not tell who has an account."""
    known = stored or _nobodys()
    try:
        with _at_work:
            _hasher.verify(known, normalise(password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(stored)


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
    own = {
        w for item in about for w in re.split(r"[\W_]+", unicodedata.normalize("NFKC", item).casefold()) if len(w) >= 2
    }
    taken = [_any_of(own), _common_words(), _DATES, _REPEATS, _keyboard_runs()]
    for reading in (plain, plain.translate(_LOOKALIKES)):
        # What is written again and again counts once: a common word found across the seam would hide the rest.
        again = _WHOLE.fullmatch(reading)
        rest = again[1] if again else reading
        for pattern in taken:
            rest = pattern.sub(" ", rest)
        if len(set(re.sub(r"[\W_]+", "", rest))) < OWN_CHARACTERS:
            return True
    return False


# Years and birthdays, wherever they stand; one to four characters three times or more.
_DATES = re.compile(r"(?<!\d)(19|20)\d\d((0?[1-9]|1[0-2])(0?[1-9]|[12]\d|3[01]))?(?!\d)")
_WHOLE = re.compile(r"(.+?)\1+", re.DOTALL)
_REPEATS = re.compile(r"(.{1,4}?)\1{2,}", re.DOTALL)


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Any of the words, the longest first; of none, what nothing matches."""
    return re.compile("|".join(re.escape(w) for w in sorted(words, key=lambda w: (-len(w), w))) or r"(?!)")


@cache
def _common_words() -> re.Pattern[str]:
    return _any_of(common())


@cache
def _keyboard_runs() -> re.Pattern[str]:
    """Four or more characters that follow each other on a row of the keyboard or in the alphabet, either way."""
    rows = (*_ROWS, *(row[::-1] for row in _ROWS))
    return _any_of({row[i:j] for row in rows for i in range(len(row)) for j in range(i + 4, len(row) + 1)})
