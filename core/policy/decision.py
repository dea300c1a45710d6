"""What an evaluation gives: the rule's answer, under which version, with which parameters, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from core.policy.canonical import digest, plain
from core.policy.model import Check, Line, Outcome, Use
from core.policy.params import ParameterValue, Text


class Excluded(NamedTuple):
    """A row that this decision could not spend because `award` has it: all, or `amount_fen` where something is left."""

    line_id: str
    award: str
    amount_fen: int | None = None

    def to_json(self) -> dict[str, Any]:
        part = {} if self.amount_fen is None else {"amount_fen": self.amount_fen}
        return {"line": self.line_id, "award": self.award, **part}


@dataclass(frozen=True)
class Decision:
    """Lines and uses are empty, and the amount is 0, unless the outcome is eligible. Amounts in fen."""

    policy: str
    outcome: Outcome
    amount_fen: int
    reference_on: date
    rule_from: date | None
    """First day of the rule version that was applied; None when the reference date is before the first."""
    checks: tuple[Check, ...] = ()
    lines: tuple[Line, ...] = ()
    uses: tuple[Use, ...] = ()
    parameters: tuple[ParameterValue, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    clauses: Mapping[str, Text] = field(default_factory=dict)
    """The clause of each check and line, by code, as of `rule_from`."""

    @property
    def demonstration(self) -> bool:
        """Whether any value that was read is only for demonstration."""
        return any(value.demonstration for value in self.parameters)

    def clause(self, code: str) -> Text:
        return self.clauses[code]

    @cached_property
    def digest(self) -> str:
        """Over the canonical answer without itself."""
        return digest(self.answer())

    def to_json(self) -> dict[str, Any]:
        """The answer of `hongcai policies assess --json` (docs/plugins.md)."""
        return {**self.answer(), "digest": self.digest}

    def answer(self) -> dict[str, Any]:
        """The same without its digest."""
        return {
            "policy": self.policy,
            "outcome": str(self.outcome),
            "amount_fen": self.amount_fen,
            "rule_from": None if self.rule_from is None else self.rule_from.isoformat(),
            "demonstration": self.demonstration,
            "checks": [
                {
                    "code": check.code,
                    "passed": check.passed,
                    "observed": plain(check.observed),
                    "required": plain(check.required),
                    "relation": check.relation,
                    "clause": self.clauses[check.code].zh,
                }
                for check in self.checks
            ],
            "lines": [
                {
                    "code": line.code,
                    "note": line.note,
                    "quantity": line.quantity,
                    "unit_fen": line.unit_fen,
                    "amount_fen": line.amount_fen,
                }
                for line in self.lines
            ],
            "uses": [{"line": use.line_id, "amount_fen": use.amount_fen} for use in self.uses],
            "parameters": [
                {
                    "name": value.name,
                    "value": plain(value.value),
                    "from": value.start.isoformat(),
                    "source": value.source,
                    "status": value.status,
                }
                for value in self.parameters
            ],
            "excluded": [row.to_json() for row in self.excluded],
        }
