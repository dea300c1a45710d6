"""A sample from its plan: the list of what can be drawn as a file, how many to draw, and the draw itself.

The file is text in UTF-8, a line for each item after a heading: number, amount in fen, stratum, apart by commas. Its
SHA-256 is the digest of the population; with the file, the plan and the seed anybody draws the same
(`hongcai audit sample`), without this program's database.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from core.services.sampling import drawing, sizes
from core.services.sampling.drawing import Drawn, Item

Method = Literal["simple", "stratified", "monetary_unit"]
FORMAT = "hongcai-sample/1"
HEADING = ("number", "amount_fen", "stratum")
LEAST = 2  # of each stratum: of one alone nobody can tell how much its letters differ
WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What an auditor wants of a sample. `tolerable` and `expected` are fen in monetary-unit sampling and else the
    rate of letters with an error, in 1/10,000. `strata`: how many of each; empty where there are none. `by`: what the
    strata are of. `own`: the auditor chose the size, it does not follow from the rest."""

    method: Method
    confidence: Decimal
    tolerable: int
    expected: int
    size: int
    by: str = ""
    strata: Mapping[str, int] = field(default_factory=dict)
    own: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain values; the confidence as text."""
        return {
            "method": self.method,
            "confidence": str(self.confidence),
            "tolerable": self.tolerable,
            "expected": self.expected,
            "size": self.size,
            "by": self.by,
            "strata": dict(self.strata),
            "own": self.own,
        }

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Plan:
        """The plan that `to_json` wrote; older ones do not say `own`."""
        return cls(**{**said, "confidence": Decimal(said["confidence"])})


def proposed_size(items: Sequence[Item], method: Method, confidence: Decimal, tolerable: int, expected: int) -> int:
    """How many to draw. Raises ValueError as `sizes` does."""
    if method == "monetary_unit":
        total = sum(item.amount_fen for item in items)
        return sizes.monetary_units(total, tolerable_fen=tolerable, expected_fen=expected, confidence=float(confidence))
    return sizes.attributes(
        len(items), tolerable=tolerable / WHOLE_BP, expected=expected / WHOLE_BP, confidence=float(confidence)
    )


def sensible(method: Method, tolerable: int, expected: int) -> bool:
    """Whether a sample of any size could show that: less is expected than is tolerable, and of rates not more than
    all."""
    return 0 <= expected < tolerable and (method == "monetary_unit" or tolerable <= WHOLE_BP)


def allocated(items: Iterable[Item], size: int) -> dict[str, int]:
    """How many of each stratum, in proportion to how many there are and at least `LEAST`: together `size` or more.
    Raises ValueError as `sizes.shared_out` does."""
    return sizes.shared_out(size, Counter(item.stratum for item in items), least=LEAST)


def draw(items: Sequence[Item], plan: Plan, seed: str) -> tuple[Drawn, ...]:
    """Who is drawn, in the order of drawing. Raises ValueError as `drawing` does."""
    match plan.method:
        case "simple":
            return tuple(drawing.simple(items, plan.size, seed))
        case "stratified":
            return tuple(drawing.stratified(items, plan.strata, seed))
        case _:
            return drawing.monetary_units(items, plan.size, seed).drawn


def written(items: Iterable[Item]) -> bytes:
    """The population as a file."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(HEADING)
    out.writerows((item.key, item.amount_fen, item.stratum) for item in items)
    return text.getvalue().encode()


def read(data: bytes) -> list[Item]:
    """The items of such a file. Raises ValueError for anything else, and names the line."""
    rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
    if tuple(next(rows, ())) != HEADING:
        raise ValueError(f"the first line should be {','.join(HEADING)}")
    items = []
    for row in rows:
        if len(row) != len(HEADING) or not row[0] or not row[1].isascii() or not row[1].isdigit():
            raise ValueError(f"line {rows.line_num}: a number, an amount in fen and a stratum were expected")
        items.append(Item(row[0], int(row[1]), row[2]))
    return items


def digest(data: bytes) -> str:
    """The digest of a population, by its file."""
    return hashlib.sha256(data).hexdigest()
