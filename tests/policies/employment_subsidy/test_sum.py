"""The employment subsidy beside a second reading of its sentences, written without looking at the first."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.policy import AssessmentFailed, Decision, LoadedPolicy, Outcome, Registry, evaluate_json
from tests.unit.policy.build import USCC, case, months, staff

SPAN = months("2024-08", "2026-04")
RATES_TENTHS_OF_A_PERCENT = 160 + 90 + 5


@cache
def policy() -> LoadedPolicy:
    return Registry.load(strict=True, installed=False).get("employment_subsidy")


def ask(value: dict[str, Any]) -> Decision:
    return evaluate_json(policy(), value)


def monthly(month: str) -> int:
    """Half of the employer's part of the base, half a fen up: base × 255 ÷ 1000 ÷ 2."""
    base = 731_000 if month < "2024-07" else 738_400 if month < "2025-07" else 746_000
    return (base * RATES_TENTHS_OF_A_PERCENT + 1_000) // 2_000


def test_the_figure_of_the_rules_page() -> None:
    # 7,384 × 25.5 % × 50 % = 941.46 元
    assert monthly("2024-07") == 94_146
    assert monthly("2024-06") == 93_203  # 93,202.5


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """Up to eleven persons insured in any months, filed under the applicant, another, or nobody known."""
    messy = draw(st.booleans())
    rows: list[Any] = []
    for number in range(1, draw(st.integers(2, 12))):
        first = draw(st.integers(0, len(SPAN) - 1))
        for month in SPAN[first : first + draw(st.integers(1, 14))]:
            row = staff(f"P{number}", month, month)[0]
            row["filing_uscc"] = draw(st.sampled_from([USCC] * 8 + ["other"] + [None] * messy))
            rows.append(row)
    start = draw(st.integers(0, 11))
    year = months("2025-03", "2026-02")
    return case(
        period={"from": year[start], "to": year[draw(st.integers(start, 11))]},
        applied_on=draw(st.sampled_from(["2026-03-10", "2026-02-01", "2026-04-30"])),
        dossier__company__registered_on=draw(st.sampled_from(["2024-09-02", "2022-09-15", "2022-03-01"])),
        dossier__employment=rows,
    )


def by_hand(value: dict[str, Any]) -> dict[str, int]:
    """What each line is worth, and so the amount, if all checks pass."""
    applied = value["applied_on"][:7]
    counted = [row for row in value["dossier"]["employment"] if row["filing_uscc"] == row["employer_uscc"] == USCC]
    in_all: dict[str, int] = {}
    for row in counted:
        in_all[row["person"]] = in_all.get(row["person"], 0) + (row["month"] <= applied)
    end = {"2024-09-02": "2027-09", "2022-09-15": "2025-09", "2022-03-01": "2025-02"}
    last = end[value["dossier"]["company"]["registered_on"]]  # the last month that begins within the 36
    uses: dict[str, int] = {}
    for month in months(value["period"]["from"], value["period"]["to"]):
        if month > last:
            continue
        there = [row for row in counted if row["month"] == month and in_all[row["person"]] >= 6]
        there.sort(key=lambda row: (-in_all[row["person"]], row["person"]))
        uses |= {row["line"]: monthly(month) for row in there[:8]}
    return uses


@given(cases())
def test_the_second_reading_agrees(value: dict[str, Any]) -> None:
    decision = ask(value)
    uses = by_hand(value)
    checks = {check.code: check for check in decision.checks}
    assert checks["heads"].observed == len(uses)
    unknown = any(row["filing_uscc"] is None and row["month"] <= value["applied_on"][:7] for row in
                  value["dossier"]["employment"])  # fmt: skip
    assert checks["three_units"].passed is (None if unknown else True)
    if uses:
        assert checks["heads"].passed is True
    if decision.outcome is Outcome.ELIGIBLE:
        assert {use.line_id: use.amount_fen for use in decision.uses} == uses
        assert decision.amount_fen == sum(uses.values()) == sum(line.amount_fen for line in decision.lines)
        assert all(int(line.quantity) * line.unit_fen == line.amount_fen for line in decision.lines)
    else:
        assert (decision.amount_fen, decision.lines, decision.uses) == (0, (), ())


def test_a_filing_that_may_come_decides_nothing_yet() -> None:
    rows = staff("P1", "2025-10", "2026-02")
    open_row = staff("P1", "2026-03", "2026-03", filing_uscc=None)
    checks = {check.code: check.passed for check in ask(case(dossier__employment=rows + open_row)).checks}
    assert (checks["heads"], checks["three_units"]) == (None, None)
    known = {check.code: check.passed for check in ask(case(dossier__employment=rows)).checks}
    assert known["heads"] is False


def test_a_month_without_a_base_is_our_fault_and_says_which_parameter() -> None:
    value = case(period={"from": "2023-01", "to": "2023-12"}, dossier__company__registered_on="2022-12-01")
    with pytest.raises(AssessmentFailed, match="contribution_base_fen"):
        ask(value)
