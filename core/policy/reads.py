"""What a policy may see of a case: the fields its policy.yaml names under `reads`, and nothing else.

Data minimisation is not left to the rule's good manners: every other field is null, every other section not known, both
when a rule runs and in the capsule. So a rule that leans on a field it did not name behaves the same everywhere, and a
capsule holds all that its replay needs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from itertools import repeat
from typing import Any

from core.policy.casefile import case_to_json
from core.policy.model import Case
from core.policy.shapes import COMPANY, MENTORING, ROWS, Shape

_SECTIONS: dict[str, Shape] = {"company": COMPANY, **ROWS, "mentoring": MENTORING}
_ALWAYS = ("applied_on", "period")


class Reads:
    """The visible fields, in JSON spelling (`leases.from`). Fields a row must have are visible wherever it is."""

    def __init__(self, fields: Iterable[str]) -> None:
        self.fields = tuple(fields)
        self.answers = frozenset(name.removeprefix("answers.") for name in self.fields if name.startswith("answers."))
        visible: dict[str, set[str]] = {"company": set(COMPANY.required)}
        for name in self.fields:
            section, _, field = name.partition(".")
            if section in _SECTIONS:
                visible.setdefault(section, set(_SECTIONS[section].required)).add(field)
        self.visible = {section: frozenset(fields) for section, fields in visible.items()}
        self._hidden = {
            section: [index for index, key in enumerate(shape.names) if key not in visible.get(section, ())]
            for section, shape in _SECTIONS.items()
        }

    @classmethod
    def parse(cls, names: object) -> Reads:
        """The `reads` list of policy.yaml; ValueError with a sentence naming the entry that is not a field."""
        if not isinstance(names, list):
            raise ValueError("reads must be a list of fields such as company.uscc.")
        for name in names:
            section, _, field = name.partition(".") if isinstance(name, str) else ("", "", "")
            known = (
                (section == "answers" and field)
                or (section in _SECTIONS and field in _SECTIONS[section].names)
                or name in _ALWAYS
            )
            if not known:
                raise ValueError(f"reads names {name!r}, which is not a field of the case file; check its spelling.")
        if len(set(names)) != len(names):
            raise ValueError("reads names a field twice; keep one.")
        return cls(names)

    def section(self, name: object) -> str:
        """`name`, if it is a list section this policy reads; else ValueError with a sentence."""
        if not isinstance(name, str) or name not in ROWS or name not in self.visible:
            raise ValueError(f"{name!r} is not a list section named under reads.")
        return name

    def hide(self, case: Case) -> Case:
        """The case as the rule sees it."""
        dossier, changed = case.dossier, dict[str, Any]()
        for section, hidden in self._hidden.items():
            value = getattr(dossier, section)
            if value is None or not hidden:
                continue
            if section not in self.visible:
                changed[section] = None
            elif section in ROWS:
                changed[section] = _blank(_SECTIONS[section].make, value, hidden)
            else:
                changed[section] = _blank(_SECTIONS[section].make, (value,), hidden)[0]
        answers = {key: value for key, value in case.answers.items() if key in self.answers}
        return replace(case, dossier=replace(dossier, **changed), answers=answers)

    def pick(self, case: Case) -> dict[str, Any]:
        """The case file with the visible fields only, rows in the order of what identifies them."""
        whole = case_to_json(case)
        dossier: dict[str, Any] = {}
        for section, fields in self.visible.items():
            value = whole["dossier"][section]
            if isinstance(value, list):
                rows = [{key: row[key] for key in row if key in fields} for row in value]
                dossier[section] = sorted(rows, key=lambda row: [str(row[key]) for key in sorted(row)])
            elif value is not None:
                dossier[section] = {key: value[key] for key in value if key in fields}
        whole["dossier"] = dossier
        whole["answers"] = {key: value for key, value in whole["answers"].items() if key in self.answers}
        return whole


def _blank(make: Any, rows: tuple[Any, ...], hidden: list[int]) -> tuple[Any, ...]:
    """The same rows with some columns null; by column, because a case holds hundreds of rows."""
    if not rows:
        return rows
    columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
    for index in hidden:
        columns[index] = repeat(None, len(rows))
    return tuple(map(partial(tuple.__new__, make), zip(*columns, strict=True)))
