"""What can go wrong with a letter, as sentences for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a letter may not be numbered. `field` names the part of the letter, `code` is stable."""

    code: str
    field: str
    zh: str
    en: str


class LetterError(Exception):
    """A letter could not be made: thing, reason and remedy in English; the same in Chinese in `zh`."""

    def __init__(self, message: str, zh: str = "") -> None:
        super().__init__(message)
        self.zh = zh or message


class LetterRefusedError(LetterError):
    """Rendering came across something a letter must never contain (an outside address, an unlisted font, a gap)."""


class SigningError(LetterError):
    """No usable key or certificate, or the signature could not be made."""
