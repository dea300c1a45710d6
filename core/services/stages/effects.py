"""What a move changes, shown before it is decided: rent tier, space limit, and which policies open and close.

Nothing here knows any one policy: each is asked twice, on the same dossier with the stages before and after.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy.orm import Session

from core.data.models import Stage, Tenant
from core.data.queries import stages as queries
from core.data.queries.across import across
from core.errors import DomainError
from core.policy import (
    AssessmentFailed,
    Decision,
    LoadedPolicy,
    Month,
    Outcome,
    ParameterSet,
    Registry,
    Spent,
    evaluate,
    parse_case,
)
from core.services import dossiers, evidence, parameters
from core.services.stages import book, history
from core.services.stages.criteria import value
from core.services.stages.readiness import params_of

MONTHS = 12  # the policies are asked about the last twelve full months
Effect = dict[str, Any]  # plain values, as the decision keeps them


def effects(session: Session, tenant: Tenant, to: Stage, on: date, registry: Registry) -> list[Effect]:
    """What the move to `to` on that day changes; `kind` is rent, space, policy (opens, closes or amount), or unknown
    with the reason why the policies could not be asked. Reads only, beyond the asker's reach; of what it reads only
    the policies' outcomes come back."""
    return [*_terms(session, tenant, to, on), *_policies(session, tenant, to, on, registry)]


def _terms(session: Session, tenant: Tenant, to: Stage, on: date) -> list[Effect]:
    params = params_of(session, tenant.operator_id, on)
    held = queries.held(session, on, ids=[tenant.id]).get(tenant.id, queries.Held())
    found: list[Effect] = []
    rates = [value(params, f"rent_rate_{stage}") for stage in (tenant.stage, to)]
    if rates[0] != rates[1]:
        months = [
            None if rate is None or not held.list_rent_fen else _share(held.list_rent_fen, rate) for rate in rates
        ]
        found.append(
            {
                "kind": "rent",
                "before": None if rates[0] is None else str(rates[0]),
                "after": None if rates[1] is None else str(rates[1]),
                "before_fen": months[0],
                "after_fen": months[1],
            }
        )
    limits = [value(params, f"space_limit_{stage}") for stage in (tenant.stage, to)]
    if limits[0] != limits[1]:
        over = to is not Stage.EXITED and limits[1] is not None and held.area_cm2 > limits[1] * 10_000
        found.append(
            {"kind": "space", "before": limits[0], "after": limits[1], "area_cm2": held.area_cm2, "over": over}
        )
    return found


def _share(fen: int, rate: Decimal) -> int:
    return int((fen * rate).quantize(Decimal(1), ROUND_HALF_UP))


def _policies(session: Session, tenant: Tenant, to: Stage, on: date, registry: Registry) -> list[Effect]:
    if not registry.policies:
        return []
    this = Month.of(on)
    with across(session, "stage.effects") as wide:
        known = wide.get_one(Tenant, tenant.id)
        try:
            frozen = dossiers.freeze(
                wide, known, period_from=str(this + -MONTHS), period_to=str(this + -1), applied_on=on
            )
        except DomainError as error:
            return [{"kind": "unknown", "reason": error.message, "values": _plain(error.values)}]
        moved = _moved(frozen.case, known, to, on)
        found: list[Effect] = []
        for loaded in registry.policies:
            spent = evidence.spent(wide, frozen.evidence, loaded.card.stacking)
            try:
                params = parameters.published(wide, known.operator.district_id, loaded)
            except DomainError as error:
                found.append(_failed(loaded, error.message))
                continue
            found += _difference(loaded, frozen.case, moved, params, spent)
        return found


def _moved(case: Mapping[str, Any], tenant: Tenant, to: Stage, on: date) -> dict[str, Any]:
    """The case file as it would be after the move: this tenancy's stretches are those of the new history."""
    before = book.read(tenant)
    after = history.to_json(history.then(before, to, on))
    mine = history.to_json(before)
    others = [row for row in case["dossier"]["stages"] or () if row not in mine]
    rows = sorted([*others, *after], key=lambda row: (row["from"], row["to"] or "9", row["stage"]))
    return {**case, "dossier": {**case["dossier"], "stages": rows}}


def _difference(
    loaded: LoadedPolicy,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    params: ParameterSet | None,
    spent: Mapping[str, Spent],
) -> list[Effect]:
    try:
        one, other = (evaluate(loaded, parse_case(dict(case)), params=params, spent=spent) for case in (before, after))
    except AssessmentFailed as error:
        return [_failed(loaded, error.reason)]
    if (one.outcome, one.amount_fen) == (other.outcome, other.amount_fen):
        return []
    return [
        {
            "kind": "policy",
            "policy": loaded.key,
            "title": _title(loaded),
            "effect": _effect(one, other),
            "before": one.outcome.value,
            "after": other.outcome.value,
            "before_fen": one.amount_fen,
            "after_fen": other.amount_fen,
            "checks": _turned(loaded, one, other),
        }
    ]


def _failed(loaded: LoadedPolicy, reason: str) -> Effect:
    return {"kind": "policy", "policy": loaded.key, "title": _title(loaded), "effect": "failed", "reason": reason}


def _title(loaded: LoadedPolicy) -> dict[str, str]:
    return {"zh": loaded.card.title.zh, "en": loaded.card.title.en}


def _effect(one: Decision, other: Decision) -> str:
    """Open is what can still be had: eligible, or only lacking information."""
    shut = (Outcome.INELIGIBLE, Outcome.NOT_IN_FORCE)
    was, is_ = one.outcome not in shut, other.outcome not in shut
    return "opens" if is_ and not was else "closes" if was and not is_ else "changes"


def _turned(loaded: LoadedPolicy, one: Decision, other: Decision) -> list[dict[str, str]]:
    """The labels of the checks that the move turns."""
    was = {check.code: check.passed for check in one.checks}
    turned = [check.code for check in other.checks if was.get(check.code) is not check.passed]
    return [{"zh": loaded.card.checks[code].label.zh, "en": loaded.card.checks[code].label.en} for code in turned]


def _plain(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}
