"""发文字号 and check code: how a letter is named.

The counter itself (per issuer and year, 1, 2, 3 … without gap or duplicate) is a row in the database and lives in
services; this module only knows how a number looks. Source: GB/T 9704-2012, 7.2.5 (发文字号).
"""

from __future__ import annotations

import hashlib
import re

_NUMBER = re.compile(r"(?P<mark>[^\s〔〕]{1,20})〔(?P<year>\d{4})〕(?P<seq>[1-9]\d{0,6})号")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U, so it can be read aloud


def format_number(mark: str, year: int, seq: int) -> str:
    """发文字号 such as 虹人社〔2026〕12号: brackets U+3014 and U+3015, full year, no leading zero, no 第.

    Raises ValueError for anything that would not read back as the same number.
    """
    number = f"{mark}〔{year}〕{seq}号"
    if parse_number(number) != (mark, year, seq):
        raise ValueError(
            f"no 发文字号 can be made of mark {mark!r}, year {year}, number {seq}: the mark has 1 to 20 characters "
            "without brackets or spaces, the year four digits, the number is 1 or more"
        )
    return number


def parse_number(number: str) -> tuple[str, int, int] | None:
    """(mark, year, seq) of a 发文字号, or None if it is not one."""
    match = _NUMBER.fullmatch(number)
    return (match["mark"], int(match["year"]), int(match["seq"])) if match else None


def check_code(number: str, capsule_digest: str) -> str:
    """核验码 of a letter: 60 bits of SHA-256 over number and capsule digest, as XXXX-XXXX-XXXX.

    It ties the printed number to the decision behind it, can be recomputed by anyone who holds the PDF, and cannot be
    guessed by anyone who does not.
    """
    raw = hashlib.sha256(f"hongcai letter\n{number}\n{capsule_digest}".encode()).digest()
    value = int.from_bytes(raw, "big") >> (256 - 60)
    code = "".join(_ALPHABET[(value >> shift) & 31] for shift in range(55, -1, -5))
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def normalise_check_code(typed: str) -> str:
    """A check code as a person may type it (lower case, spaces, O for 0, I or L for 1), as printed; "" if none."""
    code = re.sub(r"[\s\-—–－]", "", typed).upper().translate(str.maketrans("OIL", "011"))
    if len(code) != 12 or any(c not in _ALPHABET for c in code):
        return ""
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"
