"""Asking the rent subsidy, the way `hongcai policies assess` does."""

from __future__ import annotations

from functools import cache
from typing import Any

from core.policy import Decision, LoadedPolicy, Registry, evaluate_json
from tests.unit.policy.build import case


@cache
def rent_subsidy() -> LoadedPolicy:
    return Registry.load(strict=True, installed=False).get("rent_subsidy")


def ask(value: dict[str, Any] | None = None, /, **changes: Any) -> Decision:
    """The decision on the plain case of tests/unit/policy/build.py with changes, or on `value`."""
    return evaluate_json(rent_subsidy(), case(**changes) if value is None else value)


def passed(code: str, value: dict[str, Any] | None = None, /, **changes: Any) -> bool | None:
    return next(check.passed for check in ask(value, **changes).checks if check.code == code)


def amounts(decision: Decision) -> dict[str, int]:
    return {line.note: line.amount_fen for line in decision.lines}
