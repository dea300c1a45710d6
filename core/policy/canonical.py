"""Canonical JSON (RFC 8785) and its digest: the same facts give the same bytes, on any machine, in ten years."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

import rfc8785

from core.policy.dates import Month


def canonical(value: Any) -> bytes:
    """`value` (text, integers up to 2⁵³−1, true, false, null, lists, objects) as RFC 8785 bytes.

    Raises ValueError for what has no canonical form: a larger integer, NaN, half a character, a key that is not text.
    """
    try:
        return _simple.encode(value).encode() if _is_simple(value) else rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise ValueError(f"has no canonical JSON form: {error}") from error


_simple = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)
"""For what `_is_simple` lets through it gives the bytes of RFC 8785, ten times as fast (proved in the tests)."""

_LARGEST = 2**53 - 1


def _is_simple(value: Any) -> bool:
    """Whole exact numbers, truth values, null and text, with keys before U+D800: their order is the same in UTF-16."""
    kind = type(value)
    if kind is dict:
        for key in value:
            if type(key) is not str or not (key.isascii() or max(key) < "\ud800"):
                return False
        value = value.values()
    elif kind is not list and kind is not tuple:
        value = (value,)
    for item in value:  # plain values are looked at here: most of a capsule is, and calls cost more than they
        kind = type(item)
        if kind is str or kind is bool or item is None:
            continue
        if kind is int:
            if not -_LARGEST <= item <= _LARGEST:
                return False
        elif (kind is not dict and kind is not list and kind is not tuple) or not _is_simple(item):
            return False
    return True


def digest(value: Any) -> str:
    """`sha256:` and the hexadecimal SHA-256 of the canonical bytes."""
    return "sha256:" + sha256(canonical(value)).hexdigest()


def plain(value: Any) -> Any:
    """A value of a check or parameter as JSON has it: dates, months and rates become text."""
    if isinstance(value, (date, Month, Decimal)):
        return str(value)
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return value
