"""The keys of evidence, one in the whole instance: the same fact at two operators, or in two districts, has one key,
so it can be spent once."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

_PUNCTUATION = re.compile(r"[\W_]+")
# "上海市…": a city is written or left out as people like. But 新城市广场 is a square.
_CITY = re.compile(r"^\w{1,2}[^\W城]市")
_PREFIX = 12  # a district's name stands at the beginning of an address, or it is part of another name


def insured_month(once_index: str, month: str) -> str:
    """Key of one person insured in one month, by the blind index of the identity number."""
    return f"insured:{once_index}:{month}"


def rent_month(uscc: str, month: str, premises: str) -> str:
    """Key of one enterprise's rent for one month of the premises (`premises()`, or another name of them)."""
    return f"rent:{uscc}:{month}:{hashlib.sha256(premises.encode()).hexdigest()[:32]}"


def prize(uscc: str, edition: int, contest: str) -> str:
    """Key of one enterprise's prize in one edition (a year) of a contest, at whatever level: width, case, blanks and
    punctuation of the contest's name are not looked at."""
    return f"prize:{uscc}:{edition}:{hashlib.sha256(_plain(contest).encode()).hexdigest()[:32]}"


def premises(district: str, rooms: Iterable[tuple[str, str, str]]) -> str:
    """What rooms are called, whoever writes them down: (region, address, code of the room) of each, in any order.

    Width, case, blanks, punctuation, and the city and district before the street are not looked at.
    """
    return "|".join(
        sorted({f"{region}/{_street(address, district)}/{_plain(code)}" for region, address, code in rooms})
    )


def place(district: str, address: str) -> str:
    """What one address is, whoever writes it down, and however: as of premises, without region and room."""
    return premises(district, [("", address, "")]).strip("/")


def lies_at(address: str, site: str, district: str) -> bool:
    """Whether an address, written as people like, is at a site: 上海市示例区东湖路1号3楼 is at 东湖路 1 号."""
    street = _street(site, district)
    return bool(street) and street in _plain(address)


def _plain(text: str) -> str:
    return _PUNCTUATION.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _street(address: str, district: str) -> str:
    plain, name = _plain(address), _plain(district)
    at = plain.find(name) if name else -1
    if 0 <= at <= _PREFIX:
        return plain[at + len(name) :]
    return _CITY.sub("", plain)
