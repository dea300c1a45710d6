"""What holds for every case of the rent subsidy."""

from __future__ import annotations

import random
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.policy import Outcome
from tests.policies.rent_subsidy.ask import ask
from tests.unit.policy.build import REGION, USCC, case, lease, months, rent, staff

CAP = 300_000
YEAR = months("2025-03", "2026-02")
FEN = st.integers(0, 400_000)


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """Up to five people in any months, rent in any, a period of any length; half of them with something unknown."""
    messy = draw(st.booleans())
    first = draw(st.integers(0, 11))
    last = draw(st.integers(first, 11))
    people = staff("P0", YEAR[last], YEAR[last]) if not messy else []
    for number in range(1, draw(st.integers(1, 5))):
        household = draw(st.sampled_from(["city", "district", "elsewhere", *([None] if messy else [])]))
        for month in sorted(draw(st.sets(st.sampled_from(YEAR), min_size=1))):
            filing = draw(st.sampled_from([USCC, USCC, USCC, "other", *([None] if messy else [])]))
            people += staff(f"P{number}", month, month, household=household, filing_uscc=filing)
    rows = []
    for month in YEAR:
        for part in range(draw(st.integers(0, 2))):
            row = rent(month, month, draw(FEN))[0]
            row["line"] += str(part)
            row["region"] = draw(st.sampled_from([REGION, REGION, REGION, "310110"]))
            rows.append(row)
    return case(
        period={"from": YEAR[first], "to": YEAR[last]},
        applied_on="2026-03-10",
        dossier__company__registered_on=draw(st.sampled_from(["2024-09-02", "2023-03-15"] + ["2022-08-15"] * messy)),
        dossier__rent=rows,
        dossier__employment=people,
        dossier__leases=draw(st.sampled_from([[lease()], [], [lease("2024-09-01", "2025-10-15")]]))
        if messy
        else [lease()],
    )


@given(cases())
def test_the_sum_keeps_to_its_limits(value: dict[str, Any]) -> None:
    decision = ask(value)
    verdicts = [check.passed for check in decision.checks]
    if False in verdicts or None in verdicts:
        assert decision.outcome is (Outcome.INELIGIBLE if False in verdicts else Outcome.NEEDS_INFORMATION)
        assert (decision.amount_fen, decision.lines, decision.uses) == (0, (), ())
        return
    assert decision.outcome is Outcome.ELIGIBLE
    period = set(months(value["period"]["from"], value["period"]["to"]))
    paid = {
        r["line"]: r["paid_fen"] for r in value["dossier"]["rent"] if r["month"] in period and r["region"] == REGION
    }
    heads = {r["person"] for r in value["dossier"]["employment"] if r["month"] in period and r["filing_uscc"] == USCC}
    assert 0 <= decision.amount_fen <= sum(paid.values())
    assert decision.amount_fen <= len(heads) * CAP * len(period) // 12
    assert sum(line.amount_fen for line in decision.lines) == decision.amount_fen
    assert sum(use.amount_fen for use in decision.uses) == decision.amount_fen
    for use in decision.uses:
        assert 0 <= use.amount_fen <= paid[use.line_id]
    for line in decision.lines:
        counted, whole = map(int, line.quantity.split("/"))
        assert line.amount_fen == line.unit_fen * counted // whole


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_and_twice_is_the_same(value: dict[str, Any], chance: random.Random) -> None:
    decision = ask(value)
    assert ask(deepcopy(value)) == decision
    for rows in value["dossier"].values():
        if isinstance(rows, list):
            chance.shuffle(rows)
    assert ask(value) == decision
    assert ask(value).digest == decision.digest


# ── two half-year claims against one of the year ────────────────────────────────────────────────────────────────────
#
# What is true, given the floors, the cap and the ten-month rule. Let the same people be heads in both halves, let
# nobody have ten or eleven months in all (who has twelve has six in each half), and let u be the same in both halves
# (the same rent does that, and so does a cap that decides in both). Then
#
#     0 ≤ year − (first half + second half) ≤ 2 fen for each local head,
#
# because a floor of a sum exceeds the sum of two floors by one fen at most, and u of the year exceeds twice that of a
# half by one fen at most. Where no floor cuts anything off, the two are equal.
#
# Outside these conditions a year may give more (ten months count as twelve, and a half whose rent is over the cap
# cannot lend to the other) or less (the rent is divided by all heads of the claim's own months).

HALVES = (("2025-03", "2025-08"), ("2025-09", "2026-02"))


def claim(first: str, last: str, rent_by_half: tuple[int, int], people: list[Any]) -> int:
    rows = [*rent(*HALVES[0], rent_by_half[0]), *rent(*HALVES[1], rent_by_half[1])]
    decision = ask(case(period={"from": first, "to": last}, dossier__rent=rows, dossier__employment=people))
    assert decision.outcome is Outcome.ELIGIBLE
    return decision.amount_fen


def year_and_halves(rent_by_half: tuple[int, int], people: list[Any]) -> tuple[int, int]:
    year = claim("2025-03", "2026-02", rent_by_half, people)
    return year, sum(claim(first, last, rent_by_half, people) for first, last in HALVES)


def person(name: str, first_half: int, second_half: int, household: str = "city") -> list[Any]:
    """Someone who worked the first so many months of each half."""
    rows = staff(name, *HALVES[0], household=household)[:first_half]
    return rows + staff(name, *HALVES[1], household=household)[:second_half]


STAYED = st.one_of(
    st.just((6, 6)), st.tuples(st.integers(1, 6), st.integers(1, 6)).filter(lambda pair: sum(pair) not in (10, 11))
)


@given(
    st.integers(1, 200_000),
    st.lists(st.tuples(STAYED, st.sampled_from(["city", "district", "elsewhere"])), max_size=4),
)
def test_two_half_years_give_what_one_year_gives(monthly: int, others: list[Any]) -> None:
    people = person("P0", 6, 6)
    for number, (halves, household) in enumerate(others, 1):
        people += person(f"P{number}", *halves, household)
    local = 1 + sum(household != "elsewhere" for _, household in others)
    year, both = year_and_halves((monthly, monthly), people)
    assert 0 <= year - both <= 2 * local
    heads = 1 + len(others)
    unit = min(monthly * 6 // heads, CAP // 2)
    exact = monthly * 6 % heads == 0 or monthly * 6 // heads >= CAP // 2
    if exact and all(unit * part % 6 == 0 for halves, _ in others for part in halves):
        assert year == both


@given(st.integers(1, 200_000), st.integers(1, 200_000), st.integers(1, 5))
def test_with_the_same_whole_year_heads_splitting_never_gives_more(first: int, second: int, heads: int) -> None:
    people = [row for number in range(heads) for row in person(f"P{number}", 6, 6)]
    year, both = year_and_halves((first, second), people)
    assert both <= year
    over = [monthly * 6 >= heads * CAP // 2 for monthly in (first, second)]
    if all(over):
        assert both == year == heads * CAP
    if not any(over):
        assert year - both <= heads


def test_ten_months_give_more_in_a_year_than_in_two_halves() -> None:
    # 10,000 元 a month, one head with 6 and 4 months: the year gives 300,000; the halves 150,000 and 100,000.
    assert year_and_halves((1_000_000, 1_000_000), person("P0", 6, 4)) == (300_000, 250_000)


def test_rent_over_the_cap_in_one_half_is_lost_there_but_not_in_the_year() -> None:
    # 60,000 fen a month, then 1. Year: min(360,006, 300,000). Halves: min(360,000, 150,000) + min(6, 150,000).
    rows = (60_000, 1)
    assert year_and_halves(rows, person("P0", 6, 6)) == (300_000, 150_006)


def test_a_head_of_one_half_divides_the_rent_of_the_whole_year() -> None:
    # 1,000 a month, P0 all year, P1 (local) in the first half. Year: u = 12,000 ÷ 2 = 6,000; P0 6,000, P1 3,000.
    # Halves: 6,000 ÷ 2 = 3,000 each; then 6,000 for P0 alone: 12,000 in all.
    assert year_and_halves((1_000, 1_000), [*person("P0", 6, 6), *person("P1", 6, 0)]) == (9_000, 12_000)
