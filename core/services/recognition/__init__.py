"""认定条件: what a site lacks for each level of recognition, live, from what the operator keeps.

`checklists(session, site, today)` gives one list for each rule that is for this kind of site. The thresholds are data
(the YAML files beside this one) with their dates, sources and how sure they are; docs/places.md says how facts are
counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from core.data.models import Site
from core.policy import Check, ParameterValue, Params, Text, any_of
from core.services.recognition.book import Rule, rules, threshold
from core.services.recognition.checks import CHECKS
from core.services.recognition.facts import Facts, Share
from core.services.recognition.gathering import facts_of
from core.services.recognition.mentoring import Ratio, ratios

__all__ = [
    "SERVICE_INCOME",
    "Checklist",
    "Facts",
    "Item",
    "Ratio",
    "Row",
    "Share",
    "checklist",
    "checklists",
    "facts_of",
    "ratios",
    "threshold",
]

SERVICE_INCOME = "service_income_share"  # code of the least share of income from 孵化服务


@dataclass(frozen=True, slots=True)
class Item:
    """One check with the threshold it read: title, source, status, and what to do where the fact is not known."""

    check: Check
    title: Text
    threshold: ParameterValue
    ask: Text | None


@dataclass(frozen=True, slots=True)
class Row:
    """One condition. Of several items one is enough."""

    items: tuple[Item, ...]

    @property
    def passed(self) -> bool | None:
        return any_of(item.check.passed for item in self.items)


@dataclass(frozen=True, slots=True)
class Checklist:
    rule: Rule
    rows: tuple[Row, ...]

    def count(self, passed: bool | None) -> int:
        return sum(row.passed is passed for row in self.rows)


def checklist(rule: Rule, facts: Facts) -> Checklist:
    """The conditions of one rule that have a threshold on the day of the facts."""
    params = rule.parameters.on(facts.on)
    table = rule.parameters.table(facts.on)
    rows = []
    for codes in rule.rows:
        standing = [code for code in codes if code in table and table[code].value is not None]
        items = tuple(_item(rule, code, facts, params) for code in standing)
        if items:
            rows.append(Row(items))
    return Checklist(rule, tuple(rows))


def _item(rule: Rule, code: str, facts: Facts, params: Params) -> Item:
    standing = rule.parameters.table(facts.on)[code]
    return Item(CHECKS[code](code, facts, params), rule.parameters.titles[code], standing, rule.ask.get(code))


def checklists(session: Session, site: Site, today: date) -> list[Checklist]:
    """One for each rule that is for this kind of site; none where none is."""
    wanted = [rule for rule in rules() if site.kind in rule.site_kinds]
    if not wanted:
        return []
    facts = facts_of(session, site, today)
    return [checklist(rule, facts) for rule in wanted]
