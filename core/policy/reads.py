"""What a policy may see of a case: the fields its policy.yaml names under `reads`, and nothing else.

Data minimisation is not left to the rule's good manners: every other field is null, every other section not known, both
when a rule runs and in the capsule. So a rule that leans on a field it did not name behaves the same everywhere, and a
capsule holds all that its replay needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.policy.casefile import case_to_json
from core.policy.model import Case, Dossier
from core.policy.shapes import COMPANY, MARKS, MENTORING, ROWS, Shape

_SECTIONS: dict[str, Shape] = {"company": COMPANY, **ROWS, "mentoring": MENTORING}
_ALWAYS = ("applied_on", "period")


class Reads:
    """The visible fields, in JSON spelling (`leases.from`). What identifies a row is visible wherever it is."""

    def __init__(self, fields: Iterable[str]) -> None:
        self.fields = tuple(fields)
        self.answers = frozenset(name.removeprefix("answers.") for name in self.fields if name.startswith("answers."))
        visible: dict[str, set[str]] = {"company": set(COMPANY.identity)}
        for name in self.fields:
            section, _, field = name.partition(".")
            if section in _SECTIONS:
                visible.setdefault(section, set(_SECTIONS[section].identity)).add(field)
        self.visible = {section: frozenset(fields) for section, fields in visible.items()}
        self.hidden = {
            section: tuple(
                i for i, key in enumerate(_SECTIONS[section].names) if key not in fields and key not in MARKS
            )
            for section, fields in visible.items()
        }
        """For each section the rule sees, the numbers of the fields that are null to it. Marks of what is spent are not
        among them: the kernel acts on them, and takes them off for a rule that does not read them."""

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
        """The case as the rule sees it. `parse_case(value, reads)` gives the same without a second pass."""
        seen: list[Any] = []
        for section, shape in _SECTIONS.items():
            value = getattr(case.dossier, section)
            if value is None or section not in self.visible:
                seen.append(None)
            elif section in ROWS:
                seen.append(shape.blank(value, self.hidden[section]))
            else:
                seen.append(shape.blank((value,), self.hidden[section])[0])
        return Case(case.applied_on, case.period, Dossier(*seen), self.visible_answers(case.answers))

    def visible_answers(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in answers.items() if key in self.answers}

    def pick(self, case: Case) -> dict[str, Any]:
        """The case file with the visible fields only, rows in the order of what identifies them."""
        whole = case_to_json(case)
        dossier: dict[str, Any] = {}
        for section, fields in self.visible.items():
            value = whole["dossier"][section]
            if isinstance(value, list):
                order = [*_SECTIONS[section].identity, *sorted(fields)]
                rows = [{key: row[key] for key in row if key in fields} for row in value]
                dossier[section] = sorted(rows, key=lambda row: [str(row[key]) for key in order])
            elif value is not None:
                dossier[section] = {key: value[key] for key in value if key in fields}
        whole["dossier"] = dossier
        whole["answers"] = self.visible_answers(whole["answers"])
        return whole
