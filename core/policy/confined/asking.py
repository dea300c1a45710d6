"""The Policy of a confined plugin: what it says of itself, with functions that ask its processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from core.confined.frames import Garbled, Unanswered, short
from core.policy.card import Card
from core.policy.confined import wire
from core.policy.confined.confine import Confined
from core.policy.model import Allocation, Assessment, Case, Offer, Policy, RuleVersion
from core.policy.params import Params


def policy_of(confined: Confined, card: Card) -> Policy:
    """The plugin's Policy, whose functions ask its processes. Its form is made from its card and its letter is the
    house's, so that no template or form class of the plugin's is used. Unanswered, also for a description that is none.
    """
    said = confined.describe()
    try:
        rules = tuple(
            RuleVersion(date.fromisoformat(start), partial(_assess, confined, card, index) if there else None)
            for index, (start, there) in enumerate(said["rules"])
        )
        return Policy(
            key=str(said["key"]),
            api_version=said["api_version"],
            package=str(said["package"]),
            rules=rules,
            allocate=partial(_allocate, confined, card) if said["allocates"] else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Unanswered(f"what it says of itself cannot be read: {short(error)}") from error


def _assess(confined: Confined, card: Card, rule: int, case: Case, params: Params) -> Assessment:
    question = {"ask": "assess", "rule": rule, "case": card.reads.pick(case), **_parameters(params)}
    answer = confined.ask(question, confined.limits.seconds)
    return _read(wire.assessment_from_json, answer, params)  # type: ignore[no-any-return]


def _allocate(
    confined: Confined, card: Card, cases: Mapping[str, Case], offers: Sequence[Offer], params: Params
) -> Allocation:
    question = {
        "ask": "allocate",
        "cases": {ref: card.reads.pick(case) for ref, case in cases.items()},
        "offers": [wire.offer_to_json(offer) for offer in offers],
        **_parameters(params),
    }
    answer = confined.ask(question, confined.limits.sharing_seconds)
    return _read(wire.allocation_from_json, answer, params)  # type: ignore[no-any-return]


def _parameters(params: Params) -> dict[str, str]:
    return {"on": params.reference_on.isoformat(), "parameters": wire.parameters_to_text(params.values)}


def _read(read: Callable[[object, Params], Any], answer: object, params: Params) -> Any:
    try:
        return read(answer, params)
    except Garbled as error:
        raise Unanswered(f"its answer cannot be read: {error}") from error


def told(key: str, hook: str, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """What policy `key` is told by a hook, as its process gets it; None for what does not concern it."""
    if hook == "tenant_stage_moved":
        move = arguments["move"]
        return {
            "tenant_ref": move.tenant_ref,
            "from_stage": move.from_stage,
            "to_stage": move.to_stage,
            "moved_on": move.moved_on.isoformat(),
        }
    decision = arguments["decision"]
    if decision.policy != key:
        return None
    return {**decision.to_json(), "reference_on": decision.reference_on.isoformat(), "units": [
        check.unit for check in decision.checks
    ]}  # fmt: skip
