"""cases.yaml: the golden cases of a policy, which a lawyer can read, run by the same engine as real ones.

A file has `bases` (case files by name) and `cases`: each starts from a `base`, makes changes, and says what to expect.
In a base, a row whose `month` is `2025-03..2026-02` stands for a row a month, one whose `person` is a list for a row a
person; `{month}` and `{person}` are filled in. See docs/plugins.md, "Golden cases".
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from core.policy.dates import Month, months_between
from core.policy.decision import Decision
from core.policy.model import Spent
from core.policy.yamlfile import FileError, read_yaml

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+|\*)\]")
_CASE_KEYS = {"name", "base", "set", "drop", "add", "on", "params", "spent", "expect"}
_EXPECT_KEYS = {"outcome", "amount_fen", "rule_from", "failed", "unknown", "lines", "uses", "excluded", "error"}


class Golden(NamedTuple):
    """One golden case: a case file, how to evaluate it, and what must come out."""

    name: str
    case: dict[str, Any]
    on: date | None
    params: Mapping[str, Any] | None
    spent: Mapping[str, Spent]
    expect: Mapping[str, Any]

    def differences(self, decision: Decision) -> list[str]:
        """What came out otherwise, as sentences. Checks not named as failed or unknown must have passed."""
        found: dict[str, Any] = {
            "outcome": str(decision.outcome),
            "amount_fen": decision.amount_fen,
            "rule_from": None if decision.rule_from is None else decision.rule_from.isoformat(),
            "failed": sorted(check.code for check in decision.checks if check.passed is False),
            "unknown": sorted(check.code for check in decision.checks if check.passed is None),
            "lines": [[line.code, line.note, line.quantity, line.amount_fen] for line in decision.lines],
            "uses": {use.line_id: use.amount_fen for use in decision.uses},
            "excluded": {
                row.line_id: row.award if row.amount_fen is None else {"award": row.award, "amount_fen": row.amount_fen}
                for row in decision.excluded
            },
        }
        wanted = {"failed": [], "unknown": [], **_texts(self.expect)}
        wanted["failed"], wanted["unknown"] = sorted(wanted["failed"]), sorted(wanted["unknown"])
        return [
            f"{key} should be {wanted[key]!r}, but is {found[key]!r}" for key in wanted if wanted[key] != found.get(key)
        ]


def read_golden(path: Path) -> list[Golden]:
    """The golden cases in a cases.yaml. FileError says what is wrong with it."""
    body = read_yaml(path)
    try:
        if set(body) - {"rounds"} != {"bases", "cases"}:
            raise ValueError("it has bases and cases, for a policy that shares out rounds too, and nothing else")
        bases = bases_of(body)
        golden = [_golden(item, bases) for item in body["cases"]]
        names = [item.name for item in golden]
        if len(set(names)) != len(names):
            raise ValueError(f"two cases are called {next(name for name in names if names.count(name) > 1)!r}")
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise FileError(f"{path}: {error}. Mend it there (docs/plugins.md, Golden cases).") from error
    return golden


def bases_of(body: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: _expanded(base) for name, base in body["bases"].items()}


def _golden(item: Mapping[str, Any], bases: Mapping[str, dict[str, Any]]) -> Golden:
    name = item["name"]
    for kind, known, given in (("", _CASE_KEYS, item), ("expect.", _EXPECT_KEYS, item["expect"])):
        for key in given:
            if key not in known:
                raise ValueError(f"the case {name!r} has {kind}{key}, which is not one of {', '.join(sorted(known))}")
    case = case_from(item, bases)
    spent = {line: _spent(value) for line, value in (item.get("spent") or {}).items()}
    return Golden(name, case, item.get("on"), item.get("params"), spent, item["expect"])


def _spent(value: Any) -> Spent:
    """The award that has a line, or `{award, amount_fen}` where it has a part of it."""
    return Spent(**value) if isinstance(value, dict) else Spent(value)


def case_from(item: Mapping[str, Any], bases: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The case file that `item` describes: a base, with what it adds, sets and drops."""
    if item["base"] not in bases:
        raise ValueError(f"a case starts from {item['base']!r}, which is not under bases")
    case = copy.deepcopy(bases[item["base"]])
    for section, rows in (item.get("add") or {}).items():
        case["dossier"][section] += _rows(_texts(rows))
    for target, value in (item.get("set") or {}).items():
        for holder, key in _places(case, target):
            holder[key] = _rows(_texts(value)) if isinstance(value, list) else _texts(value)
    for target in item.get("drop") or ():
        for holder, key in reversed(list(_places(case, target))):
            del holder[key]
    return case


def _places(case: Any, target: str) -> Iterator[tuple[Any, Any]]:
    """Where a path such as `dossier.rent[*].region` points: (list or object, index or key)."""
    steps = [index or name for name, index in _STEP.findall(target)]
    holders = [case]
    for step in steps[:-1]:
        holders = [inner for holder in holders for inner in _inner(holder, step)]
    for holder in holders:
        if isinstance(holder, list):
            numbers = range(len(holder)) if steps[-1] == "*" else [int(steps[-1])]
            yield from ((holder, number) for number in numbers)
        else:
            yield holder, steps[-1]


def _inner(holder: Any, step: str) -> list[Any]:
    if isinstance(holder, list):
        return holder if step == "*" else [holder[int(step)]]
    return [holder[step]]


def _expanded(base: Mapping[str, Any]) -> dict[str, Any]:
    case: dict[str, Any] = _texts(base)
    for section, rows in case["dossier"].items():
        if isinstance(rows, list):
            case["dossier"][section] = _rows(rows)
    return case


def _rows(rows: list[Any]) -> list[Any]:
    """Rows written once for many months or persons, one by one."""
    expanded = []
    for row in rows:
        if not isinstance(row, dict):
            expanded.append(row)
            continue
        persons = row.get("person")
        for person in persons if isinstance(persons, list) else [persons]:
            for month in _months(row.get("month")):
                one = {**row, **({"person": person} if persons else {}), **({"month": month} if month else {})}
                if isinstance(one.get("line"), str):
                    one["line"] = one["line"].replace("{month}", str(month)).replace("{person}", str(person))
                expanded.append(one)
    return expanded


def _months(text: Any) -> list[Any]:
    if isinstance(text, str) and ".." in text:
        first, last = text.split("..")
        return [str(month) for month in months_between(Month.parse(first), Month.parse(last))]
    return [text]


def _texts(value: Any) -> Any:
    """YAML's dates as the text that a case file has."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _texts(item) for key, item in value.items()}
    return [_texts(item) for item in value] if isinstance(value, list) else value
