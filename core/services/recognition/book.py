"""The rules of recognition as data: which conditions a kind of site must meet, with dates, sources and how sure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from core.data.models import SiteKind
from core.policy import ParameterSet, ParameterValue, Text, parse_parameters
from core.policy.yamlfile import read_yaml
from core.services.recognition.checks import CHECKS

FOLDER = Path(__file__).parent
RULES = ("national_incubator", "standard_incubator", "maker_space")  # in the order in which they are shown


@dataclass(frozen=True, slots=True)
class Rule:
    """One document's conditions. Of the codes in a row one is enough; `ask` says what to do about an unknown fact."""

    key: str
    title: Text
    document: str
    site_kinds: frozenset[SiteKind]
    rows: tuple[tuple[str, ...], ...]
    parameters: ParameterSet
    ask: Mapping[str, Text]


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, read once. A row without a check or a parameter, or a text without a row, raises ValueError."""
    return tuple(_read(key) for key in RULES)


def threshold(code: str, on: date) -> ParameterValue | None:
    """The first rule's value of `code` that stands on a day."""
    found = (rule.parameters.table(on).get(code) for rule in rules())
    return next((it for it in found if it is not None and it.value is not None), None)


def _read(key: str) -> Rule:
    page = read_yaml(FOLDER / f"{key}.yaml")
    rule = Rule(
        key,
        Text(page["title"]["zh"], page["title"]["en"]),
        page["document"],
        frozenset(SiteKind(kind) for kind in page["site_kinds"]),
        tuple(tuple(row) for row in page["rows"]),
        parse_parameters(page["parameters"]),
        {code: Text(text["zh"], text["en"]) for code, text in page["ask"].items()},
    )
    codes = {code for row in rule.rows for code in row}
    for missing in codes - set(CHECKS) or codes - set(rule.parameters.units) or set(rule.ask) - codes:
        raise ValueError(f"{key}.yaml: {missing} needs a row, a parameter and a check in checks.py; it lacks one")
    return rule
