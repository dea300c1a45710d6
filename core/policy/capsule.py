"""The decision capsule: one canonical, hashed record of a decision, enough to replay it with the program alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from core.policy.canonical import digest, plain
from core.policy.decision import Decision
from core.policy.loaded import LoadedPolicy
from core.policy.model import Case
from core.policy.params import ParameterSet, ParameterValue, typed_value

CAPSULE_SCHEMA = "1.0"


def build_capsule(
    loaded: LoadedPolicy,
    case: Case,
    decision: Decision,
    *,
    evidence: Sequence[Mapping[str, Any]] = (),
    acts: Sequence[Mapping[str, Any]] = (),
    application: Mapping[str, Any] | None = None,
    match: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The capsule of `decision`, which `evaluate(loaded, case, …)` gave: plain JSON values, ready for `digest`.

    `evidence` rows are {line, grade, paper}, `acts` {step, role, staff, at, opinion}, `application` {number,
    applied_on}, `match` what a round gave (offer, fit, reasons, digest of the sharing), kept as it is and only where
    there is one; dates and instants among them must be text or plain dates already in the order they should have. Of
    the case only the fields that policy.yaml names under `reads` are kept, so no name, identity number or birth date
    can be in it. Raises ValueError when something in it has no canonical form.
    """
    parameters = [parameter_to_json(value) for value in decision.parameters]
    answer = decision.to_json()
    capsule = {
        "schema": CAPSULE_SCHEMA,
        "policy": loaded.key,
        "api_version": loaded.policy.api_version,
        "rule_from": answer["rule_from"],
        "rules_digest": loaded.rules_digest,
        "params_digest": digest(parameters),
        "parameters": parameters,
        "reference_on": decision.reference_on.isoformat(),
        "application": _plain(application or {}),
        "case": loaded.card.reads.pick(case),
        "excluded": answer["excluded"],
        "evidence": _plain(sorted(evidence, key=lambda row: str(row["line"]))),
        "checks": [{**row, "unit": check.unit} for row, check in zip(answer["checks"], decision.checks, strict=True)],
        "lines": [{**row, "clause": decision.clause(row["code"]).zh} for row in answer["lines"]],
        "uses": answer["uses"],
        "outcome": answer["outcome"],
        "amount_fen": answer["amount_fen"],
        "demonstration": answer["demonstration"],
        "acts": _plain(acts),
    }
    if match is not None:
        capsule["match"] = _plain(match)
    digest(capsule)  # proves now, not when the letter is signed, that it has a canonical form
    return capsule


def parameter_to_json(value: ParameterValue) -> dict[str, Any]:
    return {
        "name": value.name,
        "value": plain(value.value),
        "from": value.start.isoformat(),
        "source": value.source,
        "status": value.status,
        "checked_on": plain(value.checked_on),
        "unit": value.unit,
        "origin": value.origin,
    }


def parameter_from_json(row: Mapping[str, Any]) -> ParameterValue:
    """What `parameter_to_json` gave. Raises KeyError, TypeError or ValueError for anything else."""
    return ParameterValue(
        name=row["name"],
        value=typed_value(row["name"], row["unit"], row["value"]),
        start=date.fromisoformat(row["from"]),
        source=row["source"],
        status=row["status"],
        checked_on=None if row["checked_on"] is None else date.fromisoformat(row["checked_on"]),
        unit=row["unit"],
        origin=row["origin"],
    )


def recorded_parameters(capsule: Mapping[str, Any]) -> ParameterSet:
    """The values that a decision was made with, as its capsule keeps them: a decided case is shown with these."""
    return ParameterSet([parameter_from_json(row) for row in capsule["parameters"]])


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else plain(value)
