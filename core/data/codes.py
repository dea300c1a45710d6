"""How a number or code that people write down is made comparable."""

from __future__ import annotations

import re
import unicodedata

_DROPPED = re.compile(r"[\s\-\u2010-\u2015\u2212\u200b-\u200f\u2060\ufeff·.]+")


def normalise_code(text: str) -> str:
    """Full-width to half-width (NFKC), upper case, without spaces, dashes, dots and invisible characters."""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text)).upper()
