"""What a freeze gives: the case file, the key to its pseudonyms, and where each spendable line comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from core.data.models import EvidenceKind, Grade
from core.policy import Case, parse_case

GRADE_RANK = {grade: rank for rank, grade in enumerate(Grade)}
"""How good a source is: 0 is the best, as `Grade` lists them."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where one evidence line comes from, and the key that makes it one line in the whole instance.

    `amount_fen` is what was paid (None: not known, or not a sum of money, as an insured month). `source` names the
    records it was made from (`rent_payments:12,15`), `paper` the SHA-256 of the paper behind them. `tenant_id` and
    `operator_id` say at whose tenancy the fact arose: an enterprise that moved brings its former operator's months.
    """

    kind: EvidenceKind
    natural_key: str
    month: str
    amount_fen: int | None
    source: str
    grade: Grade
    paper: str | None
    tenant_id: int
    operator_id: int

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        return cls(**{**value, "kind": EvidenceKind(value["kind"]), "grade": Grade(value["grade"])})


@dataclass(frozen=True, slots=True)
class Frozen:
    """The facts of one tenant for one application, as they were when frozen.

    `case` is the case file of docs/plugins.md, complete and accepted by `core.policy`'s `parse_case`. `persons` maps
    its pseudonyms to rows (`{"P1": "founder:3", "P2": "person:17"}`) and is kept sealed, apart from the facts.
    `evidence` maps the line ids of the case file to their sources.
    """

    case: dict[str, Any]
    evidence: dict[str, Source]
    persons: dict[str, str] = field(default_factory=dict, repr=False)

    def parsed(self) -> Case:
        """The facts as a rule sees them."""
        return parse_case(self.case)

    def to_json(self) -> dict[str, Any]:
        """For `Case.facts`: `{"case": …, "evidence": …}`. Without the key to the persons, on purpose."""
        return {"case": self.case, "evidence": {line: asdict(source) for line, source in self.evidence.items()}}

    def persons_json(self) -> str:
        """For `Case.persons`, which seals it."""
        return json.dumps(self.persons, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, facts: Mapping[str, Any], persons: str | None = None) -> Self:
        """Back from `Case.facts`, and from the opened `Case.persons` where the reader may have it."""
        return cls(
            case=dict(facts["case"]),
            evidence={line: Source.from_json(source) for line, source in facts["evidence"].items()},
            persons=json.loads(persons) if persons else {},
        )
