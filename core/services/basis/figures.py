"""Which evidence, parameters and clauses each figure of a decision rests on, read from its capsule alone.

A capsule does not say which use belongs to which line of the calculation, for many rules have no such thing: rent is
shared out over all heads. So a line is given uses of its own only where the sums prove it; what is left stands behind
all other lines together, and the page says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Any

_DOCUMENT = re.compile(r"\w+[〔\[(（]\d{4}[〕\])）]\w*?号")
_PUNCTUATION = re.compile(r"[\W_]+")
LISTS = ("rent", "employment", "prizes")  # sections of a dossier whose rows are evidence lines


class Ground(StrEnum):
    """What a line of the calculation can be led to."""

    OWN = "own"  # evidence lines whose uses come to just this amount
    SHARED = "shared"  # evidence that all such lines share
    PARAMETER = "parameter"  # an amount that is a parameter: no evidence is spent on it
    RULE = "rule"  # nothing but its rule: a cap, a cut


@dataclass(frozen=True, slots=True)
class Group:
    """Evidence lines that are looked at together; `anchor` is their place in the page. `uses` in fen, by line id; empty
    of those that were only looked at."""

    anchor: str
    lines: tuple[str, ...]
    uses: Mapping[str, int]
    section: str = ""
    about: str = ""  # the person (P1) or the lease (L1) that all of them are about

    @property
    def used_fen(self) -> int:
        return sum(self.uses.values())


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the calculation. `facts`: groups of evidence about its person that were looked at and not spent."""

    anchor: str
    row: Mapping[str, Any]
    ground: Ground
    group: Group | None
    facts: tuple[Group, ...]
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Basis:
    """`sums_agree`: the uses come to the sum of the lines, or nothing is spent."""

    figures: tuple[Figure, ...]
    spent: tuple[Group, ...]
    seen: tuple[Group, ...]
    sums_agree: bool


def basis_of(capsule: Mapping[str, Any]) -> Basis:
    """The basis of a decision. A group's anchor is the same for the same capsule."""
    lines, uses = capsule["lines"], {use["line"]: int(use["amount_fen"]) for use in capsule["uses"]}
    rows = _rows(capsule)
    own, shared = _shared_out(lines, uses, {line: row.get("person") for line, row in rows.items()})
    spent = {n: Group(f"spent-{n + 1}", tuple(sorted(parts)), parts) for n, parts in own.items()}
    common = Group("spent-all", tuple(sorted(shared)), shared) if shared else None
    seen = _seen(capsule, rows, uses)
    figures = []
    for n, line in enumerate(lines):
        parameters = related(line["clause"], capsule["parameters"], line["unit_fen"])
        ground, group = _ground(line, spent.get(n), common, capsule["parameters"])
        facts = tuple(it for it in seen if line["note"] and it.about == line["note"])
        figures.append(Figure(f"line-{n + 1}", line, ground, group, facts, parameters))
    return Basis(
        figures=tuple(figures),
        spent=(*spent.values(), *((common,) if common else ())),
        seen=seen,
        sums_agree=not uses or sum(uses.values()) == sum(int(line["amount_fen"]) for line in lines),
    )


def related(clause: str, parameters: Sequence[Mapping[str, Any]], value: object = None) -> tuple[str, ...]:
    """The parameters that were read from the same clause; where none names it, those of the same document. First those
    that are just this `value`."""
    plain, documents = _plain(clause), _documents(clause)
    same = [row for row in parameters if plain and plain in _plain(row["source"])]
    if not same:
        same = [row for row in parameters if documents & _documents(row["source"])]
    return tuple(row["name"] for row in sorted(same, key=lambda row: row["value"] != value))


def _shared_out(
    lines: Sequence[Mapping[str, Any]], uses: Mapping[str, int], persons: Mapping[str, str | None]
) -> tuple[dict[int, dict[str, int]], dict[str, int]]:
    """By the place of a line: the uses about its person that come to just its amount. And the rest."""
    left, own = dict(uses), {}
    for n, line in enumerate(lines):
        amount = int(line["amount_fen"])
        about = {use: fen for use, fen in left.items() if line["note"] and persons.get(use) == line["note"]}
        # A person has several lines where months were paid at different amounts.
        at_unit = {use: fen for use, fen in about.items() if fen == line["unit_fen"]}
        mine = next((part for part in (at_unit, about) if part and sum(part.values()) == amount), None)
        if mine is not None:
            own[n] = mine
            left = {use: fen for use, fen in left.items() if use not in mine}
    return own, left


def _ground(
    line: Mapping[str, Any], own: Group | None, common: Group | None, parameters: Sequence[Mapping[str, Any]]
) -> tuple[Ground, Group | None]:
    if own is not None:
        return Ground.OWN, own
    if int(line["amount_fen"]) < 0:
        return Ground.RULE, None
    if common is not None:
        return Ground.SHARED, common
    if any(row["unit"] == "fen" and row["value"] == line["unit_fen"] for row in parameters):
        return Ground.PARAMETER, None
    return Ground.RULE, None


def _rows(capsule: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The dossier's row of each evidence line that the rule was shown."""
    dossier = capsule["case"]["dossier"]
    return {row["line"]: row | {"section": name} for name in LISTS for row in dossier.get(name) or ()}


def elsewhere(capsule: Mapping[str, Any]) -> frozenset[str]:
    """Lines that another award has, which the rule was not shown. Of one that is spent in part it was shown the rest;
    and a policy that reads the mark (its rows have the field, whatever was in it) sees all rows as facts."""
    marked = {line for line, row in _rows(capsule).items() if "spent_by" in row or "spent_fen" in row}
    return frozenset(it["line"] for it in capsule["excluded"] if it.get("amount_fen") is None) - marked


def _seen(
    capsule: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]], uses: Mapping[str, int]
) -> tuple[Group, ...]:
    """What the rule was shown and did not spend, by section and by the person or lease that it is about."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    taken = elsewhere(capsule)
    for entry in capsule["evidence"]:
        line = entry["line"]
        if line in rows and line not in uses and line not in taken:
            row = rows[line]
            groups[row["section"], row.get("person") or row.get("lease") or ""].append(line)
    order = sorted(groups, key=lambda key: (LISTS.index(key[0]), int(key[1][1:] or 0) if key[1] else 0))
    return tuple(
        Group(f"seen-{section}-{about or 'all'}", tuple(sorted(groups[section, about])), {}, section, about)
        for section, about in order
    )


def every_line(basis: Basis) -> list[str]:
    return [*chain.from_iterable(group.lines for group in (*basis.spent, *basis.seen))]


def _plain(text: str) -> str:
    return _PUNCTUATION.sub("", unicodedata.normalize("NFKC", text))


def _documents(text: str) -> frozenset[str]:
    return frozenset(_plain(found) for found in _DOCUMENT.findall(text))
