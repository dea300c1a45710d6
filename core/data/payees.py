"""What an account is known again by without being told."""

from __future__ import annotations

from core.data.codes import normalise_code
from core.data.crypto import Keyring


def fingerprint(operator_id: int, name: str, bank: str, bank_code: str, number: str, *, own: bool) -> str:
    """A keyed hash of all that is said of an account."""
    said = (name, bank, bank_code, number, "own" if own else "unit")
    return Keyring.current().search_index(operator_id, "payee", "\x1f".join(said))


def account_mark(number: str) -> str:
    """Blind index of an account's number, however it is written, the same at every operator."""
    return Keyring.current().once_index("bank_account", normalise_code(number))
