"""Canonical JSON (RFC 8785) and its digest: the same facts give the same bytes, on any machine, in ten years."""

from __future__ import annotations

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
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise ValueError(f"has no canonical JSON form: {error}") from error


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
