"""The start-up grant: what is not known stays open as long as it could still settle a check."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import pytest

from core.policy import Decision, LoadedPolicy, Outcome, Registry, evaluate_json
from tests.unit.policy.build import case, staff

FOUNDER = {
    "ref": "P1", "legal_representative": True, "household": "city", "permit": "none", "categories": ["graduate"],
    "graduated_on": "2024-06-30", "first_company": True,
}  # fmt: skip


@cache
def policy() -> LoadedPolicy:
    return Registry.load(strict=True, installed=False).get("startup_grant")


def ask(**changes: Any) -> Decision:
    """Registered on 2025-03-10, applied for on 2026-04-15, the founder insured for six months."""
    given = {
        "applied_on": "2026-04-15", "dossier__company__registered_on": "2025-03-10", "dossier__awards": [],
        "dossier__employment": staff("P1", "2025-10", "2026-03"), "dossier__founders": [FOUNDER],
    }  # fmt: skip
    return evaluate_json(policy(), case(**given | changes))


def passed(code: str, **changes: Any) -> bool | None:
    return next(check.passed for check in ask(**changes).checks if check.code == code)


def founder(**changes: Any) -> bool | None:
    return passed("founder", dossier__founders=[FOUNDER | changes])


def test_it_is_granted_once_and_spends_nothing() -> None:
    decision = ask()
    assert (decision.outcome, decision.amount_fen, decision.uses) == (Outcome.ELIGIBLE, 800_000, ())


UNKNOWN: dict[str, tuple[Any, ...]] = {
    "legal_representative": (True, False),
    "first_company": (True, False),
    "household": ("district", "city", "elsewhere"),
    "categories": (["graduate"], ["hard_to_employ"], ["veteran"], []),
    "graduated_on": ("2024-06-30", "2023-03-10", "2023-03-09", "2010-01-01"),
}


@pytest.mark.parametrize("missing", UNKNOWN)
@pytest.mark.parametrize("categories", [["graduate"], ["hard_to_employ"], ["veteran"], ["graduate", "hard_to_employ"]])
def test_not_known_is_said_exactly_where_an_answer_would_matter(missing: str, categories: list[str]) -> None:
    """With one fact missing: true if every value it may have gives true, false if every one gives false."""
    rest = {"categories": categories} if missing != "categories" else {}
    answers = {founder(**rest, **{missing: value}) for value in UNKNOWN[missing]}
    assert founder(**rest, **{missing: None}) is (answers.pop() if len(answers) == 1 else None)


def test_every_combination_of_known_facts_has_an_answer() -> None:
    for values in product(*UNKNOWN.values()):
        assert founder(**dict(zip(UNKNOWN, values, strict=True))) in (True, False)


def test_of_two_founders_one_is_enough_and_each_must_have_all_of_it() -> None:
    halves = [FOUNDER | {"first_company": False}, FOUNDER | {"ref": "P2", "legal_representative": False}]
    assert passed("founder", dossier__founders=halves) is False
    assert passed("founder", dossier__founders=[*halves, FOUNDER | {"ref": "P3"}]) is True


@pytest.mark.parametrize(
    ("counted", "open_", "answer"),
    [(6, 0, True), (5, 0, False), (5, 1, None), (0, 6, None), (0, 5, False), (6, 9, True)],
)
def test_rows_without_a_filing_may_make_six(counted: int, open_: int, answer: bool | None) -> None:
    rows = staff("P1", "2025-02", "2026-04")
    chosen = rows[:counted] + [row | {"filing_uscc": None} for row in rows[counted : counted + open_]]
    assert passed("insured", dossier__employment=chosen) is answer
