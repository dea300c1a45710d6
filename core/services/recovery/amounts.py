"""How much of an award is to be had back, and of which of its parts. Pure: sums to the fen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from core.policy import Month, add_months, split_fen


class Why(StrEnum):
    """Why a part of an award is to be had back."""

    GONE = "gone"  # the record it rests on is not there any more
    LESS = "less"  # it is, with less
    SHARE = "share"  # it stands, but others that it was computed with do not
    UNQUALIFIED = "unqualified"  # the rules do not say eligible any more
    STAY = "stay"  # a month in which the tenant was not there
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Line:
    """One part of an award: `kept_fen` is what stays with the tenant, and what is not had back already by an earlier
    file. `awarded_fen` = `kept_fen` + `back_fen`."""

    key: str
    month: str
    awarded_fen: int
    kept_fen: int
    back_fen: int
    clause: str
    why: Why | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        return cls(**{**row, "why": Why(row["why"]) if row["why"] else None})


def owed(paid_fen: int, now_fen: int) -> int:
    """What was paid (and is not back yet) less what the rules give now: never negative, never above what was paid."""
    return min(max(paid_fen - now_fen, 0), max(paid_fen, 0))


def shared(
    owed_fen: int, awarded: Mapping[str, int], kept: Mapping[str, int], already: Mapping[str, int]
) -> dict[str, int]:
    """`owed_fen` over the parts of an award: where they fell short, in proportion to by how much, by largest remainder.
    `kept` is what the rules give for each now, `already` what earlier files had back of it. Comes to `owed_fen`
    exactly; no part gives back more than was awarded for it, as long as what is owed is within the award."""
    if not owed_fen:
        return dict.fromkeys(awarded, 0)
    left = {key: max(fen - already.get(key, 0), 0) for key, fen in awarded.items()}
    short = {key: max(fen - kept.get(key, 0), 0) for key, fen in left.items()}
    for weights in (short, left, dict(awarded)):
        if sum(weights.values()) >= owed_fen:
            return split_fen(owed_fen, weights)
    raise ValueError(f"{owed_fen} fen are more than was awarded")


def scaled(back: Mapping[str, int], owed_fen: int) -> dict[str, int]:
    """The same parts, when less is owed than they come to."""
    return split_fen(owed_fen, back) if any(back.values()) else dict(back)


def stay_months(start: date, months: int) -> list[str]:
    """The months in which the tenant had to stay: from the one in which the award was made."""
    first = Month.of(start)
    return [str(first + n) for n in range(months)]


def stayed(start: date, left_on: date, months: int) -> int:
    """How many of `months` the tenant stayed from `start`; a month begun counts as one."""
    count = 0
    while count < months and add_months(start, count) <= left_on:
        count += 1
    return count


def by_stay(paid_fen: int, start: date, left_on: date, months: int) -> tuple[dict[str, int], Collection[str]]:
    """What was paid over the months to stay, and those of them in which the tenant was gone."""
    names = stay_months(start, months)
    return split_fen(paid_fen, dict.fromkeys(names, 1)), names[stayed(start, left_on, months) :]


def total(lines: Sequence[Line]) -> int:
    return sum(line.back_fen for line in lines)
