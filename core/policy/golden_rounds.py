"""Golden rounds: under `rounds` in cases.yaml of a policy that shares out, who must get what, and why.

Each has `cases` by ref (each from a `base`, with changes as golden cases have them), `offers` by ref (`capacity`,
`facts`, `forbidden`), `pinned`, the day `on`, and what to expect: `matches`, case to offer; `left`, case to reason; and
for some pairs the `reasons` they must have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from core.policy.allocation import Sharing, allocate
from core.policy.casefile import CaseError, parse_case
from core.policy.golden import bases_of, case_from
from core.policy.loaded import LoadedPolicy
from core.policy.model import Case, Offer
from core.policy.params import ParameterSet
from core.policy.yamlfile import FileError, read_yaml

_KEYS = {"name", "on", "cases", "offers", "pinned", "expect"}
_EXPECT_KEYS = {"matches", "left", "reasons"}


class GoldenRound(NamedTuple):
    name: str
    on: date
    cases: Mapping[str, Case]
    offers: tuple[Offer, ...]
    pinned: Mapping[str, str]
    expect: Mapping[str, Any]

    def run(self, loaded: LoadedPolicy, *, on: date | None = None, params: ParameterSet | None = None) -> Sharing:
        """Share out, on another day and with a district's values where given."""
        return allocate(loaded, self.cases, self.offers, on=on or self.on, pinned=self.pinned, params=params)

    def differences(self, sharing: Sharing) -> Iterator[str]:
        """What came out otherwise, as sentences."""
        found: dict[str, dict[str, Any]] = {
            "matches": {match.case_ref: match.offer_ref for match in sharing.allocation.matches},
            "left": {left.case_ref: left.reason.code for left in sharing.allocation.left},
            "reasons": {m.case_ref: [reason.code for reason in m.reasons] for m in sharing.allocation.matches},
        }
        found["reasons"] = {ref: found["reasons"].get(ref) for ref in self.expect.get("reasons") or {}}
        for what, came_out in found.items():
            wanted = dict(self.expect.get(what) or {})
            if wanted != came_out:
                yield f"{what} should be {wanted}, but is {came_out}"


def read_rounds(path: Path) -> list[GoldenRound]:
    """The golden rounds in a cases.yaml, none where it has none. FileError says what is wrong with it."""
    body = read_yaml(path)
    try:
        bases = bases_of(body)
        return [_round(item, bases) for item in body.get("rounds") or ()]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, CaseError) as error:
        raise FileError(f"{path}: rounds: {error}. Mend it there (docs/plugins.md, Sharing out).") from error


def _round(item: Mapping[str, Any], bases: Mapping[str, dict[str, Any]]) -> GoldenRound:
    if unknown := (item.keys() - _KEYS) | (item["expect"].keys() - _EXPECT_KEYS):
        raise ValueError(f"the round {item['name']!r} has {min(unknown)}, which is not a key of a round")
    cases = {ref: parse_case(case_from(case, bases)) for ref, case in item["cases"].items()}
    offers = tuple(
        Offer(ref, offer["capacity"], offer["facts"], forbidden=tuple(offer.get("forbidden") or ()))
        for ref, offer in item["offers"].items()
    )
    return GoldenRound(item["name"], item["on"], cases, offers, item.get("pinned") or {}, item["expect"])
